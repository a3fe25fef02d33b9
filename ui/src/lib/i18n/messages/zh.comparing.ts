// 晋级前两个环境的差异。
import type { comparing as shape } from './comparing';

export const comparing: typeof shape = {
  compare_title: (environment, version) => `与 ${environment} 对比（那里运行 ${version}）`,
  compare_busy: (environment) => `正在与 ${environment} 对比…`,
  compare_same_artifact: (artifact) => `与那里的镜像相同：${artifact}`, compare_other_artifact: (there, here) => `与那里的镜像不同：那里是 ${there}，这里是 ${here}`,
  compare_alike: '配置、密钥名称和设置均一致。', compare_differs: (n) => `${n} 处不同`,
  compare_what: '内容', compare_will_be: (environment) => `${environment}，部署此发布后`,
  compare_config: '变量', compare_secret: '密钥', compare_setting: '设置', compare_there: '有', compare_by_name: '密钥只按名称对比。',
  compare_drift: (environment) => `${environment} 被手工改动过。在那里验证过的，与即将晋级的并不完全一致：`,
  compare_unwell: (environment, health) => `${environment}：${health}。即将晋级的内容目前在那里并未得到验证。`,
};
