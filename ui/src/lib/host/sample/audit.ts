// A sample audit: the days of the sample world, repeated back in time so that paging has something to page.
import type { AuditEntry } from '../../bindings/contract';

type Line = [hoursAgo: number, who: string, action: string, subject: string, environment: string | null, why: string, before?: unknown, after?: unknown];
const lines: Line[] = [
  [0.1, 'jonas', 'deployment_started', 'search 1.10.0', 'production', 'Better synonyms, train 48'],
  [0.2, 'li.wei', 'deployment_succeeded', 'checkout 2.14.1', 'production', 'Faster address lookup', { version: '2.14.0', instances: 4 }, { version: '2.14.1', instances: 4 }],
  [3.1, 'amara', 'policy_applied', 'Sale weekend', 'production', 'Highest traffic of the year', { freezes: ['year-end'] }, { freezes: ['year-end', 'sale-weekend'], from: '11-27 14:00', until: '11-30 08:00' }],
  [4.7, 'amara', 'secret_set', 'stripe-key', 'production', '90 days old', { fingerprint: '7c:19:e0' }, { fingerprint: '52:ab:3f' }],
  [21, 'agent', 'quarantined', 'payments 3.2.0', 'production', 'Was rolled back'],
  [21.1, 'amara', 'rolled_back', 'payments to r27', 'production', 'Refunds counted twice', { version: '3.2.0' }, { version: '3.1.4' }],
  [24, 'jonas', 'deployment_succeeded', 'checkout 2.14.0', 'production', 'Order totals view'],
  [47, 'agent', 'deployment_rolled_back', 'checkout to r41', 'production', 'Exited (1) after 0.5 s', { version: '2.13.3' }, { version: '2.13.0' }],
  [47.1, 'jonas', 'deployment_failed', 'checkout 2.13.3', 'production', 'Retry of gift notes'],
  [49, 'li.wei', 'deployment_succeeded', 'checkout 2.13.3', 'staging', 'Index on customer'],
];

export const fakeHash = (n: number) => {
  let h = Math.imul(n + 11, 2654435761) >>> 0;
  let out = '';
  while (out.length < 64) out += ((h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0).toString(16)).padStart(8, '0');
  return out.slice(0, 64);
};

export function sampleAudit(now: number): AuditEntry[] {
  const total = 1200;
  return Array.from({ length: total }, (_, i): AuditEntry => {
    const [hours, who, action, subject, environment, why, before, after] = lines[i % lines.length] as Line;
    const seq = total - i;
    const at = new Date(now - (hours + Math.floor(i / lines.length) * 52) * 3_600_000).toISOString();
    return { seq, at, who, from: who === 'agent' ? 'agent' : `desktop, mbp-${who}`, action, subject, environment, why, before: before ?? null, after: after ?? null, prevHash: seq > 1 ? fakeHash(seq - 1) : '', hash: fakeHash(seq), signedBy: `mbp-${who}` };
  });
}
