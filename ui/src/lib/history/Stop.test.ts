import { mount, unmount } from 'svelte';
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../bindings/contract';
import { lang } from '../i18n/lang.svelte';
import { draw } from '../track/draw';
import { MAX_LANES, WIDTH } from '../track/geometry';
import { layout } from '../track/rows';
import Stop from './Stop.svelte';

const entry = (revision: number, newest: number): HistoryEntry => ({
  deployment: `d${revision}`, kind: 'deploy', revision, from: null, version: `1.${revision}.0`, notes: '', by: 'amara', at: '2026-11-23T10:00:00Z', tookMs: 1000, outcome: { kind: 'succeeded' }, failure: null, quarantined: false, wayBack: { kind: revision === newest ? 'runsNow' : 'safe' },
});

test.each(['en', 'zh'] as const)('"you are here" never covers the words of its row, in %s', async (language) => {
  lang.choose(language);
  for (let lanes = 1; lanes <= MAX_LANES; lanes++) {
    const rows = layout(Array.from({ length: lanes }, (_, i) => entry(lanes - i, lanes)), { opened: new Set(), selected: null, preview: true });
    const drawing = draw(rows);
    const [row, station] = [rows[0], drawing.stations.get(0)];
    if (!row || !station) throw new Error('no station');
    const target = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    document.body.append(target);
    const shown = mount(Stop, { target, props: { row, station, selected: false, lane: drawing.metrics.lane } });
    const flag = target.querySelector('[data-testid=you-are-here]');
    const x = Number(/translate\(([\d.]+)/.exec(flag?.getAttribute('transform') ?? '')?.[1]);
    const width = Math.max(...(flag?.querySelector('path')?.getAttribute('d') ?? '').split(/[^\d.]+/).map(Number));
    const [from, until] = flag?.getAttribute('data-left') === 'true' ? [x - width, x] : [x, x + width];
    expect(width, `${lanes} lanes`).toBeGreaterThan(60);
    expect(from, `${lanes} lanes`).toBeGreaterThanOrEqual(0);
    expect(until, `${lanes} lanes`).toBeLessThanOrEqual(WIDTH);
    await unmount(shown);
    target.remove();
  }
  lang.choose('en');
});
