import { expect, test } from 'vitest';
import type { ImportWorkload, WorkloadImportView } from '../bindings/contract';
import { useHost } from '../host';
import { browserHost } from '../host/browser';
import { Adding } from './adding.svelte';

test('an environment by the name of production is protected unless somebody says otherwise, another is not', async () => {
  const asked: ImportWorkload[] = [];
  const sample = browserHost({ pace: 0 });
  const view: WorkloadImportView = { target: 'web/production', protected: true, revisions: [], lost: [], elsewhere: [], yaml: '', changes: [], secrets: [], deployment: null };
  useHost({ ...sample, kind: 'browser', subscribe: () => () => undefined, call: (async (_: string, request: { import: ImportWorkload }) => { asked.push(request.import); return view; }) as typeof sample.call });
  const adding = new Adding();
  adding.service = 'web';
  for (const [environment, chosen] of [['production', null], ['Live ', null], ['staging', null], ['products', null], ['production', false], ['staging', true]] as const) {
    adding.environment = environment;
    adding.protect = chosen;
    await adding.look();
  }
  expect(asked.map((one) => one.protect)).toEqual([true, true, false, false, false, true]);
  expect(adding.view?.protected).toBe(true);
});
