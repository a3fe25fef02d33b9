import { expect, test } from 'vitest';
import { brief, plainly } from './brief';
import { tellWhole } from './titles';

function cell(text: string, seen: number, whole: number): HTMLElement {
  const node = document.createElement('span');
  node.className = 'cut';
  node.textContent = text;
  Object.defineProperties(node, { clientWidth: { value: seen }, scrollWidth: { get: () => whole } });
  node.addEventListener('mouseover', tellWhole);
  return node;
}
const over = (node: HTMLElement) => node.dispatchEvent(new Event('mouseover'));

test('what is cut off is told whole, what is not is not, and a title somebody wrote stays', () => {
  const cut = cell('root, cli on desk-7', 40, 120);
  over(cut);
  expect(cut.title).toBe('root, cli on desk-7');
  const whole = cell('root', 40, 40);
  over(whole);
  expect(whole.title).toBe('');
  const own = cell('eb:9f', 10, 40);
  own.title = 'the fingerprint';
  over(own);
  expect(own.title).toBe('the fingerprint');
  const within = cell('leak +1', 10, 40);
  own.append(within);
  over(within);
  expect(within.title).toBe('');
});

test('a line of a program is told without the time and the level it was logged with', () => {
  expect(plainly('2026/11/23 02:53:25 [emerg] 1#1: host not found in upstream "db"')).toBe('host not found in upstream "db"');
  expect(plainly('2026-11-23T02:53:25.123Z ERROR: no such table')).toBe('no such table');
  expect(plainly('exited (1) after 0.5 s')).toBe('exited (1) after 0.5 s');
  expect(brief('a@sha256:' + '0'.repeat(64))).toBe('a@000000000000');
});
