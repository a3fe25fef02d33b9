import type { clusters as en } from './clusters';

export const clusters: typeof en = {
  add_cluster: '从集群添加…', add_cluster_title: '从 Kubernetes 集群添加', add_cluster_short: '添加…', add_to_own: '演示保持原样：添加的内容进入您自己的主目录，此后窗口显示的就是它。',
  kubeconfig: 'kubeconfig 的完整路径', kubeconfig_usual: '默认位置', context: '上下文', context_current: (name) => `${name}（当前）`, no_contexts: '这个 kubeconfig 没有上下文。',
  plugin_found: (command, at) => `通过 ${command} 登录：${at}`, plugin_missing: (command) => `通过 ${command} 登录，但登录 shell 的 PATH 里没有它。`, logs_in_itself: (user) => `以 ${user} 登录`,
  namespace: '命名空间', workload: '工作负载', no_workloads: '这里没有 Deployment、StatefulSet 或 DaemonSet。', not_listed: (kinds) => `此登录无权在这里列出以下类型，因此可能还有：${kinds}`, is_ours: '已由 Switchback 管理', looked_after: (owner) => `由 ${owner} 管理`,
  as_service: '作为服务', as_environment: '所在环境', take_over: (owner) => `从 ${owner} 接管：它可能会还原这里的更改`, to_keychain: '把看起来像密钥的变量移入钥匙串',
  protect_it: (environment) => `保护 ${environment}：解锁前只读，每次操作都要输入其名称`, not_protected: (environment) => `${environment} 将不受保护：在那里的操作无需输入其名称即可开始。可在策略中为该环境设置 \`protected: true\`。`,
  look: '查看会导入什么', looking: '正在询问集群…', comes: (n) => `${n} 个修订`, comes_body: '不会触碰任何 Pod。最新的是现在运行的；其余的每一个都可以回滚到。',
  past_revision: '修订', past_when: '时间', past_by: '谁', past_said: '说明', not_known: '未知', left_out: '无法恢复，因此略过', from_elsewhere: (places) => `来自 ${places} 的变量不随修订保存，届时是什么就用什么。`,
  pods: (n) => `${n} 个 Pod`, pod: 'Pod', pod_state: '状态', pod_ready: '就绪', pod_restarts: '重启', pod_node: '节点', pod_age: '创建', pod_warnings: '集群的警告',
  import_go: '导入', importing: '正在导入…',
};
