// Everything the browser host knows: services, their histories, releases, audit. In memory, gone on reload.
import type { AuditEntry, Cell, Deploying, HistoryEntry, QuarantineView, ReleaseView, RuntimeKind, Settings } from '../../bindings/contract';
import { sampleHistory } from './history';
import { sampleAudit } from './audit';

export interface Place {
  target: string; service: string; environment: string; runtime: RuntimeKind;
  history: HistoryEntry[];
  deploying: Deploying | null;
  over: Partial<Cell>;
}
export interface World {
  places: Place[]; releases: Map<string, ReleaseView[]>; quarantine: QuarantineView[]; audit: AuditEntry[]; settings: Settings; demo: boolean; actor: string;
}

type Row = [service: string, runtime: RuntimeKind, environment: string, version: string, revision: number, count: number, hours: number, turns: number[], failures: number[], over: Partial<Cell>];
const rows: Row[] = [
  ['checkout', 'docker', 'staging', '2.15.0', 88, 88, 0.43, [1], [4], {}],
  ['checkout', 'docker', 'production', '2.14.1', 387, 412, 0.07, [4, 9], [3], { readiness: { kind: 'ready', revision: 386, estimateMs: 41_000 } }],
  ['catalog', 'docker', 'staging', '5.3.0', 61, 61, 47, [], [], {}],
  ['catalog', 'docker', 'production', '5.3.0', 39, 39, 27, [], [3], { drift: ['replicas 4 → 6', 'LOG_LEVEL info → debug'], readiness: { kind: 'notReady', revision: 38, why: 'stripe/production of that day is not in the keychain' } }],
  ['payments', 'docker', 'staging', '3.2.0', 54, 54, 22, [2], [], {}],
  ['payments', 'docker', 'production', '3.1.4', 27, 27, 21, [0], [4], { quarantined: ['3.2.0'], readiness: { kind: 'ready', revision: 25, estimateMs: 12_000 } }],
  ['search', 'docker', 'staging', '1.10.0', 33, 33, 1.1, [2], [], {}],
  ['search', 'docker', 'production', '1.9.2', 21, 21, 70, [], [2], {}],
  ['web', 'process', 'staging', '7.41.0', 140, 140, 0.15, [], [1], { health: { kind: 'unhealthy', why: '1 of 3 up' }, paused: { since: new Date().toISOString(), by: 'switchback', reason: 'Rolled back by itself' } }],
  ['web', 'process', 'production', '7.40.2', 118, 118, 52, [], [3], { health: { kind: 'noData', why: 'p95 latency' }, readiness: { kind: 'notReady', revision: 117, why: 'image of r117 is gone' } }],
];

export function sampleWorld(now = Date.now()): World {
  const places = rows.map(([service, runtime, environment, last, revision, count, newestHoursAgo, turns, failures, over]): Place => {
    const target = `${service}/${environment}`;
    return { target, service, environment, runtime, deploying: null, over, history: sampleHistory({ target, count, last, revision, now, newestHoursAgo, turns, failures }) };
  });
  const releases = new Map<string, ReleaseView[]>();
  for (const place of places) {
    const known = releases.get(place.service) ?? [];
    for (const e of place.history.slice(0, 14)) {
      if (known.some((r) => r.version === e.version)) continue;
      known.push({ version: e.version, artifact: `registry.example/${place.service}@sha256:${digest(e.version)}`, addedAt: e.at, by: e.by, notes: e.notes, commit: digest(e.version + 'c').slice(0, 7), quarantined: e.quarantined });
    }
    releases.set(place.service, known);
  }
  const bad: ReleaseView = { version: '2.15.1', artifact: `registry.example/checkout@sha256:${digest('2.15.1')}`, addedAt: new Date(now - 600_000).toISOString(), by: 'jonas', notes: 'Make local setup simpler', commit: '4be91c7', quarantined: false };
  releases.get('checkout')?.unshift(bad);
  for (const list of releases.values()) list.sort((a, b) => b.addedAt.localeCompare(a.addedAt));
  const payments = releases.get('payments')?.find((r) => r.version === '3.2.0');
  if (payments) payments.quarantined = true;
  return {
    places, releases, demo: true, actor: 'amara', audit: sampleAudit(now), settings: sampleSettings(now),
    quarantine: [{ service: 'payments', version: '3.2.0', since: new Date(now - 21 * 3_600_000).toISOString(), by: 'mei', why: 'Refunds counted twice' }],
  };
}

export function digest(text: string): string {
  let out = '';
  for (let i = 0; out.length < 64; i++) {
    let h = 2166136261 ^ i;
    for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
    out += (h >>> 0).toString(16).padStart(8, '0');
  }
  return out.slice(0, 64);
}

function sampleSettings(now: number): Settings {
  const at = (days: number) => new Date(now - days * 86_400_000).toISOString();
  return {
    home: '~/.local/share/switchback', version: '0.1.0',
    keychain: { available: true, detail: 'Secret Service' },
    engines: [
      { name: 'docker', endpoint: 'unix:///var/run/docker.sock', reachable: true, detail: '28.3' },
      { name: 'docker', endpoint: 'eu-1', reachable: false, detail: 'context eu-1 does not answer' },
    ],
    targets: rows.map(([service, runtime, environment]) => ({ target: `${service}/${environment}`, runtime, strategy: environment === 'production' ? 'blue-green' : 'recreate', detail: '' })),
    secrets: [{ name: 'stripe-key', fingerprint: '52:ab:3f', setAt: at(3) }, { name: 'db-orders', fingerprint: '7c:19:e0', setAt: at(61) }],
    notify: [{ kind: 'slack', on: ['failed', 'rolled-back'], detail: '#releases', last: null }],
    agent: { on: true, lastSeen: new Date(now - 4000).toISOString() },
  };
}
