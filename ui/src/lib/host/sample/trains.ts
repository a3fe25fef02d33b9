// Sample trains: their cars arrive one after the other, and go back as they came when somebody wants that.
import type { CarStanding, PlanView, TrainPlanView, TrainView } from '../../bindings/contract';
import { fail } from './plans';
import { digest } from './world';

export const trainPlan = (environment: string, cars: PlanView[]): TrainPlanView => ({
  environment, cars, protected: cars.some((car) => car.protected), open: cars.every((car) => car.gates.every((gate) => gate.verdict === 'pass' || gate.verdict === 'overridden')),
});

export class Trains {
  #all: TrainView[] = [];

  /** `tell`: something changed. `pace` 0 makes them go at once. */
  constructor(readonly tell: () => void, readonly pace: number) {}

  list(waiting: boolean): TrainView[] {
    return this.#all.filter((train) => !waiting || train.endedAt === null);
  }
  find(name: string): TrainView {
    const train = this.#all.find((one) => one.id === name || one.name === name);
    if (!train) throw fail('not_found', [name]);
    return train;
  }
  depart(plan: TrainPlanView, reason: string, by: string): { train: string } {
    const id = digest(`${this.#all.length} ${plan.cars.map((car) => car.planHash).join()}`);
    const cars = plan.cars.map((car, i) => ({
      number: i + 1, target: car.target, service: car.target.split('/')[0] ?? '', fromRevision: car.fromRevision, fromVersion: car.fromVersion,
      toRevision: car.toRevision, toVersion: car.toVersion, standing: { kind: 'waiting' } as CarStanding, deployment: null, undo: null, why: null,
    }));
    const { environment, protected: guarded } = plan;
    const train: TrainView = { id, name: `train-${id.slice(-8)}`, environment, protected: guarded, by, reason, startedAt: new Date().toISOString(), endedAt: null, state: { kind: 'running', car: 1 }, interrupted: false, cars };
    this.#all.unshift(train);
    void this.#forwards(train);
    return { train: id };
  }
  turn(train: TrainView, why: string, asked: boolean): void {
    train.endedAt = null;
    train.state = { kind: 'rollingBack', car: train.cars.length, why };
    void this.#backwards(train, why, asked);
  }

  async #forwards(train: TrainView): Promise<void> {
    for (const car of train.cars) {
      train.state = { kind: 'running', car: car.number };
      car.standing = { kind: 'underway' };
      await this.#beat();
      if ((train.state as TrainView['state']).kind !== 'running') return;
      car.standing = { kind: 'arrived' };
    }
    this.#end(train, { kind: 'succeeded' });
  }
  async #backwards(train: TrainView, why: string, asked: boolean): Promise<void> {
    for (const car of [...train.cars].reverse()) {
      if (car.standing.kind === 'waiting') {
        car.standing = { kind: 'skipped' };
        continue;
      }
      train.state = { kind: 'rollingBack', car: car.number, why };
      car.standing = { kind: 'goingBack' };
      await this.#beat();
      car.standing = { kind: 'back' };
    }
    this.#end(train, { kind: 'rolledBack', asked, why });
  }
  #end(train: TrainView, state: TrainView['state']): void {
    train.state = state;
    train.endedAt = new Date().toISOString();
    this.tell();
  }
  async #beat(): Promise<void> {
    this.tell();
    await new Promise((resolve) => setTimeout(resolve, 1500 * this.pace));
  }
}
