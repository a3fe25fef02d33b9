// Release trains, in English.
export const train = {
  train: 'Release train…', trains: 'Release trains', train_title: 'Release train', train_body: 'The cars leave one after the other, in this order. When one fails, it and those before it go back in reverse order.', train_go: 'Send the train', train_cars: 'Cars',
  train_by: (who: string, at: string) => `by ${who}, ${at}`, train_audit: 'All of it in the audit', train_plans: 'What each car does', train_whole: 'whole train', train_back: 'Bring all of it back…', train_back_title: (name: string) => `Bring back all of ${name}`, train_back_body: 'Each car goes back to the revision it had before the train, the last one first.', train_back_go: 'Bring it back', train_resume: 'Take it up again',
  train_abort_title: 'Stop this train?', train_abort_body: 'The car under way is stopped and undone, then those before it go back in reverse order.',
  train_running: (car: number, of: number) => `Car ${car} of ${of} is under way`, train_rollingBack: (car: number, of: number) => `Being undone: car ${car} of ${of} goes back`, train_succeeded: 'All cars arrived', train_rolledBack: 'All cars are back where they stood', train_stuck: (car: number, of: number) => `Stuck at car ${car} of ${of}, a person is needed`, train_aborted: 'Ended before anything was changed', train_interrupted: 'Interrupted: whoever ran it is gone',
  train_part: (name: string, car: number, of: number) => `${name}, car ${car} of ${of}`,
  car_add: 'Take along', car_none: 'Choose what the train takes along.', car_choose: 'Choose a release for each car.', car_version: (service: string) => `Release of ${service}`, car_up: (service: string) => `${service} earlier`, car_down: (service: string) => `${service} later`, car_remove: (service: string) => `Leave ${service} out`, car_clear: 'Nothing holds it back',
  car_waiting: 'Waits for its turn', car_skipped: 'Never left', car_underway: 'Under way', car_arrived: 'Arrived', car_failed: 'Failed', car_goingBack: 'Goes back', car_back: 'Back', car_movedOn: (revision: number) => `Left at r${revision}: somebody moved it on`, car_stuck: 'Stuck',
  car_deployment: 'Deployment', car_undo: 'Way back', car_deployment_of: (service: string) => `Deployment of ${service}`, car_undo_of: (service: string) => `Way back of ${service}`, key_train: 'Release train', nav_train: 'Release train',
};

export const trainActs = {
  'train.started': 'Train left', 'train.car-started': 'Car left', 'train.car-arrived': 'Car arrived', 'train.car-failed': 'Car failed', 'train.car-turned': 'Car turned back', 'train.car-undone': 'Car is back', 'train.undo-asked': 'Train called back', 'train.stuck': 'Train stuck', 'train.resumed': 'Train resumed', 'train.abort-requested': 'Train: stop requested', 'train.succeeded': 'Train arrived', 'train.rolled-back': 'Train undone', 'train.aborted': 'Train aborted',
};
