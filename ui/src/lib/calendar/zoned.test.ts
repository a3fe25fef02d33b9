import { expect, test } from 'vitest';
import { begins, clock, monday, pieces, shows } from './zoned';

test('the clocks of a zone are its own', () => {
  expect(clock(Date.parse('2026-11-27T14:10:00Z'), 'Europe/Berlin')).toEqual({ date: '2026-11-27', minutes: 15 * 60 + 10 });
  expect(clock(Date.parse('2026-11-27T20:10:00Z'), 'Asia/Kathmandu')).toEqual({ date: '2026-11-28', minutes: 60 + 55 });
});
test('a day begins at its own midnight, also on the days clocks change', () => {
  expect(begins('2026-03-29', 'Europe/Berlin')).toBe(Date.parse('2026-03-28T23:00:00Z'));
  expect(begins('2026-03-30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T22:00:00Z'));
  // In Beirut midnight of that day does not exist.
  expect(begins('2026-03-29', 'Asia/Beirut')).toBe(Date.parse('2026-03-28T22:00:00Z'));
});
test('a span over midnight is a piece on each day', () => {
  const span = pieces(Date.parse('2026-11-27T21:00:00Z'), Date.parse('2026-11-28T01:00:00Z'), 'Europe/Berlin');
  expect(span).toEqual([{ date: '2026-11-27', from: 1320, to: 1440 }, { date: '2026-11-28', from: 0, to: 120 }]);
});
test('a week begins on Monday', () => {
  expect(monday('2026-11-29')).toBe('2026-11-23');
  expect(monday('2026-11-23')).toBe('2026-11-23');
});
test('a local time is its first instant, and one that no clock shows is none', () => {
  expect(shows('2026-11-30T12:00', 'Europe/Berlin')).toBe(Date.parse('2026-11-30T11:00:00Z'));
  expect(shows('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T00:30:00Z'));
  expect(shows('2026-03-29T02:30', 'Europe/Berlin')).toBeNull();
  expect(shows('2026-11-30T12:00', 'Asia/Kathmandu')).toBe(Date.parse('2026-11-30T06:15:00Z'));
  expect(shows('', 'UTC')).toBeNull();
});
