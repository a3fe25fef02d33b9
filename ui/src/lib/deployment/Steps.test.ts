import { mount, unmount } from 'svelte';
import { expect, test } from 'vitest';
import type { StepView } from '../bindings/contract';
import { lang } from '../i18n/lang.svelte';
import Steps from './Steps.svelte';

const step = (number: number, action: string, undo: boolean): StepView => ({ number, action, undo, detail: '', status: 'done', tookMs: null, result: null });

test('going back starts the old version and stops the new one', async () => {
  lang.choose('zh');
  const shown = mount(Steps, { target: document.body, props: { steps: [step(1, 'start', false), step(2, 'stop', true), step(3, 'start', true), step(4, 'remove', true)] } });
  const names = [...document.querySelectorAll('.steps .nm > span')].map((node) => node.textContent);
  expect(names).toEqual(['启动新版本', '撤销：停止新版本', '撤销：启动旧版本', '撤销：移除新版本']);
  await unmount(shown);
  lang.choose('en');
});
