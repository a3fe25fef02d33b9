import type { Verdict } from '../bindings/contract';
import type { Messages } from '../i18n/messages/en';
import type { IconName } from '../icons/paths';
import type { Tone } from '../ui/tone';

/** What does not let a release through. */
export const holds = (verdict: Verdict) => verdict === 'fail' || verdict === 'noData';

/** No data never reads as pass. */
export const verdicts: Record<Verdict, { tone: Tone; icon: IconName; word: (m: Messages) => string }> = {
  pass: { tone: 'ok', icon: 'ok', word: (m) => m.pass },
  fail: { tone: 'bad', icon: 'bad', word: (m) => m.fail },
  noData: { tone: 'none', icon: 'nodata', word: (m) => m.no_data },
  overridden: { tone: 'bad', icon: 'glass', word: (m) => m.overridden },
};
