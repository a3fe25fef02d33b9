// Whether the audit's chain holds, as it was last checked: the audit shows it, and the board says when it is broken.
import type { AuditVerdict } from '../bindings/contract';
import { host } from '../host';

class Chain {
  verdict = $state.raw<AuditVerdict | null>(null);
  /** The first bad entry. */
  readonly broken = $derived(this.verdict?.kind === 'broken' ? this.verdict : null);

  async verify(): Promise<void> {
    this.verdict = await host().call('audit_verify', {});
  }

  /** What the check says of one entry; nothing is known of those behind the first bad one. */
  says(seq: number): 'holds' | 'broken' | null {
    if (!this.verdict) return null;
    if (!this.broken || seq < this.broken.seq) return 'holds';
    return seq === this.broken.seq ? 'broken' : null;
  }
}

export const chain = new Chain();
