// 内核对步骤、故障与状态所说的话（英文）对应的中文；$1 等所代的部分也照此翻译，没有对应的按原样显示。
export const said: [RegExp, string][] = [
  // 步骤的结果
  [/^created$/, '已创建'], [/^exists$/, '已存在'], [/^started$/, '已启动'], [/^runs$/, '正在运行'], [/^stopped$/, '已停止'], [/^was stopped$/, '此前已停止'],
  [/^removed$/, '已删除'], [/^is gone$/, '已不存在'], [/^nothing to do$/, '无需操作'], [/^nothing to verify$/, '无需检查'], [/^nothing to undo$/, '无需撤销'], [/^outlives a restart$/, '重启后会再次启动'],
  [/^taken over as it runs$/, '已按现状接管'], [/^no router$/, '没有路由'], [/^no instance$/, '没有实例'], [/^running$/, '正在运行'], [/^not running$/, '未在运行'],
  [/^nothing serves until the switch$/, '切换之前没有实例提供服务'], [/^the schema was there already$/, '结构已是如此'],
  [/^the workload's own again$/, '已恢复工作负载自身的规则'], [/^it is the workload's own$/, '已是工作负载自身的规则'], [/^they may already$/, '已允许'],
  [/^(\d+) pods may start at once$/, '可同时启动 $1 个 Pod'],
  [/^fetched ([^;]+)$/, '已拉取 $1'], [/^([^ ;]+) is here$/, '$1 已就绪'], [/^the way back lacks the secret (.+)$/, '回滚缺少密钥 $1'], [/^traffic goes to (.+)$/, '流量转到 $1'], [/^confirmed by (.+)$/, '由 $1 确认'],
  [/^up (\S+) on (\S+)$/, '已在 $2 上升级到 $1'], [/^down (\S+) on (\S+)$/, '已在 $2 上回退 $1'], [/^(.+) exited 0$/, '$1 正常结束'],
  // 结束与健康检查
  [/^exited \((-?\d+|\?)\)$/i, '已退出，退出码 $1'], [/^exited \((-?\d+|\?)\) after ([\d.]+) ms$/i, '运行 $2 毫秒后退出，退出码 $1'], [/^exited \((-?\d+|\?)\) after ([\d.]+) s$/i, '运行 $2 秒后退出，退出码 $1'],
  [/^not healthy within (\d+) s; last: (.+)$/i, '$1 秒内未变健康；最后一次：$2'], [/^no probe was answered$/, '没有一次探测得到应答'],
  [/^whether it is healthy is not known: (.+); last seen: (.+)$/, '无法得知是否健康：$1；最后所见：$2'], [/^whether it is healthy is not known: (.+)$/, '无法得知是否健康：$1'],
  [/^it was stopped again and again, by somebody who asks its runtime for it$/, '它一再被人通过运行时停止'], [/^the runtime's events ended$/, '运行时的事件流已中断'],
  [/^the engine's health check says healthy$/, '引擎的健康检查报告健康'], [/^the engine's health check (?:says unhealthy|does not say healthy)$/, '引擎的健康检查未报告健康'], [/^the image has no health check$/, '镜像没有健康检查'],
  [/^the cluster's controllers have not taken up the last change yet$/, '集群的控制器尚未处理最近一次更改'], [/^its pods are not ready$/, '它的 Pod 尚未就绪'], [/^(\d+) of (\d+) pods are ready$/, '$2 个 Pod 中 $1 个就绪'], [/^it publishes no port$/, '它没有发布端口'], [/^(\S+) accepts connections$/, '$1 接受连接'],
  [/^GET (\S+): no answer in (\d+) ms$/, 'GET $1：$2 毫秒内没有应答'], [/^(\S+): no answer in (\d+) ms$/, '$1：$2 毫秒内没有应答'],
  [/^GET (\S+): (.+) in (\d+) ms to (\S+), wanted (\d+); redirects are not followed$/, 'GET $1：$3 毫秒内得到 $2，重定向到 $4，应为 $5；不跟随重定向'],
  [/^GET (\S+): (.+) in (\d+) ms, redirects are not followed$/, 'GET $1：$3 毫秒内得到 $2；不跟随重定向'],
  [/^GET (\S+): (.+) in (\d+) ms, wanted (\d+)$/, 'GET $1：$3 毫秒内得到 $2，应为 $4'],
  [/^GET (\S+): (\d+) in (\d+) ms, but the body does not hold (".*"); it begins (".*")$/, 'GET $1：$3 毫秒内得到 $2，但正文不含 $4；其开头为 $5'],
  [/^GET (\S+): (\d+) in (\d+) ms$/, 'GET $1：$3 毫秒内得到 $2'], [/^GET (\S+): ([^;]+)$/, 'GET $1：$2'],
  [/^Connection refused \(os error \d+\)$/, '连接被拒绝'], [/^Connection reset by peer \(os error \d+\)$/, '连接被对方重置'], [/^connection closed before message completed$/, '应答未完连接就已关闭'],
  [/^interrupted at the command line$/, '在命令行中被打断'],
  // 实例与路由的状态
  [/^(sb-\S+) exited \((-?\d+|\?)\)$/, '$1 已退出，退出码 $2'], [/^(sb-\S+) is gone$/, '$1 已不存在'], [/^(sb-\S+) was never started$/, '$1 从未启动'], [/^(sb-\S+) is unhealthy$/, '$1 不健康'],
  [/^was never started$/, '从未启动'], [/^is unhealthy$/, '不健康'], [/^deleted$/, '已被删除'], [/^a deployment was interrupted$/, '一次部署被中断'], [/^(.+) was deleted$/, '$1 已被删除'], [/^runs and was not deployed$/, '正在运行，但不是部署的'], [/^stands in its place \((.+)\)$/, '占了它的位置（$1）'],
  [/^(\S+) runs and was not deployed$/, '$1 正在运行，但不是部署的'], [/^set$/, '已设置'], [/^set to something else$/, '已改为其他值'], [/^there$/, '存在'], [/^line (\d+): (.*)$/, '第 $1 行：$2'], [/^(\d+) lines$/, '$1 行'], [/^absent$/, '无'],
  [/^(\S+): (.+) instead of (.+) \(by (.+) at (.+)\)$/, '$1：$2，应为 $3（由 $4 于 $5）'], [/^(\S+): (.+) instead of (.+) \(by (.+)\)$/, '$1：$2，应为 $3（由 $4）'], [/^(\S+): (.+) instead of (.+)$/, '$1：$2，应为 $3'],
  [/^the router does not run, or was taken by another target$/, '路由没有运行，或已被另一目标占用'], [/^the router sends traffic to (.+), which is nothing of ours$/, '路由把流量转到 $1，那里没有我们的实例'], [/^nginx in (\S+) does not run: start it \(`(.+)`\)$/, '$1 中的 nginx 没有运行：请启动它（`$2`）'], [/^nginx does not run: start it \(checked by `(.+)`\)$/, 'nginx 没有运行：请启动它（检查命令为 `$1`）'],
  // 计划与检查
  [/^away from (.+)$/, '从 $1 移开'], [/^up (?!again$)(\S+)$/, '升级到 $1'], [/^down (?!again$)(\S+)$/, '回退 $1'],
  // 能否回到某个修订
  [/^there is no version (\S+) in the folder$/, '文件夹中没有版本 $1'], [/^(\S+) has no way up$/, '$1 没有升级脚本'], [/^(\S+) has no way (?:down|back)$/, '$1 没有回退脚本'], [/^(\S+) was edited since it was released$/, '$1 在发布之后被修改'],
  [/^(\S+) takes no writes$/, '$1 不接受写入'], [/^another run of migrations is under way on (\S+)$/, '$1 上正在执行另一次迁移'], [/^(\S+) is half applied on (\S+)$/, '$2 上的 $1 只应用了一半'],
  [/^(\S+) has (.+), which these files do not$/, '$1 已有 $2，而这些文件中没有'], [/^(\S+) does not have (.+), which the running revision was deployed with$/, '$1 缺少 $2，而正在运行的修订随其部署'], [/^no answer in time$/, '没有及时应答'],
  [/^(\d+) of (\d+)$/, '$1 / $2'], [/^not asked$/, '未查询'],
  [/^(.+) of that day is not in the keychain$/, '钥匙串中没有当日的 $1'],
  // 结构
  [/^(.+) \((on a copy with(?:out| \d+) rows?(?:; .+)?|from an empty schema, because .+)\)$/, '$1（$2）'], [/^on a copy with (\d+) rows?$/, '在含 $1 行数据的副本上'], [/^on a copy without rows$/, '在没有数据行的副本上'], [/^from an empty schema, because (.+)$/, '从空结构开始，因为：$1'],
  [/^not reached: (.+)$/, '未到达：$1'], [/^(\S+) is before it$/, '前面的 $1 未通过'], [/^there is no way back behind (\S+)$/, '无法回退到 $1 之前'], [/^nobody gets back to it from where the database is$/, '从数据库的现状无法回退到这里'], [/^(\S+) is half applied there$/, '那里的 $1 只应用了一半'],
  [/^proven, up (\d+) ms, down (\d+) ms$/, '已验证，升 $1 毫秒，降 $2 毫秒'], [/^without rows in (.+), which took no sample: what they lose was not seen$/, '$1 放不进样本行：会丢失什么没有看到'],
  [/^runs again whenever it changed$/, '每次更改后都会再运行'], [/^another schema after (down|up again|down again): (.+)$/, '$1 之后结构不同：$2'], [/^(up|down|up again|down again) failed at (\S+): (.+)$/, '$1 在 $2 处失败：$3'],
  // 超出临时数据库的脚本，以及副本中没有的东西
  [/^not proven: it reaches beyond the scratch database: `(.*)`, (\S+:\d+): (.+)$/, '未验证：它超出了临时数据库：`$1`，$2：$3'], [/^prove it on a server of its own$/, '请在单独的服务器上验证'],
  [/^(.+), and this login cannot be kept in: give it (.+), or prove it elsewhere$/, '$1，而此登录无法限制在临时数据库内：请授予它 $2，或在别处验证'],
  [/^it reaches another file$/, '它涉及另一个文件'], [/^it reaches another database$/, '它涉及另一个数据库'], [/^it reaches another server$/, '它涉及另一台服务器'], [/^it reaches the server's own settings or logins$/, '它涉及服务器自身的设置或登录'],
  [/^it reaches files or programs of the server$/, '它涉及服务器上的文件或程序'], [/^it reaches the server of the foreign table (.+)$/, '它涉及外部表 $1 所在的服务器'], [/^it reaches what a table of the engine (\S+) has its rows in$/, '它涉及引擎 $1 的表存放数据行的地方'],
  [/^it names the database (.+)$/, '它指名了数据库 $1'], [/^what it runs is put together at run time$/, '它执行的内容在运行时才拼成'], [/^what the procedure does is not seen$/, '看不到该过程做什么'], [/^it changes a login$/, '它更改登录'],
  [/^it calls a function that acts on the server$/, '它调用了作用于服务器的函数'], [/^what its code does is not known beforehand$/, '无法事先得知其代码做什么'],
  [/^trigger (.+) is left out: its function reaches another database$/, '触发器 $1 未纳入：其函数涉及另一个数据库'], [/^foreign table (.+) is left out: its rows are another server's$/, '外部表 $1 未纳入：其数据行在另一台服务器上'],
  [/^trigger (.+) is left out: it reaches (\S+) through (\S+)$/, '触发器 $1 未纳入：它经由 $3 涉及 $2'], [/^trigger (.+) is left out: it reaches (\S+)$/, '触发器 $1 未纳入：它涉及 $2'],
  [/^view (.+) is left out: it reads (\S+) through (\S+)$/, '视图 $1 未纳入：它经由 $3 读取 $2'], [/^view (.+) is left out: it reads (\S+)$/, '视图 $1 未纳入：它读取 $2'],
  [/^up$/, '升级'], [/^up again$/, '再次升级'], [/^down$/, '回退'], [/^down again$/, '再次回退'],
  [/^(.+): numbers (\d+) to (\d+) would be handed out again$/, '$1：编号 $2 到 $3 会再次发出'],
  // 审计链哪里不对
  [/^the head kept outside the database is missing$/, '数据库之外保存的链尾不见了'], [/^the head kept outside the database cannot be read$/, '数据库之外保存的链尾无法读取'],
  [/^the chain is cut off: it ends at entry (\d+), and entry (\d+) was written$/, '链被截断：止于第 $1 条，而第 $2 条曾经写入'], [/^it is not the entry that the head kept outside the database names$/, '它不是数据库之外保存的链尾所指的记录'],
  [/^it was signed, and its signature is gone$/, '它曾经签名，签名现已不见'], [/^the signature of the head kept outside the database does not hold$/, '数据库之外保存的链尾的签名不成立'], [/^checking failed$/, '检查本身失败'],
  [/^the entry is missing$/, '这条记录不见了'], [/^it does not follow from the entry before it$/, '它与前一条记录接不上'], [/^its time is impossible$/, '它的时间不可能'], [/^its content is not what was written$/, '它的内容与写入时不同'], [/^it is filed where it does not belong$/, '它被归到了错误的类别'],
  [/^the key that signed it is unknown$/, '不认识为它签名的密钥'], [/^its signature does not hold$/, '它的签名不成立'], [/^its signature is incomplete$/, '它的签名不完整'],
  [/^the policy that it tells of is gone$/, '它所记录的策略不见了'], [/^nothing tells of the policy in force$/, '没有记录说明当前的策略'], [/^the policy in force is not the one it tells of$/, '当前的策略不是它所记录的'],
  [/^the (release|revision|quarantine) that it tells of is gone$/, '它所记录的$1不见了'], [/^the (release|revision|quarantine) that it tells of has another content$/, '它所记录的$1内容已不同'], [/^release$/, '发布包'], [/^revision$/, '修订'], [/^quarantine$/, '隔离'],
  [/^the override that it tells of is gone$/, '它所记录的破例不见了'], [/^nothing tells of the override (\S+)$/, '没有记录说明破例 $1'], [/^the override that it tells of is open again$/, '它所记录的破例又成了未跟进'], [/^the override that it tells of is marked as followed up, and nobody said so$/, '它所记录的破例被标为已跟进，却无人说过'], [/^the override that it tells of has another reason, risk, task or term$/, '它所记录的破例的原因、风险、待办或期限已不同'],
  // 镜像仓库：先说是什么，其原话跟在后面
  [/^(\S+@sha256:[0-9a-f]{64}): manifest unknown(?:: manifest unknown)?$/, '$1：镜像已不在仓库中（manifest unknown）'], [/^(\S+) does not have (\S+@sha256:[0-9a-f]{64})$/, '$2：$1 中没有此镜像'],
  [/^failed to resolve reference "(\S+)": \1: not found$/, '镜像不在仓库中：$1'],
  [/^failed to resolve reference "\S+": ((?:failed to do request: )?(?:Head|Get) "http.*(?:dial tcp|connection refused|connection reset|no such host|timeout|deadline exceeded|unreachable|EOF|tls|x509).*)$/s, '镜像仓库没有响应：$1'],
  [/^(\S+) does not answer for (\S+): (.+)$/s, '镜像仓库 $1 没有响应（$2）：$3'],
  // 策略的差异
  [/^relative paths: (.+) -> (.+)$/, '相对路径：$1 -> $2'], [/^([\w.\-/[\]]+): absent -> ((?:(?!; ).)+)$/s, '$1：无 -> $2'], [/^([\w.\-/[\]]+): ((?:(?!; ).)+) -> absent$/s, '$1：$2 -> 无'], [/^and (\d+) more$/, '另有 $1 处'],
  // 引擎没有应答
  [/^no Docker engine answers at ([^;]+?): (.+); ([^;]+)$/, '$1 处没有 Docker 引擎应答：$2；$3'], [/^start Docker, or give the address of the engine that is meant$/, '请启动 Docker，或写明所指引擎的地址'], [/^add this user to the group of the socket \(usually `docker`\)$/, '请将此用户加入套接字所属的组（通常是 `docker`）'],
  [/^check ca\.pem, cert\.pem and key\.pem in the TLS folder$/, '请检查 TLS 文件夹中的 ca.pem、cert.pem 与 key.pem'], [/^log in once with `ssh` and compare the host key before you accept it; a key that changed may be an attack$/, '请先用 `ssh` 登录一次，核对主机密钥后再接受；密钥改变可能意味着攻击'], [/^give `ssh` a key that this host accepts, in its agent or its configuration$/, '请在 `ssh` 的代理或配置中给出该主机接受的密钥'], [/^check that `ssh` to that host works without a question and finds `docker` there$/, '请确认到该主机的 `ssh` 无需询问即可登录，且那里有 `docker`'],
  [/^check that the engine listens there, and whether it wants TLS \(then give the folder of certificates\)$/, '请确认引擎在那里监听，以及是否需要 TLS（需要则给出证书文件夹）'], [/^its certificate is not from the authority in ca\.pem, or for another name: give the folder that belongs to it$/, '其证书不是由 ca.pem 中的机构签发，或属于另一名称：请给出对应的文件夹'], [/^check that the engine listens there and knows these certificates$/, '请确认引擎在那里监听，并认可这些证书'], [/^it wants TLS: give the folder with ca\.pem, cert\.pem and key\.pem, as (`.+`)$/, '它需要 TLS：请给出含 ca.pem、cert.pem 与 key.pem 的文件夹，如 $1'],
  // 出错时报告的与出路
  [/^(\S+) has no migrations$/, '$1 没有迁移'], [/^nothing of (\S+) runs$/, '$1 没有任何实例在运行'], [/^nothing runs on (\S+)$/, '$1 上没有运行任何内容'], [/^nothing was ever deployed to (\S+)$/, '从未向 $1 部署过'], [/^(\S+) asks for no checklist$/, '$1 没有检查清单'], [/^there is no service (\S+)$/, '没有服务 $1'], [/^there is no environment (\S+)$/, '没有环境 $1'], [/^no target deploys (\S+)$/, '没有目标部署 $1'], [/^the policy names no channel$/, '策略没有列出通知渠道'],
  [/^Name their folder under `services:`, as `migrations:`\.$/, '请在 `services:` 下以 `migrations:` 写明其文件夹。'], [/^Deploy a release first\.$/, '请先部署一个发布包。'], [/^Look at a new plan\.$/, '请查看新计划。'], [/^Look at it again\. Nothing was written\.$/, '请再看一遍。没有写入任何内容。'], [/^Say why, for the audit\.$/, '请说明原因，以便审计。'], [/^Name one under `notify:` and apply the file\.$/, '请在 `notify:` 下写一个，并应用该文件。'], [/^Wait for it to end\. Nothing was changed\.$/, '请等它结束。没有做任何更改。'], [/^Choose another revision; `switchback history` lists them\.$/, '请另选一个修订；`switchback history` 会列出它们。'], [/^It cannot be fetched any more: put it back, or choose another revision\.$/, '已无法取得：请放回，或另选一个修订。'], [/^Write it under `databases:` for this environment\.$/, '请在 `databases:` 下为此环境写明。'], [/^Write `checklist: default`, or the name of your own, under the environment\.$/, '请在该环境下写 `checklist: default`，或您自己的清单名。'],
  // 设置
  [/^this machine$/, '本机'], [/^port (\d+)$/, '端口 $1'], [/^process supervisor (\S+)$/, '进程监管 $1'], [/^current context$/, '当前上下文'], [/^recreate$/, '先停后启'], [/^rolling$/, '滚动'], [/^blue-green$/, '蓝绿'], [/^rollout$/, '由集群滚动'],
  // 从哪里，以及在命令行中没有说明时的原因
  [/^desktop, (.+)$/, '桌面端，$1'], [/^cli, (.+)$/, '命令行，$1'], [/^scheduled from (.+), begun by (.+)$/, '预定自 $1，由 $2 开始'],
  [/^deployed from the command line$/, '从命令行部署'], [/^rolled back from the command line$/, '从命令行回滚'], [/^drift settled from the command line$/, '从命令行处理漂移'], [/^imported from the command line$/, '从命令行导入'], [/^a release train from the command line$/, '从命令行发车'],
  // 审计中由 Switchback 自己写下的原因
  [/^no revision that ran is made of it$/, '没有运行过的修订用到它'], [/^what serves has another address since it was started again$/, '提供服务的实例重新启动后地址已变'], [/^found running$/, '发现它正在运行'],
  [/^resuming (deploy|rollback|adopt) of (\S+)$/, '继续$1 $2'], [/^resuming (deploy|rollback|adopt) of (\S+) in (\S+)$/, '继续$1 $2（$3）'], [/^(deploy|rollback|adopt) of (\S+)$/, '$1 $2'], [/^(deploy|rollback|adopt) of (\S+) in (\S+)$/, '$1 $2（$3）'], [/^deploy$/, '部署'], [/^rollback$/, '回滚'], [/^adopt$/, '接管'],
  [/^rows may be lost$/, '可以丢失数据行'], [/^the schema is kept$/, '保留结构'], [/^say what came of it, and why it could not wait$/, '说明结果如何，以及为何不能等待'],
];
