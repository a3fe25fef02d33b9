// How a car and a train look: tone, icon, word.
import type { CarView, TrainView } from '../bindings/contract';
import type { Messages } from '../i18n/messages/en';
import type { IconName } from '../icons/paths';
import type { Tone } from '../ui/tone';

export interface Look { tone: Tone; icon: IconName; word: string }

const look = (tone: Tone, icon: IconName, word: string): Look => ({ tone, icon, word });

export function ofCar({ standing }: CarView, m: Messages): Look {
  switch (standing.kind) {
    case 'waiting': return look('none', 'open', m.car_waiting);
    case 'skipped': return look('none', 'nodata', m.car_skipped);
    case 'underway': return look('run', 'play', m.car_underway);
    case 'arrived': return look('ok', 'ok', m.car_arrived);
    case 'failed': return look('bad', 'bad', m.car_failed);
    case 'goingBack': return look('warn', 'back', m.car_goingBack);
    case 'back': return look('ok', 'back', m.car_back);
    case 'movedOn': return look('warn', 'warn', m.car_movedOn(standing.revision));
    case 'stuck': return look('bad', 'warn', m.car_stuck);
  }
}

export function ofTrain(train: TrainView, m: Messages): Look {
  const { state, cars } = train;
  if (train.interrupted) return look('bad', 'warn', m.train_interrupted);
  switch (state.kind) {
    case 'running': return look('run', 'play', m.train_running(state.car, cars.length));
    case 'rollingBack': return look('warn', 'back', m.train_rollingBack(state.car, cars.length));
    case 'succeeded': return look('ok', 'ok', m.train_succeeded);
    case 'rolledBack': return look(state.asked ? 'ok' : 'warn', 'back', m.train_rolledBack);
    case 'stuck': return look('bad', 'warn', m.train_stuck(state.car, cars.length));
    case 'aborted': return look('warn', 'x', m.train_aborted);
  }
}
