import { expect, test } from 'vitest';
import type { FindingView, MigrationView } from '../bindings/contract';
import { migrationsOf } from '../host/sample/migrations';
import { parts } from './sql';
import { beside, lines, mayAccept, Migrations } from './migrations.svelte';

const found = (over: Partial<FindingView>): FindingView => ({ rule: 'drop_column', path: '1.up.sql', line: 1, place: 'up', severity: 'error', why: '', rewrite: '', ...over });

test('lines keep the numbers they have in the file', () => {
  expect(lines('\n\nalter table a\n  add b int;\n\n')).toEqual([{ number: 3, text: 'alter table a' }, { number: 4, text: '  add b int;' }]);
  expect(lines('\n')).toEqual([]);
});

test('words of the language stand out, but not in comments, texts and names', () => {
  const words = (line: string) => parts(line).filter((part) => part.kind === 'word').map((part) => part.text);
  expect(words('ALTER TABLE orders add column "select" text default \'drop it\'; -- from here')).toEqual(['ALTER', 'TABLE', 'add', 'column', 'default']);
  expect(words('update_at settings tables')).toEqual([]);
  for (const line of ['', '  drop table a; -- b', "insert into a values ('it''s')"]) expect(parts(line).map((part) => part.text).join('')).toBe(line);
});

test('a finding stands beside the script it is about, one of the pair in its own file', () => {
  const script = (path: string) => ({ path, line: 1, sql: '' });
  const findings = [found({ line: 4 }), found({ line: 2 }), found({ place: 'down', path: '1.down.sql' }), found({ place: 'pair', path: '1.down.sql', line: 9 })];
  const one: MigrationView = { version: '1', name: 'a', state: 'pending', up: script('1.up.sql'), down: script('1.down.sql'), reversible: 'yes', because: null, findings, proof: null, stale: null };
  expect(beside(one, 'up').map((f) => f.line)).toEqual([2, 4]);
  expect(beside(one, 'down').map((f) => f.line)).toEqual([1, 9]);
});

test('a version whose file is not what was applied is known by its number', () => {
  const list = new Migrations('checkout/production');
  expect(list.edited.size).toBe(0);
  list.view = { ...migrationsOf('checkout/production', null), edited: [{ version: '51', path: '51_order_totals_view.up.sql', line: 1, why: 'it was edited', wayOut: 'Take it back.' }] };
  expect([...list.edited]).toEqual(['51']);
});

test('a finding is accepted in a file that is not applied and can be read', () => {
  const view = migrationsOf('checkout/production', null);
  const [applied, , pending] = view.versions as [MigrationView, MigrationView, MigrationView];
  expect(mayAccept(view, pending)).toBe(true);
  expect(mayAccept(view, applied)).toBe(false);
  expect(mayAccept({ ...view, readable: false }, pending)).toBe(false);
});
