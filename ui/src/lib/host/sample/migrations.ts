// Sample migrations: one fine, one that loses data on its way back, one whose down is missing.
import type { Accepting, AcceptanceView, FindingView, MigrationsView, MigrationView } from '../../bindings/contract';

const script = (path: string, sql: string) => ({ path, line: 1, sql });

function version(number: number, name: string, up: string, down: string | null, over: Partial<MigrationView> = {}): MigrationView {
  const base = `${number}_${name}`;
  return { version: String(number), name, state: 'applied', up: script(`${base}.up.sql`, up), down: down === null ? null : script(`${base}.down.sql`, down), reversible: 'yes', because: null, findings: [], proof: null, stale: null, ...over };
}

const loses: FindingView = { rule: 'down_loses_data', path: '52_gift_wrap.down.sql', line: 2, place: 'down', severity: 'warning', why: 'the down deletes all rows of orders, also those the up did not bring', rewrite: 'Save the column first, or accept the loss with a reason.' };
const drops: FindingView = { rule: 'drop_column', path: '53_drop_note_old.up.sql', line: 1, place: 'up', severity: 'error', why: 'orders.note_old and what is in it is gone, and running code that names it fails', rewrite: 'Deploy code that does without it first, and drop it in a later release.' };
const missing: FindingView = { rule: 'missing_down', path: '53_drop_note_old.up.sql', line: 1, place: 'pair', severity: 'error', why: '53 has no way back: a rollback over it is not possible', rewrite: 'Write the down that undoes this up.' };

export function migrationsOf(target: string, proven: string | null): MigrationsView {
  const proof = (ms: number) => (proven === null ? null : { at: proven, by: 'jonas', holds: true, told: `proven, up ${ms} ms, down ${ms / 2} ms (on a copy with 231 rows)`, lost: [] });
  return {
    target, database: 'main', place: 'postgres:host=db dbname=shop user=deploy', layout: 'golang-migrate', readable: true, unreachable: null, ahead: [], edited: [],
    versions: [
      version(51, 'order_totals_view', 'create view order_totals as select id, total from orders;\n', 'drop view order_totals;\n', { proof: proof(800) }),
      version(52, 'gift_wrap', '-- orders can be wrapped as a gift\nalter table orders\n  add column gift_wrap boolean not null default false;\n', 'alter table orders\n  drop column gift_wrap;\n', { state: 'applied', reversible: 'data-loss', findings: [loses], proof: proof(600) }),
      version(53, 'drop_note_old', 'alter table orders drop column note_old;\n', null, { state: 'pending', reversible: 'no', because: 'there is no way down', findings: [missing, drops] }),
    ],
    environments: [{ environment: 'staging', version: '52', pending: 1, ahead: [], unreachable: null }, { environment: 'production', version: '51', pending: 2, ahead: [], unreachable: null }],
  };
}

/** As the core answers: shown first, and written with the hash of what was shown. */
export function acceptanceOf(target: string, asked: Accepting): AcceptanceView {
  const one = migrationsOf(target, null).versions.find((version) => version.findings.some((found) => found.path === asked.path));
  const script = one?.up?.path === asked.path ? one.up : one?.down;
  const after = script?.sql.split('\n').slice(0, 2) ?? [];
  return { path: asked.path, line: 1, before: [], comment: `-- switchback:accept ${asked.rule} until ${asked.until} ${asked.reason}`, after, hash: `${asked.until} ${asked.reason}`, written: asked.sure !== null };
}
