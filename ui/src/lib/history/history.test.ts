import { expect, test } from 'vitest';
import type { HistoryEntry } from '../bindings/contract';
import { brief } from '../ui/brief';
import { History } from './history.svelte';

const entry = (revision: number, wayBack: HistoryEntry['wayBack']): HistoryEntry => ({
  deployment: `d-${revision}`, kind: 'deploy', revision, from: null, version: `1.${revision}`, notes: '', by: 'amara', at: '2026-11-22T12:00:00Z',
  tookMs: 1000, outcome: { kind: 'succeeded' }, failure: null, quarantined: false, wayBack,
});

test('where the way back is shut, the next older one that is open is chosen', async () => {
  const history = new History('checkout/production');
  history.next = null;
  history.entries = [entry(4, { kind: 'runsNow' }), entry(3, { kind: 'impossible', why: 'gone' }), entry(2, { kind: 'quarantined' }), entry(1, { kind: 'safe' })];
  await history.choose(3);
  expect(history.selected).toBe('d-1');
  history.entries = history.entries.slice(0, 3);
  await history.choose(3);
  expect(history.selected, 'with none open, it is shown why').toBe('d-3');
});

test('a reference in a sentence leaves room for what is said of it', () => {
  const digest = 'bd8c0697280005641d8a09900668cfc4163949c093d1de1b9fabf9f300112233';
  const reference = `127.0.0.1:35000/shop/checkout@sha256:${digest}`;
  expect(brief(`${reference}: manifest unknown`)).toBe('manifest unknown (checkout@bd8c06972800)');
  expect(brief(`${reference}: manifest unknown: manifest unknown`)).toBe('manifest unknown (checkout@bd8c06972800)');
  expect(brief(`${reference}：镜像已不在仓库中（manifest unknown）`)).toBe('镜像已不在仓库中（manifest unknown）（checkout@bd8c06972800）');
  expect(brief(`fetched ${reference}`)).toBe('fetched checkout@bd8c06972800');
  expect(brief('image of r117 is gone')).toBe('image of r117 is gone');
});
