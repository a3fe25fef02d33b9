//! Trains: what they move is theirs alone until they end, and their journal is written once.

use super::*;
use switchback_core::{
    ident::TrainId,
    port::Trainbook as _,
    train::{self, Train},
};

fn id(number: u128) -> TrainId {
    TrainId(uuid::Uuid::from_u128(number))
}

/// A train of one car, from nothing to 1.0.0.
fn one(number: u128) -> Train {
    let cars = vec![planned(number, Kind::Deploy, None, 1, "1.0.0")];
    let environment = target().environment;
    Train { id: id(number), environment, cars, by: amara(), reason: "a test".to_owned(), at: at(0) }
}

async fn lock(bench: &Bench, train: &Train) -> Lease {
    bench.store.acquire(&train.lock().unwrap(), &owner(1), "a test", at(0), &|_| false).await.unwrap()
}

fn line(train: &Train) -> Audit {
    train::audit(train, &train::Event::Began, &amara())
}

async fn append(bench: &Bench, lease: &Lease, train: &Train, seq: u32, event: train::Event) -> Result<(), LedgerError> {
    let line = train::audit(train, &event, &amara());
    bench.store.append_train(lease, train.id, seq, &event, at(1), &line, None).await
}

fn failed() -> train::Event {
    train::Event::CarFailed { car: 0, code: "held".to_owned(), why: "held".to_owned() }
}

#[tokio::test]
async fn what_a_train_moves_nobody_else_moves_until_it_ends() {
    let bench = Bench::new().await;
    let (first, second) = (one(1), one(2));
    let (mine, theirs) = (lock(&bench, &first).await, lock(&bench, &second).await);
    bench.store.begin_train(&mine, &first, &line(&first)).await.unwrap();
    let refused = bench.store.begin_train(&theirs, &second, &line(&second)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::InTrain { .. }), "{refused}");
    let lease = bench.lease().await;
    let alone = planned(3, Kind::Deploy, None, 1, "1.0.0");
    let refused = begin(&bench.store, &lease, &alone, at(0)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::InTrain { .. }), "{refused}");
    assert_eq!(bench.store.train_of(&target()).await.unwrap(), Some(first.id));

    append(&bench, &mine, &first, 1, failed()).await.unwrap();
    let back = train::Event::CarBack { car: 0, how: train::Back::NeverLeft };
    append(&bench, &mine, &first, 2, back).await.unwrap();
    append(&bench, &mine, &first, 3, train::Event::Aborted).await.unwrap();
    assert_eq!(bench.store.train_of(&target()).await.unwrap(), None);
    begin(&bench.store, &lease, &alone, at(0)).await.unwrap();
    let refused = bench.store.begin_train(&theirs, &second, &line(&second)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Unfinished { .. }), "{refused}");
}

#[tokio::test]
async fn an_event_is_written_once_under_the_trains_own_lease_and_reads_as_it_was() {
    let bench = Bench::new().await;
    let train = one(1);
    let lease = lock(&bench, &train).await;
    bench.store.begin_train(&lease, &train, &line(&train)).await.unwrap();
    append(&bench, &lease, &train, 1, failed()).await.unwrap();
    let twice = append(&bench, &lease, &train, 1, failed()).await.unwrap_err();
    assert!(matches!(twice, LedgerError::Conflict { .. }), "{twice}");
    let illegal = append(&bench, &lease, &train, 2, train::Event::Succeeded).await.unwrap_err();
    assert!(matches!(illegal, LedgerError::Conflict { .. }), "{illegal}");
    let other = bench.store.acquire(&train.lock().unwrap(), &owner(2), "a test", at(99), &|_| true).await.unwrap();
    let lost = append(&bench, &lease, &train, 2, failed()).await.unwrap_err();
    assert!(matches!(lost, LedgerError::Lost { .. }), "{lost}");
    append(&bench, &other, &train, 2, train::Event::Resumed { by: amara() }).await.unwrap();

    let row = bench.store.train(&train.id.short()).await.unwrap();
    assert_eq!((&row.train, row.entries.len(), row.ended), (&train, 3, None));
    assert_eq!(bench.store.train(&train.id.to_string()).await.unwrap(), row);
    assert_eq!(bench.store.trains(true, 10).await.unwrap(), [row]);
    assert!(matches!(bench.store.train("train-ffffffff").await.unwrap_err(), LedgerError::NotFound { .. }));
}

#[tokio::test]
async fn a_car_that_begins_and_its_train_are_one_transaction() {
    let bench = Bench::new().await;
    let train = one(1);
    let lock = lock(&bench, &train).await;
    bench.store.begin_train(&lock, &train, &line(&train)).await.unwrap();
    let lease = bench.lease().await;
    let plan = Plan { train: Some(train.id), ..train.cars[0].clone() };
    let event = Event::Planned { by: amara(), reason: "a test".to_owned() };
    let car = train::Event::CarBegan { car: 0, deployment: plan.deployment };
    let seq = |seq| [Consequence::Train { id: train.id, seq, event: car.clone() }];
    let refused = bench.store.begin(&lease, &plan, &event, at(1), &seq(7)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict { .. }), "{refused}");
    assert!(bench.store.load(plan.deployment).await.is_err(), "nothing of it is there");
    bench.store.begin(&lease, &plan, &event, at(1), &seq(1)).await.unwrap();
    let row = bench.store.train(&train.id.to_string()).await.unwrap();
    assert_eq!(row.state, train::State::Running { car: 0, deployment: Some(plan.deployment) });
}
