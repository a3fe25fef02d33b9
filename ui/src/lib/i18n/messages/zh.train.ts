// 发布列车，中文。
import type { train as en, trainActs as enActs } from './en.train';

export const train: typeof en = {
  train: '发布列车…', trains: '发布列车', train_title: '发布列车', train_body: '各车厢按此顺序依次出发。若有一节失败，它和之前的车厢将按相反顺序退回。', train_go: '发车', train_cars: '车厢',
  train_by: (who, at) => `${who}，${at}`, train_audit: '审计中的全部记录', train_plans: '每节车厢将做什么', train_whole: '全程', train_back: '全部退回…', train_back_title: (name) => `退回 ${name} 的全部变更`, train_back_body: '每节车厢都回到发车前的修订版，最后一节最先退回。', train_back_go: '全部退回', train_resume: '继续',
  train_abort_title: '停止这列车？', train_abort_body: '正在进行的车厢会停止并撤销，之前的车厢随后按相反顺序退回。',
  train_running: (car, of) => `第 ${car} / ${of} 节车厢进行中`, train_rollingBack: (car, of) => `正在撤销：第 ${car} / ${of} 节车厢退回中`, train_succeeded: '所有车厢均已到达', train_rolledBack: '所有车厢均已回到原处', train_stuck: (car, of) => `卡在第 ${car} / ${of} 节车厢，需要人工处理`, train_aborted: '在做出任何更改之前已结束', train_interrupted: '已中断：执行它的进程已不在',
  train_part: (name, car, of) => `${name}，第 ${car} / ${of} 节`,
  car_add: '加入', car_none: '请选择列车要带上的服务。', car_choose: '请为每节车厢选择发布包。', car_version: (service) => `${service} 的发布包`, car_up: (service) => `${service} 前移`, car_down: (service) => `${service} 后移`, car_remove: (service) => `移除 ${service}`, car_clear: '没有阻碍',
  car_waiting: '等待出发', car_skipped: '未出发', car_underway: '进行中', car_arrived: '已到达', car_failed: '失败', car_goingBack: '退回中', car_back: '已退回', car_movedOn: (revision) => `停在 r${revision}：已被他人变更`, car_stuck: '卡住',
  car_deployment: '部署', car_undo: '退回', car_deployment_of: (service) => `${service} 的部署`, car_undo_of: (service) => `${service} 的退回`, key_train: '发布列车', nav_train: '发布列车',
};

export const trainActs: typeof enActs = {
  'train.started': '列车出发', 'train.car-started': '车厢出发', 'train.car-arrived': '车厢到达', 'train.car-failed': '车厢失败', 'train.car-turned': '车厢折返', 'train.car-undone': '车厢已退回', 'train.undo-asked': '召回列车', 'train.stuck': '列车卡住', 'train.resumed': '继续列车', 'train.abort-requested': '请求停止列车', 'train.succeeded': '列车到达', 'train.rolled-back': '列车已撤销', 'train.aborted': '列车已中止',
};
