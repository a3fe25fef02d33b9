import { expect, test } from 'vitest';
import type { SchemaAt } from '../bindings/contract';
import { stations } from './stations';

const at = (environment: string, version: string | null, unreachable: string | null = null): SchemaAt => ({ environment, version, pending: 0, ahead: [], unreachable });
const all = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
const told = (most: number, ...environments: SchemaAt[]) => stations(all, environments, most).map((one) => `${one.hidden ? `+${one.hidden} ` : ''}${one.version ?? 'empty'} ${one.reach} ${one.at.map((where) => where.environment).join()}`.trim());

test('the newest versions have room, and each that an environment stands at', () => {
  expect(told(4, at('staging', '8'), at('production', '7'))).toEqual(['+5 6 all', '7 all production', '8 some staging', '9 none']);
  expect(told(4, at('staging', '9'), at('production', '2'))).toEqual(['+1 2 all production', '+4 7 some', '8 some', '9 some staging']);
  expect(told(2, at('a', '1'), at('b', '4'), at('c', '9'))).toEqual(['1 all a', '+2 4 some b', '+4 9 some c']);
});

test('where nothing is applied the line begins before the first version', () => {
  expect(told(3, at('production', null))).toEqual(['empty all production', '+7 8 none', '9 none']);
  expect(told(20, at('production', null))[1]).toBe('1 none');
});

test('who does not answer, or stands at a version that is not there, is on no station', () => {
  expect(told(2, at('staging', '9'), at('production', null, 'no route'), at('dev', '12'))).toEqual(['+7 8 all', '9 all staging']);
  expect(told(2)).toEqual(['+7 8 none', '9 none']);
});
