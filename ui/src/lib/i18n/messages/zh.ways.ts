// 出路与诊断的中文说法。内核自带英文，因此英文表为空；此处没有的代码按内核原文显示。
import type { Ways } from './ways';
import { read } from '../forms';
import { whole, within } from './zh.forms';
import { gate } from './zh.gates';
import { rewrites } from './zh.rewrites';
import { said } from './zh.said';

const to = (p: Record<string, string>) => (p.host && p.port ? ` ${p.host}:${p.port}` : p.host ? ` ${p.host}` : p.port ? `端口 ${p.port}` : '');
const named = (value: string | undefined, lead = ' ') => (value ? `${lead}${value}` : '');

export const ways: Ways = {
  said,
  rewrites,
  whole: read(whole),
  gate: read(gate),
  within: read({ ...whole, ...within }),
  hints: {
    held: () => '等它结束，或停止它（`switchback release-lock`）；所有者已退出的锁会在 15 秒后释放。',
    unfinished: () => '执行 `switchback resume`，将其完成或撤销。',
    deployed_elsewhere: (p) => `请从那个主目录部署（--home DIR），或在那里放回其备份。若它已丢失，${p.back ? `请把工作负载交还其自身清单，并写明要提供服务的镜像：\`${p.back}\` 会按其自身规则替换 Pod；然后部署，或执行 \`${p.import ?? ''}\`` : `请先结束 ${p.instance ?? ''}（会中断服务），然后部署`}。`,
    in_train: (p) => `等它结束，或停止它（\`switchback train abort ${p.train ?? ''}\`）；若执行者已不在，执行 \`switchback resume\`。`,
    plan_stale: () => '计划生成之后情况有变，请查看新计划。',
    database_unreadable: () => '用备份替换它，或将其移走后从空的历史开始。',
    history_gone: (p) => `请放回备份。若要重新开始，请将其与作为证据的 ${p.head ?? ''} 一并移走。`,
    stuck: (p) => `${p.place ? `请在 ${p.place} 上腾出空间` : '请排除障碍'}，然后执行 \`switchback resume\`：它会完成或撤销这次部署。`,
    audit_broken: () => '`switchback audit verify` 会指出历史记录中被改动之处；没有做任何更改。请用 history.db 的备份替换它。',
    database_newer: () => '请升级 Switchback；当前版本不会改动此文件。',
    disk_full: (p) => (p.place ? `请在 ${p.place} 上腾出空间；没有做任何更改。` : '请腾出空间；没有做任何更改。'),
    journal: () => '日志由其他版本写入或被人手改过：请运行 `switchback audit verify`。',
    target_unreachable: (p) => (p.endpoint?.startsWith('ssh://') ? '请让到该主机的 `ssh` 无需询问即可登录；`switchback doctor` 会再次检查。' : p.endpoint?.startsWith('tcp://') ? '启动引擎，或在 switchback.yaml 中更正其地址；需要 TLS 的写作 `engine: { tcp: HOST:PORT, tls: FOLDER }`。' : p.endpoint?.startsWith('http') ? '请打通到集群的网络（VPN、隧道），或在 kubeconfig 中更正其地址。' : '启动引擎，或在 switchback.yaml 中更正其地址。'),
    migration_locked: () => '请等待占用者结束，或终止它。',
    database_unreachable: () => '请启动数据库，或在 switchback.yaml 中更正其地址。',
    image_denied: (p) => `以 USER:PASSWORD 形式存入镜像仓库的登录：\`switchback secret set registry/${(p.image ?? '').split('/')[0]?.replaceAll(':', '-')}\`。`,
    image_missing: () => '推送该镜像，或更正其名称或标签。',
    registry_unreachable: () => '启动镜像仓库，或更正镜像名称。',
    artifact_gone: () => '让该文件夹保持发布时的样子，或用 `switchback release add --from` 指定另一个。',
    router_refused: () => '请更正路由：它的配置、它的容器，或目标的 `router:`。',
    port_in_use: (p) => `释放端口 ${p.port ?? ''}，或为此目标换一个端口。`,
    no_access: (p) => (p.fault === 'kubeconfig' ? `请更正 ${p.endpoint ?? ''}，或在 switchback.yaml 中为目标的 \`kubeconfig:\` 指定另一个文件。`
      : p.fault === 'context' ? `请在 switchback.yaml 中将目标的 \`context:\` 写为现有的一个，或更正 ${p.endpoint ?? ''}。`
      : p.fault === 'plugin' ? '请先在终端中让登录插件可用（安装它、用它登录），然后重试。'
      : p.endpoint ? '请重新登录集群，或在 switchback.yaml 中更正目标的 `kubeconfig:` 与 `context:`。'
      : '请指向主库，或查看该用户在那里的权限。没有做任何更改。'),
    login_refused: (p) => (p.secret ? `请在 switchback.yaml 中更正用户，或存入正确的密码：\`switchback secret set ${p.secret}\`。` : '请在 switchback.yaml 中更正用户，或在那里以 `password: keychain:NAME` 指明存有其密码的密钥。'),
    right_missing: (p) => `请让有权限的人执行 \`${p.grant ?? ''};\`，或为数据库换用有此权限的用户。没有做任何更改。`,
    duplicate_version: () => '请给其中一个单独的版本号。没有做任何更改。',
    rows_in_the_way: () => '请先更改这些行，或另发一个版本走别的路。没有做任何更改。',
    foreign_table: () => '若该表由另一工具所建，请在 switchback.yaml 中更正 `layout:`；否则请让迁移使用自己的数据库或模式。没有做任何更改。',
    database_behind: () => '若只是迁移工具的表被清空，请用该工具补记这些版本；若它们确实已不在，请执行 `switchback migrations run DIR --to VERSION`。没有做任何更改。',
    forbidden: (p) => `请集群管理员在该命名空间中允许：${p.what ?? ''}。`,
    admission_refused: () => '请部署规则所允许的内容，或请管理集群规则的人为此工作负载设例外。',
    unplaceable: () => '请提高命名空间的配额、在节点上腾出空间，或在工作负载的清单中降低资源请求。',
    reference_missing: () => '请将其补上，或从工作负载自身的清单中去掉，然后重新部署。',
    workload_missing: (p) => `请先应用 ${p.workload ?? ''} 的清单，或更正目标的 \`workload:\` 与 \`namespace:\`。`,
    interfered: () => '请确保其间没有他人更改该工作负载，然后重新部署。',
    workload_held: (p) => (p.by === 'a pause' ? '请恢复它（`kubectl rollout resume`）；没有做任何更改。' : `${p.by ?? ''} 会撤销此更改。请通过它部署，或在 \`kubernetes:\` 下写 \`take-over: true\`。`),
    keychain_missing: () => '请启动 Secret Service（例如 GNOME Keyring）；Switchback 绝不把密钥存到别处。',
    keychain_locked: () => '请解锁钥匙串后重试。',
    secret_missing: (p) => `\`switchback secret set ${p.name ?? 'NAME'}\``,
    bad_policy: () => '没有应用任何内容；`switchback export` 显示当前策略。',
    no_policy: () => '`switchback apply -f switchback.yaml`，或 `switchback demo`。',
    quarantined: () => '在“发布包”页解除隔离并说明理由，或部署另一个版本。',
    paused: () => '请先解除目标的暂停并说明原因。',
    config_wrong: () => '请更正目标的 `config:` 后重新应用该文件。',
    secrets_in_config: () => '用 --keychain 移入钥匙串；确非密钥的用 --plain NAME 指明。',
    confirm: () => '请输入环境名称以确认。',
  },
  diagnosed: {
    connection_refused_localhost: (p, runtime) => (runtime === 'process'
      ? [`连接${to(p)} 被拒绝：本机没有程序在该处监听`, '在本机启动所依赖的服务，或更正地址。']
      : [`连接${to(p)} 被拒绝：在容器内，localhost 就是容器自身`, '用另一服务的名称或地址代替 localhost。']),
    connection_refused_remote: (p) => [`连接${to(p)} 被拒绝：主机有响应，但该端口无人监听`, '确认对方服务先于本服务启动，且端口正确。'],
    timeout_connect: (p) => [`连接${to(p)} 超时，没有响应`, '检查地址、网络、防火墙，以及对方服务是否已启动。'],
    dns_failure: (p) => [`域名${named(p.host)} 无法解析`, '检查拼写，并确认两者在同一网络或命名空间。'],
    tls_cert_expired_or_untrusted: (p) => [`证书未被接受${named(p.detail, '：')}`, '检查证书的有效期与名称，以及其颁发机构是否受信任。'],
    auth_failed_database: (p) => [`数据库拒绝登录${named(p.user, '：')}`, '核对用户、密码与访问规则；数据卷会保留首次启动时的密码。'],
    schema_mismatch: (p) => [`数据库结构与此版本的预期不符${named(p.table, '：')}${named(p.column, '：')}`, '核对已执行的迁移与此版本的迁移。'],
    missing_env_var: (p) => [`环境变量${named(p.variable)} 未设置`, '在此环境的配置或密钥中设置它。'],
    config_parse_error: (p) => [`配置无法读取${named(p.key, '：')}${named(p.file, '，位于 ')}`, '更正证据所指处的值或语法。'],
    missing_file: (p) => [`文件${named(p.file)} 不存在`, '确认发布包含有该文件，或已挂载到该路径。'],
    missing_dependency: (p) => [`${p.module ?? '某个依赖'} 未安装`, '将其加入依赖，或为此平台重新构建。'],
    permission_denied: (p) => [`操作系统拒绝访问${named(p.file)}`, '核对属主与权限和运行用户；1024 以下的端口需要特权。'],
    port_in_use: (p) => [`端口${named(p.port)} 已被占用`, '查明谁在监听，或为此服务换一个端口。'],
    oom_killed: () => ['内存耗尽', '提高内存上限，或将运行时的堆设在其下，并排查泄漏。'],
    disk_full: () => ['磁盘已满', '腾出空间或扩容。'],
    exec_format_or_missing_entrypoint: (p) => [`命令${named(p.command)} 无法启动`, '检查入口的路径、权限、换行符，以及镜像对应的处理器架构。'],
    image_pull_not_found: (p) => [`镜像仓库中没有镜像${named(p.image)}`, '检查名称、标签与平台，并确认推送已完成。'],
    image_pull_auth: (p) => [`镜像仓库拒绝拉取${named(p.image)}`, '检查此目标的仓库登录，并确认仓库存在。'],
    quota_or_unschedulable: () => ['没有节点或配额可容纳它', '降低资源请求、提高配额，或检查污点、选择器与卷。'],
    admission_refused: (p) => [`集群自身的规则拒绝了它${named(p.rule, '：')}`, '请部署规则所允许的内容，或请管理该规则的人为此工作负载设例外。'],
    probe_failed: (p) => p.passes ? [`它在运行，但探测连续通过的次数不够（${p.passes.replace(' of ', ' / ')}）`, '看看未通过的探测有何不同，或在 `within:` 中给健康检查更多时间。'] : [`它在运行，但${named(p.probe)} 探测未通过`, '对照服务启动过程，检查探测的路径、端口与延迟。'],
    unhandled_exception_in_app: (p) => [`程序因未处理的错误而结束${named(p.exception, '：')}`, '查看证据中属于自身代码的第一帧。'],
    unknown: () => ['证据不足以指明原因', '提高日志级别再启动一次，并查看引擎或集群的事件。'],
  },
};
