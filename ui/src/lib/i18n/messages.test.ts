import { expect, test } from 'vitest';
import * as format from './format';
import { en } from './messages/en';
import { zh } from './messages/zh';
import { lang } from './lang.svelte';

const LISTS = ['errors', 'checks', 'actions', 'causes', 'acts'] as const;

test('every word of a list exists in both languages', () => {
  for (const list of LISTS) expect(Object.keys(zh[list]).sort()).toEqual(Object.keys(en[list]).sort());
});
test('no message is empty', () => {
  for (const messages of [en, zh]) for (const [key, value] of Object.entries(messages)) if (typeof value === 'string') expect(value.trim(), key).not.toBe('');
});
test('English counts one and many', () => {
  expect(en.instances(1)).toBe('1 instance');
  expect(en.instances(4)).toBe('4 instances');
});
test('durations read as a person says them', () => {
  expect([40, 500, 41_000, 72_000, 7_080_000].map((ms) => format.duration('en', ms))).toEqual(['40 ms', '0.5 s', '41 s', '1 m 12 s', '1 h 58 m']);
  expect(format.duration('zh', 41_000)).toBe('41 秒');
});
test('a moment ago is a distance, last month is a date', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  expect(format.ago('en', '2026-11-25T11:34:00Z', now)).toContain('26 min');
  expect(format.ago('en', '2026-09-01T11:34:00Z', now)).toContain('1 Sept');
});
test('what came of a step is said in the reader’s language, and repeated where no word is known', () => {
  lang.choose('zh');
  expect(lang.said('created')).toBe('已创建');
  expect(lang.said('traffic goes to 127.0.0.1:18090')).toBe('流量转到 127.0.0.1:18090');
  expect(lang.said('exited (1) after 3 ms')).toBe('运行 3 毫秒后退出，退出码 1');
  expect(lang.said('something new')).toBe('something new');
  lang.choose('en');
  expect(lang.said('created')).toBe('created');
});
