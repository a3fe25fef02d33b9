// What the sample's services print.
import type { InstanceLog } from '../../bindings/contract';
import type { Place } from './world';

export function logsOf(place: Place): InstanceLog[] {
  const [service, environment] = place.target.split('/');
  const runs = place.history.find((entry) => entry.wayBack.kind === 'runsNow');
  const began = Date.now() - 60_000;
  const lines = ['listening on :8080', ...Array.from({ length: 12 }, (_, i) => `GET /${service} 200 ${11 + ((i * 7) % 9)}ms`)];
  return [{ instance: `sb-${service}-${environment}-r${runs?.revision ?? 1}-1f0c22aa-0`, lines: lines.map((text, i) => ({ at: new Date(began + i * 4000).toISOString(), stream: 'stdout', text, evidence: false })) }];
}
