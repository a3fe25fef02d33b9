// 内核对每一步所说的话（英文）对应的中文；没有对应的按原样显示。
export const said: [RegExp, string][] = [
  [/^created$/, '已创建'], [/^exists$/, '已存在'], [/^started$/, '已启动'], [/^runs$/, '正在运行'], [/^stopped$/, '已停止'], [/^was stopped$/, '此前已停止'],
  [/^removed$/, '已删除'], [/^is gone$/, '已不存在'], [/^nothing to do$/, '无需操作'], [/^nothing to verify$/, '无需检查'], [/^outlives a restart$/, '重启后会再次启动'],
  [/^taken over as it runs$/, '已按现状接管'], [/^no router$/, '没有路由'], [/^no instance$/, '没有实例'], [/^running$/, '正在运行'], [/^not running$/, '未在运行'],
  [/^nothing serves until the switch$/, '切换之前没有实例提供服务'], [/^the schema was there already$/, '结构已是如此'],
  [/^the workload's own again$/, '已恢复工作负载自身的规则'], [/^it is the workload's own$/, '已是工作负载自身的规则'], [/^they may already$/, '已允许'],
  [/^(\d+) pods may start at once$/, '可同时启动 $1 个 Pod'],
  [/^fetched ([^;]+)$/, '已拉取 $1'], [/^([^ ;]+) is here$/, '$1 已就绪'], [/^traffic goes to (.+)$/, '流量转到 $1'], [/^confirmed by (.+)$/, '由 $1 确认'],
  [/^up (\S+) on (\S+)$/, '已在 $2 上升级到 $1'], [/^down (\S+) on (\S+)$/, '已在 $2 上回退 $1'], [/^(.+) exited 0$/, '$1 正常结束'],
  [/^exited \((-?\d+|\?)\)$/i, '已退出，退出码 $1'], [/^exited \((-?\d+|\?)\) after ([\d.]+) ms$/i, '运行 $2 毫秒后退出，退出码 $1'], [/^exited \((-?\d+|\?)\) after ([\d.]+) s$/i, '运行 $2 秒后退出，退出码 $1'],
  [/^not healthy within (\d+) s; last: (.+)$/i, '$1 秒内未变健康；最后一次：$2'],
  [/^the engine's health check says healthy$/, '引擎的健康检查报告健康'], [/^the engine's health check says unhealthy$/, '引擎的健康检查报告不健康'],
];
