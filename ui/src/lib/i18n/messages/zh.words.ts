// 内核代码对应的词语。未知代码按原样显示。
import type { words as en } from './en.words';

export const words: typeof en = {
  errors: {
    approval_expired: '批准已过期', approval_key_unknown: '策略不认识此密钥', approval_other_plan: '该批准针对的是别的内容', approval_own: '本人的批准不算数', approval_tampered: '批准被改动过', approval_missing: '还缺少批准。', not_an_approver: '您不在此处的批准人之列。', checklist_open: '检查清单上还有未完成的项目。', frozen: '现在处于封版期。', window_closed: '现在不在部署窗口内。',
    internal: 'Switchback 内部出错。', not_found: '没有找到。', unknown_target: '没有这个目标。', unknown_release: '没有这个发布包。', unknown_revision: '没有这个修订。', unknown_deployment: '没有这次部署。',
    engine_absent: '此目标的引擎没有响应。', target_unreachable: '目标没有响应。', target_locked: '此目标已被他人锁定。', target_paused: '此目标已暂停，需由人解除。', quarantined: '此发布包已隔离。',
    plan_stale: '计划生成后目标已变化，请查看新计划。', plan_unknown: '此计划已失效，请重新生成。', confirm_mismatch: '输入的名称不一致。', reason_required: '需要填写原因。', checks_failed: '有检查未通过。', nothing_to_do: '它已在运行。',
    already_running: '此目标上已有部署在进行。', not_running: '此部署已结束。', invalid_config: '文件无效，未应用任何内容。', invalid_request: '请求无效。', keychain_unavailable: '钥匙串不可用。', secret_missing: '缺少密钥。', secret_in_use: '此密钥正在使用。',
    image_missing: '无法拉取镜像。', store_failed: '无法读写历史记录。', audit_broken: '审计校验未通过。', denied: '不允许此操作。', timeout: '耗时过长。',
    image_denied: '镜像仓库拒绝登录。', registry_unreachable: '镜像仓库没有响应。', artifact_gone: '制品已不存在。', port_in_use: '端口被占用。', disk_full: '磁盘已满。', start_refused: '运行时拒绝启动。', exited: '进程已退出。', unhealthy: '未能变为健康。', smoke_failed: '冒烟测试失败。', hook_failed: '钩子失败。', router_refused: '路由拒绝了更改。', keychain_missing: '没有钥匙串。', aborted: '已被人中止。', runtime_error: '运行时报告错误。',
    deployed_elsewhere: '此目标由另一个 Switchback 主目录部署。', bad_input: '请求无效。', bad_policy: '文件无效，未应用任何内容。', bad_name: '名称无效。', no_policy: '尚未配置。', conflict: '其间已被他人更改。', paused: '此目标已暂停，需由人解除。', held: '此目标已被他人锁定。', unfinished: '此目标之前的部署尚未结束。', confirm: '输入的名称不一致。', config_wrong: '配置不符合要求。', secrets_in_config: '有变量看起来是密钥，请先移入钥匙串。', stuck: '已卡住，需要人工处理。', database_unreadable: '无法读取历史记录。', database_newer: '历史记录属于更新版本的 Switchback。', database_ahead: '数据库的版本比这些迁移更新。', migration_failed: '迁移被拒绝，未留下任何更改。', migration_half: '有迁移只应用了一半。', migration_locked: '另一个迁移正在运行。', migration_refused: '迁移被拒绝。', migration_loses: '回退会丢失数据行。', no_way_back: '有迁移没有回退脚本。', three_steps: '此版本要移除的内容可能仍在使用：请先扩展，再部署，最后收缩。', store: '无法读写历史记录。', journal: '日志含有此版本不理解的内容。', keychain_locked: '钥匙串已锁定。', keychain: '钥匙串报告错误。', home_unusable: '无法使用主目录。',
    no_access: '无法登录集群。', forbidden: '集群不允许此操作。', workload_missing: '工作负载不存在。', workload_held: '工作负载被他人占用。', unplaceable: '没有地方放置其 Pod。', admission_refused: '集群自身的规则拒绝了它。',
  },
  checks: {
    image_pullable: '镜像可拉取', artifact_present: '制品存在', secrets_present: '密钥齐全', target_reachable: '目标可达', not_quarantined: '未隔离', not_paused: '未暂停', lock_free: '未被锁定', config_complete: '配置完整', recorded: '退路已记录',
    'image-pullable': '制品可得', 'secrets-present': '密钥齐全', 'schema-ready': '数据库就绪', 'target-reachable': '目标可达',
  },
  items: { 'ci-green': '测试通过', 'migrations-reversible': '迁移可逆', 'config-complete': '配置完整', 'rollback-ready': '可以回滚', 'image-present': '制品存在', 'window-open': '窗口开放', 'on-call': '已指定值班人员', 'people-informed': '已通知相关人员', observed: '已观察' },
  gate_kinds: { approvals: '批准', checklist: '检查清单', lock: '锁', quarantine: '隔离', pause: '暂停', freeze: '封版', window: '窗口' },
  actions: {
    acquire_lock: '加锁', record_current: '记录当前状态', record: '记录当前状态', prepare: '准备', prepare_image: '准备镜像', pull: '拉取镜像', stop_old: '停止旧版本', start_new: '启动新版本', verify: '健康检查', health_gate: '健康检查', migrate: '迁移', smoke: '冒烟测试', switch: '切换流量', shift_traffic: '切换流量', remove_old: '移除旧版本', remove_new: '移除新版本', restore_old: '恢复旧版本', hook: '钩子', create: '创建', start: '启动新版本', stop: '停止', confirm: '等待人工确认', remove: '移除', settle: '设为常驻', adopt: '接管', release_lock: '解锁', watch: '观察',
    rollback: '回滚',
  },
  causes: {
    connection_refused_localhost: 'localhost 拒绝连接', connection_refused_remote: '连接被拒绝', timeout_connect: '连接超时', dns_failure: '域名无法解析', tls_cert_expired_or_untrusted: '证书过期或不受信任', auth_failed_database: '数据库登录被拒绝', schema_mismatch: '数据库结构不一致', missing_env_var: '缺少环境变量', config_parse_error: '配置无法解析', missing_file: '缺少文件', missing_dependency: '缺少依赖', permission_denied: '没有权限', port_in_use: '端口被占用', oom_killed: '内存不足', disk_full: '磁盘已满', exec_format_or_missing_entrypoint: '程序无法启动', image_pull_not_found: '镜像不存在', image_pull_auth: '镜像登录被拒绝', quota_or_unschedulable: '没有运行资源', probe_failed: '探测失败', unhandled_exception_in_app: '未处理的异常', unknown: '原因未知',
  },
  acts: {
    deployment_started: '开始部署', deployment_succeeded: '已部署', deployment_rolled_back: '自动回滚', deployment_failed: '部署失败', deployment_stuck: '卡住', deployment_aborted: '已中止', rollback_started: '开始回滚', rolled_back: '已回滚', quarantined: '已隔离', quarantine_cleared: '解除隔离', paused: '已暂停', released: '目标已解除', pause_released: '目标已解除', secret_set: '设置密钥', secret_removed: '移除密钥', policy_applied: '策略已更改', release_added: '新增发布包', demo_loaded: '加载演示',
    'deploy.started': '开始部署', 'deploy.succeeded': '已部署', 'deploy.failed': '部署失败', 'deploy.rolled-back': '自动回滚', 'deploy.stuck': '部署卡住', 'deploy.aborted': '部署已中止', 'deploy.abort-asked': '请求中止部署', 'deploy.resumed': '继续部署', 'deploy.arrived': '部署到位', 'deploy.step-started': '部署步骤开始', 'deploy.step-done': '部署步骤完成', 'deploy.probed': '部署探测', 'deploy.undo-started': '部署撤销开始', 'deploy.undo-done': '部署撤销完成', 'deploy.tidy-failed': '部署清理失败', 'rollback.started': '开始回滚', 'rollback.succeeded': '已回滚', 'rollback.failed': '回滚失败', 'rollback.rolled-back': '回滚已撤销', 'rollback.stuck': '回滚卡住', 'rollback.aborted': '回滚已中止', 'rollback.abort-asked': '请求中止回滚', 'rollback.resumed': '继续回滚', 'rollback.arrived': '回滚到位', 'rollback.step-started': '回滚步骤开始', 'rollback.step-done': '回滚步骤完成', 'rollback.probed': '回滚探测', 'rollback.undo-started': '回滚撤销开始', 'rollback.undo-done': '回滚撤销完成', 'rollback.tidy-failed': '回滚清理失败', 'adopt.started': '开始接管', 'adopt.succeeded': '已接管', 'adopt.failed': '接管失败', 'adopt.rolled-back': '接管已撤销', 'adopt.stuck': '接管卡住', 'adopt.aborted': '接管已中止', 'adopt.abort-asked': '请求中止接管', 'adopt.resumed': '继续接管', 'adopt.arrived': '接管已记录', 'adopt.step-started': '接管步骤开始', 'adopt.step-done': '接管步骤完成', 'adopt.undo-started': '接管撤销开始', 'adopt.undo-done': '接管撤销完成', 'adopt.tidy-failed': '接管清理失败', 'copies.removed': '移除无用副本', 'policy.applied': '策略已更改', 'release.added': '新增发布包', 'quarantine.cleared': '解除隔离', 'target.released': '目标已解除', 'secret.set': '设置密钥', 'secret.removed': '移除密钥', 'checklist.ticked': '已勾选', 'checklist.unticked': '已取消勾选', 'deploy.approved': '已批准', 'approval.signed': '已签署批准', 'approval.imported': '已导入批准', 'policy.approved': '策略更改已批准', 'freeze.added': '设置封版', 'freeze.removed': '解除封版', 'override.followed-up': '破例已跟进', 'gate.overridden': '越过关卡', 'schedule.added': '已预定', 'schedule.started': '预定的部署已开始', 'schedule.cancelled': '预定已取消', 'schedule.lapsed': '预定已失效',
  },
  channels: { slack: 'Slack', mail: '邮件', email: '邮件', webhook: 'Webhook', desktop: '桌面' },
  topics: { started: '已开始', succeeded: '已成功', failed: '已失败', 'rolled-back': '已回滚', stuck: '卡住', overridden: '破例', frozen: '冻结' },
  promote_why: { unhealthy: '此处不健康', deploying: '有部署在进行', paused: '目标已暂停' },
  runtimes: { docker: 'Docker', kubernetes: 'Kubernetes', process: '进程' },
  kinds: { deploy: '部署', rollback: '回滚', adopt: '接管', promotion: '晋级', drill: '演练' },
  outcomes: { running: '部署中', succeeded: '完成', rolledBack: '已撤销', stuck: '卡住', aborted: '已中止' },
};
