// Sample plans: what a deploy or a rollback of the sample world would do.
import type { ApiError, DriftView, DrillView, PlanStep, PlanView } from '../../bindings/contract';
import { gatesOf } from './gates';
import { digest, type Place, type World } from './world';

export const fail = (code: string, causes: string[] = [], hint: string | null = null): ApiError => ({ code, params: {}, causes, hint });

export function placeOf(world: World, target: string): Place {
  const place = world.places.find((p) => p.target === target);
  if (!place) throw fail('unknown_target', [target]);
  return place;
}

export const current = (place: Place) => place.history.find((e) => e.outcome.kind === 'succeeded') ?? null;

export function planDeploy(world: World, target: string, version: string): PlanView {
  const place = placeOf(world, target);
  const release = world.releases.get(place.service)?.find((r) => r.version === version);
  if (!release) throw fail('unknown_release', [version]);
  const toRevision = Math.max(0, ...place.history.map((e) => e.revision)) + 1;
  return plan(world, place, 'deploy', toRevision, version, 0);
}

export function planRollback(world: World, target: string, revision: number): PlanView {
  const place = placeOf(world, target);
  const entry = place.history.find((e) => e.revision === revision);
  if (!entry) throw fail('unknown_revision', [`r${revision}`]);
  const now = current(place)?.revision ?? revision;
  const undone = new Set(place.history.filter((e) => e.outcome.kind === 'succeeded' && e.revision > revision && e.revision <= now).map((e) => e.revision));
  return plan(world, place, 'rollback', revision, entry.version, undone.size);
}

export const rehearsed = (world: World, target: string, revision: number): DrillView => {
  const from = current(placeOf(world, target))?.revision ?? revision;
  const outcome = { kind: 'back', cameUpMs: 3100, tookMs: 4200, evidence: '2 passes in a row' } as const;
  return { id: digest(`${target} ${revision}`).slice(0, 16), target, from, to: revision, at: new Date().toISOString(), by: 'amara', outcome, holds: true, goalMs: 300000 };
};

export const planAdopt = (world: World, target: string): PlanView => {
  const { place, now } = drifted(world, target);
  const revision = Math.max(...place.history.map((e) => e.revision)) + 1;
  const steps = ['prepare', 'adopt', 'settle'].map((action, i): PlanStep => ({ number: i + 1, action, detail: '', undo: null }));
  return { ...plan(world, place, 'adopt', revision, now.version, 0), steps };
};

export const planRevert = (world: World, target: string): PlanView => {
  const { place, now } = drifted(world, target);
  // What is recorded, against what is recorded.
  return { ...plan(world, place, 'rollback', now.revision, now.version, 0), config: [], secrets: [] };
};

function drifted(world: World, target: string) {
  const place = placeOf(world, target);
  const now = current(place);
  if (!now || !place.over.drift?.length) throw fail('bad_input', [`${target} runs as it was deployed`]);
  return { place, now };
}

/** Each line of the sample reads `replicas 4 → 6`. */
export const drift = (world: World): DriftView[] => world.places.flatMap((place) => {
  const now = current(place);
  if (!now || !place.over.drift?.length) return [];
  const differences = place.over.drift.map((line) => {
    const [key = '', recorded = '', , found = ''] = line.split(' ');
    return { part: 'setting' as const, key, recorded, found };
  });
  return [{ target: place.target, revision: now.revision, version: now.version, differences, error: null }];
});

function plan(world: World, place: Place, kind: PlanView['kind'], toRevision: number, toVersion: string, undoesReleases: number): PlanView {
  const from = current(place);
  const quarantined = world.quarantine.some((q) => q.service === place.service && q.version === toVersion);
  const dies = toVersion === '2.15.1';
  const image = (version: string) => `registry.example/${place.service}@${digest(version).slice(0, 12)}`;
  const took = place.history.filter((e) => e.tookMs && e.outcome.kind === 'succeeded').slice(0, 11).map((e) => e.tookMs ?? 0);
  const instance = `sb-${place.service}-${place.environment}-r${toRevision}-0-0`;
  const steps: [string, string, string | null][] = [
    ['prepare', `sha256:${digest(toVersion).slice(0, 8)}…${digest(toVersion).slice(-4)}`, null], ['create', instance, 'remove'],
    ['start', instance, 'stop'], ['verify', instance, null], ['switch', instance, 'switch'], ['remove', from ? `r${from.revision}` : '', null],
  ];
  return {
    drill: null, urgent: null, planHash: digest(`${place.target} ${toVersion} ${toRevision} ${from?.deployment ?? ''}`).slice(0, 16), target: place.target, kind, protected: place.environment === 'production',
    fromRevision: from?.revision ?? null, fromVersion: from?.version ?? null, toRevision, toVersion, undoesReleases,
    image: { before: from ? image(from.version) : null, after: image(toVersion) },
    config: dies ? [{ key: 'DATABASE_HOST', before: 'db-orders.internal', after: 'localhost' }] : [{ key: 'PAYMENT_TIMEOUT_MS', before: '8000', after: '5000' }, { key: 'ADDRESS_LOOKUP', before: 'v2', after: 'v1' }, { key: 'CART_CACHE_TTL', before: '300', after: null }],
    configKeys: 24, secrets: kind === 'rollback' ? [{ key: 'stripe-key', before: '7c:19:e0', after: '52:ab:3f' }] : [], secretKeys: 4, settings: [],
    checks: [
      { id: 'image_pullable', verdict: 'pass', evidence: image(toVersion) }, { id: 'secrets_present', verdict: 'pass', evidence: '4 of 4' }, { id: 'target_reachable', verdict: 'pass', evidence: 'eu-1, 12 ms' },
    ],
    gates: gatesOf(place, toVersion, quarantined),
    steps: steps.map(([action, detail, undo], i): PlanStep => ({ number: i + 1, action, detail, undo })),
    estimateMs: took.length ? Math.round(took.reduce((a, b) => a + b, 0) / took.length) : null, pastRunsMs: took, warnings: [],
  };
}
