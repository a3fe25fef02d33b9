import { expect, test } from 'vitest';
import { curve, hasRoom, leg, MAX_LANES, metrics, tangent } from './geometry';

test('up to six lanes are 43 px wide, more share 240 px, and none is below 13 px', () => {
  expect(metrics(6).lane).toBe(43);
  expect(metrics(8).lane).toBe(30);
  expect(metrics(100).lane).toBe(13);
});

test('the disc of what runs now keeps off the words of its row, on whichever lane it stands', () => {
  for (let lanes = 1; lanes <= MAX_LANES; lanes++) expect(hasRoom(metrics(lanes).first + (lanes - 1) * metrics(lanes).lane, 15), `${lanes} lanes`).toBe(true);
});

test('where the track turns it stands straight up', () => {
  expect(tangent({ x: 0, y: 88 }, { x: 43, y: 44 }, { x: 0, y: 0 })).toEqual({ x: 0, y: -1 });
  expect(tangent({ x: 43, y: 88 }, { x: 43, y: 44 }, { x: 86, y: 0 })).toEqual({ x: 0, y: -1 });
});

test('a climb is a straight line at 43 px a lane, as in the mock', () => {
  const points = [{ x: 110, y: 374 }, { x: 153, y: 330 }, { x: 196, y: 286 }];
  expect(leg(points, 0, 44)).toBe('M110 374C129.8 353.8 133.2 350.2 153 330');
});

test('a rollback of two lanes is the S of the mock', () => {
  const points = [{ x: 153, y: 330 }, { x: 196, y: 286 }, { x: 110, y: 242 }, { x: 110, y: 198 }];
  expect(leg(points, 1, 44)).toBe('M196 286C196 242 110 286 110 242');
});

test('a curve never leaves the two rows it joins', () => {
  for (let lanes = 1; lanes < 24; lanes++) {
    const a = { x: 24 + lanes * 43, y: 66 };
    const b = { x: 24, y: 22 };
    const numbers = curve(a, { x: 0, y: -1 }, b, { x: 0, y: -1 }, 44).match(/-?[\d.]+/g)?.map(Number) ?? [];
    for (const y of numbers.filter((_, i) => i % 2 === 1)) {
      expect(y).toBeGreaterThanOrEqual(22);
      expect(y).toBeLessThanOrEqual(66);
    }
  }
});
