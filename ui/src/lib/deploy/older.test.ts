import { expect, test } from 'vitest';
import { isOlder } from './older';

const releases = ['3', '2', '1'].map((version) => ({ version }));

test('what came before what runs is older, and nothing is where nothing known runs', () => {
  expect(isOlder(releases, '1', '2')).toBe(true);
  expect(isOlder(releases, '3', '2')).toBe(false);
  expect(isOlder(releases, '2', '2')).toBe(false);
  expect(isOlder(releases, '1', null)).toBe(false);
  expect(isOlder(releases, '1', 'found-by-hand')).toBe(false);
  expect(isOlder(releases, '', '2')).toBe(false);
});
