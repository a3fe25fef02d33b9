import { expect, test } from 'vitest';
import { en } from '../i18n/messages/en';
import { zh } from '../i18n/messages/zh';
import { underWay } from './phase';

test('what is under way is called by its kind, and a rollback says where it goes', () => {
  const of = (kind: 'deploy' | 'rollback' | 'adopt' | 'withdraw') => ({ kind, revision: 10, version: '2.1' });
  expect((['deploy', 'rollback', 'adopt', 'withdraw'] as const).map((kind) => underWay(of(kind), en))).toEqual(['Deploying', 'Rolling back to r10', 'Taking over', 'Taking 2.1 away']);
  expect(underWay(of('rollback'), zh)).toBe('正在回滚到 r10');
});
