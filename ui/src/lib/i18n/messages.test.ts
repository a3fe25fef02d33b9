import { expect, test } from 'vitest';
import { whyOf } from '../audit/acts';
import { forms, gates, parts, sentences, type AuditEntry } from '../bindings/contract';
import * as format from './format';
import { en } from './messages/en';
import { zh } from './messages/zh';
import { gate } from './messages/zh.gates';
import { whole, within } from './messages/zh.forms';
import { lang } from './lang.svelte';

const LISTS = ['errors', 'checks', 'actions', 'causes', 'acts'] as const;

test('every word of a list exists in both languages', () => {
  for (const list of LISTS) expect(Object.keys(zh[list]).sort()).toEqual(Object.keys(en[list]).sort());
});
test('no message is empty', () => {
  for (const messages of [en, zh]) for (const [key, value] of Object.entries(messages)) if (typeof value === 'string') expect(value.trim(), key).not.toBe('');
});
test('English counts one and many', () => {
  expect(en.instances(1)).toBe('1 instance');
  expect(en.instances(4)).toBe('4 instances');
});
test('durations read as a person says them', () => {
  expect([40, 500, 41_000, 72_000, 7_080_000].map((ms) => format.duration('en', ms))).toEqual(['40 ms', '0.5 s', '41 s', '1 m 12 s', '1 h 58 m']);
  expect(format.duration('zh', 41_000)).toBe('41 秒');
});
test('a moment ago is a distance, last month is a date', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  expect(format.ago('en', '2026-11-25T11:34:00Z', now)).toContain('26 min');
  expect(format.ago('en', '2026-09-01T11:34:00Z', now)).toContain('1 Sept');
});
test('what came of a step is said in the reader’s language, and repeated where no word is known', () => {
  lang.choose('zh');
  expect(lang.said('created')).toBe('已创建');
  expect(lang.said('traffic goes to 127.0.0.1:18090')).toBe('流量转到 127.0.0.1:18090');
  expect(lang.said('proven, up 3 ms, down 2 ms (on a copy with 231 rows)')).toBe('已验证，升 3 毫秒，降 2 毫秒（在含 231 行数据的副本上）');
  expect(lang.said('down again failed at 1_a.down.sql:1: no such table (on a copy without rows)')).toBe('再次回退 在 1_a.down.sql:1 处失败：no such table（在没有数据行的副本上）');
  expect(lang.said('not proven: it reaches beyond the scratch database: `use rich`, 1_a.up.sql:1: it reaches another database; prove it on a server of its own (on a copy with 1 row; trigger au is left out: it reaches audit.log)')).toBe(
    '未验证：它超出了临时数据库：`use rich`，1_a.up.sql:1：它涉及另一个数据库；请在单独的服务器上验证（在含 1 行数据的副本上；触发器 au 未纳入：它涉及 audit.log）',
  );
  expect(lang.said('exited (1) after 3 ms')).toBe('运行 3 毫秒后退出，退出码 1');
  expect(lang.said('something new')).toBe('something new');
  lang.choose('en');
  expect(lang.said('created')).toBe('created');
});
test('a diagnosis that was written down as a sentence is said with its facts', () => {
  lang.choose('zh');
  expect(lang.said('connection refused to 127.0.0.1:5432: nothing listens there on this machine')).toBe('连接 127.0.0.1:5432 被拒绝：本机没有程序在该处监听');
  expect(lang.said('connection refused to db:5432: that host answers, and nothing listens on the port')).toBe('连接 db:5432 被拒绝：主机有响应，但该端口无人监听');
  expect(lang.said('memory ran out')).toBe('内存耗尽');
  expect(lang.said('the environment variable DATABASE_URL is not set')).toBe('环境变量 DATABASE_URL 未设置');
  lang.choose('en');
  expect(lang.said('memory ran out')).toBe('memory ran out');
});
test('every sentence of the core is recognised as its cause', () => {
  lang.choose('zh');
  for (const [cause, , text] of sentences) {
    const told = lang.said(text.replace(/\{(\w+)\}/g, 'x-$1'));
    expect(told, `${cause}: ${text}`).toMatch(/[\u4e00-\u9fff]/);
    for (const [, fact] of text.matchAll(/\{(\w+)\}/g)) expect(told, `${cause}: ${text}`).toContain(`x-${fact}`);
  }
  lang.choose('en');
});
test('every form of the core has its Chinese, with the same values in it, and no other has', () => {
  const places = (text: string) => [...text.matchAll(/\{(?:said:)?(\w+)\}/g)].map((found) => found[1]).sort();
  for (const [all, words] of [[forms, whole], [parts, within], [gates, gate]] as [readonly string[], Record<string, string>][]) {
    expect(Object.keys(words).sort()).toEqual([...all].sort());
    for (const [form, chinese] of Object.entries(words)) {
      expect(chinese, form).toMatch(/[\u4e00-\u9fff（：]/);
      expect(places(chinese), form).toEqual(places(form));
    }
  }
});
test('every form is said as itself with its values, and none is taken for another', () => {
  lang.choose('zh');
  const filled = (text: string) => text.replace(/\{(?:said:)?(\w+)\}/g, 'x-$1.y');
  for (const form of forms) expect(lang.said(filled(form)), form).toBe(filled(whole[form]));
  for (const form of parts) expect(lang.within(filled(form)), form).toBe(filled(within[form]));
  for (const form of gates) expect(lang.gate(filled(form)), form).toBe(filled(gate[form]));
  lang.choose('en');
});
test('a registry is said to be away, or without the image, before its own words', () => {
  const image = `127.0.0.1:35000/shop/web@sha256:${'ea48'.repeat(16)}`;
  const away = `failed to resolve reference "${image}": failed to do request: Head "https://${image}": dial tcp 127.0.0.1:35000: connect: connection refused`;
  lang.choose('zh');
  expect(lang.said(away)).toBe(`镜像仓库没有响应：failed to do request: Head "https://${image}": dial tcp 127.0.0.1:35000: connect: connection refused`);
  expect(lang.said(`failed to resolve reference "${image}": ${image}: not found`)).toBe(`镜像不在仓库中：${image}`);
  expect(lang.said(`${image}: manifest unknown: manifest unknown`)).toBe(`${image}：镜像已不在仓库中（manifest unknown）`);
  lang.choose('en');
  expect(lang.said(away)).toBe(away);
});
test('what stands within a sentence is said too, and a name is repeated', () => {
  lang.choose('zh');
  expect(lang.said('after the down table up is still there, and 2 more')).toBe('回退之后，表 up 仍然存在，另有 2 处');
  expect(lang.said('loses users.note of 2 rows (2)')).toBe('会丢失 users.note：2 行（2）');
  expect(lang.said('urgent: 3 pods start at once (3 of 4 pods; the quota small: room for 3; 2 nodes: no limit)')).toBe('紧急：同时启动 3 个 Pod（4 个 Pod 中 3 个；配额 small：还能容纳 3 个；2 个节点：没有限制）');
  expect(lang.said('proven, and loses orders: 2 of 5 rows; users.note: its values (on a copy with 7 rows)')).toBe('已验证，会丢失 orders：5 行中的 2 行；users.note 的值（在含 7 行数据的副本上）');
  expect(lang.said('SQLite has no several changes in one ALTER TABLE; users stays as it is')).toBe('SQLite 不支持 一条 ALTER TABLE 中的多处更改；users 保持不变');
  expect(lang.gate('on-call: r47 (2.14.0) comes back whole; no way back was rehearsed')).toBe('on-call：r47（2.14.0）可以完整恢复；没有演练过回滚');
  expect(lang.gate('checkout 2.14.1 is quarantined: memory ran out')).toBe('checkout 2.14.1 已被隔离：内存耗尽');
  expect(lang.said('set and its rows are gone, and running code that names it fails')).toBe('set 及其数据行会丢失，仍在使用它的代码会失败');
  lang.choose('en');
  expect(lang.said('there is no way down')).toBe('there is no way down');
});
test('where a probe was sent is said with the words around it, and what it repeats too', () => {
  lang.choose('zh');
  expect(lang.said('not healthy within 4 s; last: GET http://10.0.0.7/health: 302 Found in 3 ms to /login?..., wanted 200; redirects are not followed'))
    .toBe('4 秒内未变健康；最后一次：GET http://10.0.0.7/health：3 毫秒内得到 302 Found，重定向到 /login?...，应为 200；不跟随重定向');
  expect(lang.said('not healthy within 5 s: 1 of 2 passes in a row; last that did not pass: GET http://10.0.0.7/: 500 Internal Server Error in 1 ms, wanted 200'))
    .toBe('5 秒内未变健康：探测最多连续通过 1 次，需要 2 次；最后一次未通过：GET http://10.0.0.7/：1 毫秒内得到 500 Internal Server Error，应为 200');
  expect(lang.said('it runs, and its probe came to 1 of 2 passes in a row')).toBe('它在运行，但探测连续通过的次数不够（1 / 2）');
  expect(lang.said('something else listens on port 42100: python3 (process 7)')).toBe('端口 42100 已被占用：python3（进程 7）');
  expect(lang.said('sb-web-staging-r1-0-0 exited (1); the router does not run, or was taken by another target')).toBe('sb-web-staging-r1-0-0 已退出，退出码 1；路由没有运行，或已被另一目标占用');
  lang.choose('en');
});
test('what a person gave as a reason is repeated, and what Switchback gave is said', () => {
  lang.choose('zh');
  const entry = (action: string, why: string) => ({ action, why }) as AuditEntry;
  expect(whyOf(entry('deploy.failed', 'memory ran out'), lang)).toBe('内存耗尽');
  expect(whyOf(entry('deploy.started', 'memory ran out'), lang)).toBe('memory ran out');
  expect(whyOf(entry('deploy.started', 'deployed from the command line'), lang)).toBe('从命令行部署');
  const aborted = (event: string) => ({ action: 'deploy.aborted', why: 'the registry refused the pull', after: { event } }) as unknown as AuditEntry;
  expect(whyOf(aborted('rolledBack'), lang)).toBe('镜像仓库拒绝拉取');
  expect(whyOf(aborted('aborted'), lang)).toBe('the registry refused the pull');
  expect(whyOf(entry('policy.applied', 'targets.web/test.config.MODE: "fast" -> absent; environments.test: absent -> {"zone":"UTC"}; a: 1 -> absent'), lang)).toBe('targets.web/test.config.MODE："fast" -> 无；environments.test：无 -> {"zone":"UTC"}；a：1 -> 无');
  lang.choose('en');
});
test('what the core reports of an error, its way out, and why a lease changed hands are said too', () => {
  lang.choose('zh');
  expect(lang.said('no Docker engine answers at unix:///var/run/docker.sock: Connection refused (os error 111); start Docker, or give the address of the engine that is meant'))
    .toBe('unix:///var/run/docker.sock 处没有 Docker 引擎应答：连接被拒绝；请启动 Docker，或写明所指引擎的地址');
  expect(lang.hint({ code: 'not_found', params: {}, causes: ['web has no migrations'], hint: 'Name their folder under `services:`, as `migrations:`.' })).toBe('请在 `services:` 下以 `migrations:` 写明其文件夹。');
  expect(lang.hint({ code: 'not_found', params: {}, causes: [], hint: 'Something new.' })).toBe('Something new.');
  const entry = (action: string, why: string) => ({ action, why }) as AuditEntry;
  expect(whyOf(entry('lease.taken-over', 'resuming deploy of 1.3.0 in 1f0c22aa'), lang)).toBe('继续部署 1.3.0（1f0c22aa）');
  expect(lang.said('web/token of that day is not in the keychain')).toBe('钥匙串中没有当日的 web/token');
  expect([lang.list(['a', 'b']), lang.comma('a', 'b'), lang.colon('a', 'b')]).toEqual(['a、b', 'a，b', 'a：b']);
  lang.choose('en');
  expect([lang.list(['a', 'b']), lang.comma('a', 'b'), lang.colon('a', 'b')]).toEqual(['a, b', 'a, b', 'a: b']);
});
test('times are by the clocks of a zone, which has a name; one that nobody knows is the machine’s', () => {
  const at = '2026-11-23T23:30:00Z';
  expect(format.time('en', at, 'Europe/Berlin')).toBe('00:30');
  expect(format.dayKey(at, 'Europe/Berlin')).not.toBe(format.dayKey(at, 'UTC'));
  expect(format.full('zh', at, 'Europe/Berlin')).toContain('11月24日');
  expect([format.zoneName('en', 'America/New_York'), format.zoneName('en', 'Etc/UTC'), format.zoneName('zh', 'Europe/Berlin')]).toEqual(['New York time', 'UTC', '德国时间']);
  expect(format.time('en', at, 'Mars/Olympus')).toBe(format.time('en', at));
  lang.zone = 'Europe/Berlin';
  expect([lang.time(at), lang.zoneName()]).toEqual(['00:30', 'Berlin time']);
  lang.zone = 'Mars/Olympus';
  expect(lang.zone).toBeUndefined();
});
test('production has the reader’s word on every screen, any other environment its owner’s', () => {
  expect([lang.environment('production'), lang.environment('staging')]).toEqual(['production', 'staging']);
  lang.choose('zh');
  expect([lang.environment('production'), lang.environment('eu-production')]).toEqual(['生产', 'eu-production']);
  lang.choose('en');
});
