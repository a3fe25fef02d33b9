// How two environments of the sample world differ.
import type { Cell, CompareView, SideView } from '../../bindings/contract';
import { current, fail, placeOf } from './plans';
import { digest, type World } from './world';

export function compared(world: World, from: string, to: string, version: string | null): CompareView {
  const [there, here] = [placeOf(world, from), placeOf(world, to)];
  if (there.service !== here.service || from === to) throw fail('bad_input', [`${from} and ${to} are not one service in two environments`]);
  const side = (target: string, asked: string | null): SideView => {
    const place = placeOf(world, target);
    const now = current(place);
    if (asked !== null) return { target, revision: null, version: asked, condition: null };
    if (!now) throw fail('not_found', [`nothing of ${target} runs`]);
    const over: Partial<Cell> = place.over;
    return { target, revision: now.revision, version: now.version, condition: { health: over.health ?? { kind: 'healthy' }, drift: over.drift ?? [] } };
  };
  const sides = { from: side(from, null), to: side(to, version) };
  const image = (one: SideView) => `registry.example/${there.service}@${digest(one.version).slice(0, 12)}`;
  return {
    ...sides, image: { before: image(sides.from), after: image(sides.to) }, sameArtifact: sides.from.version === sides.to.version,
    config: [{ key: 'DATABASE_HOST', before: `db.${there.environment}.internal`, after: `db.${here.environment}.internal` }, { key: 'FEATURE_PREVIEW', before: 'on', after: null }],
    onlyFrom: [], onlyTo: ['stripe-key'], settings: [{ key: 'replicas', before: '1', after: '4' }],
  };
}
