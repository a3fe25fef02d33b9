//! What the fold holds, whichever car fails and whatever is in the way.

use super::{Back, Cause, Entry, Event, Standing, State, next, stops};
use crate::ident::{Actor, DeploymentId, Instant};
use proptest::prelude::*;

fn id(number: usize) -> DeploymentId {
    DeploymentId(uuid::Uuid::from_u128(number as u128))
}

fn amara() -> Actor {
    Actor { name: "amara".to_owned(), origin: "a test".to_owned() }
}

/// A train of some cars and all that happened to it.
struct Ride {
    cars: usize,
    entries: Vec<Entry>,
    state: State,
}

impl Ride {
    fn new(cars: usize) -> Self {
        let state = next(cars, None, &Event::Began).unwrap();
        let entries = vec![Entry { seq: 0, at: Instant::UNIX_EPOCH, event: Event::Began }];
        Self { cars, entries, state }
    }

    fn on(&mut self, event: Event) -> &mut Self {
        self.state = next(self.cars, Some(&self.state), &event).unwrap();
        let seq = u32::try_from(self.entries.len()).unwrap();
        self.entries.push(Entry { seq, at: Instant::UNIX_EPOCH, event });
        self
    }

    fn refuses(&self, event: &Event) {
        assert!(next(self.cars, Some(&self.state), event).is_err(), "{event:?} after {:?}", self.state);
    }

    fn arrives(&mut self, car: usize) -> &mut Self {
        self.on(Event::CarBegan { car, deployment: id(car) }).on(Event::CarArrived { car })
    }

    fn fails(&mut self, car: usize) -> &mut Self {
        self.on(Event::CarBegan { car, deployment: id(car) });
        self.on(Event::CarFailed { car, code: "unhealthy".to_owned(), why: "it is not well".to_owned() })
    }

    fn back(&mut self, car: usize) -> &mut Self {
        self.on(Event::UndoBegan { car, deployment: id(100 + car) });
        self.on(Event::CarBack { car, how: Back::RolledBack })
    }

    fn standings(&self) -> Vec<Standing> {
        stops(self.cars, &self.entries, &self.state).into_iter().map(|stop| stop.standing).collect()
    }
}

#[test]
fn when_the_third_of_three_fails_the_others_come_back_in_reverse_order() {
    let mut ride = Ride::new(3);
    ride.arrives(0).arrives(1).fails(2);
    assert_eq!(ride.standings(), [Standing::Arrived, Standing::Arrived, Standing::Failed]);
    ride.refuses(&Event::UndoBegan { car: 1, deployment: id(7) });
    ride.on(Event::CarBack { car: 2, how: Back::ByItself });
    ride.refuses(&Event::CarBack { car: 0, how: Back::RolledBack });
    ride.back(1);
    assert_eq!(ride.standings(), [Standing::Arrived, Standing::Back, Standing::Back]);
    ride.refuses(&Event::RolledBack);
    ride.back(0).on(Event::RolledBack);
    assert!(matches!(ride.state, State::RolledBack { cause: Cause::Failed { car: 2, .. } }), "{:?}", ride.state);
}

#[test]
fn cars_behind_the_one_that_failed_never_leave() {
    let mut ride = Ride::new(3);
    ride.arrives(0).fails(1).on(Event::CarBack { car: 1, how: Back::ByItself }).back(0);
    assert_eq!(ride.standings(), [Standing::Back, Standing::Back, Standing::Skipped]);
    ride.refuses(&Event::CarBegan { car: 2, deployment: id(2) });
}

#[test]
fn a_car_that_cannot_be_brought_back_stops_the_train_there_and_a_resume_goes_on_from_there() {
    let mut ride = Ride::new(2);
    ride.arrives(0).fails(1).on(Event::CarBack { car: 1, how: Back::ByItself });
    ride.on(Event::UndoBegan { car: 0, deployment: id(9) });
    let (why, instructions) = ("the engine is away".to_owned(), vec!["start it".to_owned()]);
    ride.on(Event::UndoFailed { car: 0, deployment: Some(id(9)), why, instructions });
    assert!(ride.state.ended());
    assert_eq!(ride.standings(), [Standing::Stuck, Standing::Back]);
    ride.on(Event::Resumed { by: amara() });
    assert!(matches!(ride.state, State::RollingBack { car: Some(0), deployment: Some(stuck), .. } if stuck == id(9)));
    ride.on(Event::CarBack { car: 0, how: Back::RolledBack }).on(Event::RolledBack);
}

#[test]
fn only_a_train_whose_first_car_failed_can_have_changed_nothing() {
    let never = |car| Event::CarFailed { car, code: "held".to_owned(), why: "held".to_owned() };
    let mut ride = Ride::new(2);
    ride.on(never(0)).on(Event::CarBack { car: 0, how: Back::NeverLeft }).on(Event::Aborted);
    let mut ride = Ride::new(2);
    ride.arrives(0).on(never(1)).on(Event::CarBack { car: 1, how: Back::NeverLeft }).back(0);
    ride.refuses(&Event::Aborted);
}

#[test]
fn what_arrived_is_undone_when_a_person_wants_it_and_only_once() {
    let mut ride = Ride::new(2);
    let asked = Event::UndoAsked { by: amara(), reason: "totals are wrong".to_owned() };
    ride.arrives(0).refuses(&asked);
    ride.arrives(1).on(Event::Succeeded).on(asked.clone()).back(1).back(0).on(Event::RolledBack);
    ride.refuses(&asked);
}

proptest! {
    #[test]
    fn whichever_car_fails_each_that_left_comes_back_once_in_reverse(cars in 1_usize..8, failing in 0_usize..8) {
        let failing = failing % cars;
        let mut ride = Ride::new(cars);
        for car in 0..failing {
            ride.arrives(car);
        }
        ride.fails(failing);
        let mut back = Vec::new();
        while let State::RollingBack { car: Some(car), .. } = ride.state {
            back.push(car);
            ride.on(Event::CarBack { car, how: Back::ByItself });
        }
        prop_assert_eq!(back, (0..=failing).rev().collect::<Vec<_>>());
        ride.on(Event::RolledBack);
        prop_assert!(ride.state.ended());
        let folded = ride.entries.iter().try_fold(None, |state: Option<State>, entry| {
            next(cars, state.as_ref(), &entry.event).map(Some)
        });
        prop_assert_eq!(folded.unwrap(), Some(ride.state));
    }
}
