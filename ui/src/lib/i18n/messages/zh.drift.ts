// 手工改动。
import type { drift as shape } from './drift';

export const drift: typeof shape = {
  drift_title: (target) => `手工改动：${target}`,
  drift_body: (revision, version) => `部署的是 r${revision}，${version}。现在实际运行的内容如下。`,
  drift_gone: '运行的内容与部署的一致。',
  drift_what: '内容', drift_recorded: '已部署', drift_becomes: '变为', drift_found: '实际运行', drift_hand: '由谁，何时',
  drift_ways: '如何处理',
  drift_revert: (revision) => `恢复 r${revision}`, drift_revert_body: '手工改动将被撤销；恢复为部署时的内容。', drift_revert_go: '恢复', drift_puts_back: (revision) => `上面列出的差异将被撤销：镜像、变量、密钥和设置恢复为 r${revision} 的内容。`,
  drift_adopt: '保留为一个修订', drift_adopt_body: '当前运行的内容进入历史，以后可以回滚到它。不会重新启动任何东西。', drift_adopt_go: '保留',
  drift_keychain: '看起来像密钥的值存入钥匙串',
  drift_parts: { instance: '实例', artifact: '制品', config: '变量', secret: '密钥', setting: '设置', router: '路由' },
  drift_look: '漂移…', key_drift: '查看手工改动', palette_drift_of: (target) => `手工改动：${target}`,
};
