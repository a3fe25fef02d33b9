import { expect, test } from 'vitest';
import type { Board } from '../bindings/contract';
import { useHost, type Host } from '../host';
import { plight } from '../ui/brief';
import { boardStore } from './board.svelte';

/** Answers when it is told to, and ticks when it is told to. */
class Slow {
  readonly kind = 'browser';
  asked = 0;
  tick = () => {};
  #answers: (() => void)[] = [];

  call = () => new Promise((resolve) => {
    const actor = `answer ${++this.asked}`;
    this.#answers.push(() => resolve({ actor, rows: [], environments: [] } as unknown as Board));
  });
  subscribe = (_: string, heard: () => void) => ((this.tick = heard), () => {});
  async answer(): Promise<void> {
    this.#answers.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

test('each answer is shown however often it ticks meanwhile, and at most one more is asked for', async () => {
  const host = new Slow();
  useHost(host as unknown as Host);
  const leave = boardStore.follow();
  for (const number of [1, 2, 3]) {
    for (let ticks = 0; ticks < 20; ticks++) host.tick();
    void boardStore.load();
    expect(host.asked).toBe(number);
    await host.answer();
    expect(boardStore.board?.actor).toBe(`answer ${number}`);
  }
  await host.answer();
  expect(host.asked).toBe(4);
  await host.answer();
  expect(host.asked).toBe(4);
  leave();
});

test('a cell says what is wrong with its instances, and not which of them before it', () => {
  expect(plight('sb-web-europe-r47-1f0c22aa-0 exited (137)')).toBe('exited (137)');
  expect(plight('sb-web-r47-1f0c22aa-0 is gone; sb-web-r47-1f0c22aa-1 is gone; sb-web-r47-1f0c22aa-2 is unhealthy')).toBe('is gone');
  expect(plight('sb-web-r47-1f0c22aa-2 is unhealthy'), 'which the word before it says').toBe('');
  expect(plight('1 of 3 pods are ready')).toBe('1 of 3 pods are ready');
});
