//! The application as a process that starts a release train, or takes one up, and dies at an entry of its journal.
//!
//! ```text
//! crash-train before|after ENTRY resume
//! crash-train before|after ENTRY ENVIRONMENT SERVICE@VERSION...
//! ```
//! The home is the one that `SWITCHBACK_HOME` names.

use std::{process::ExitCode, sync::Arc};
use switchback_api::{ApiError, CarWish};
use switchback_tests::crash::{CrashLedger, CrashTrainbook, Fuse, Moment, Side, death};
use switchback_wiring::{Options, open_over};

fn main() -> ExitCode {
    if let Some(code) = switchback_wiring::errand() {
        return code;
    }
    switchback_wiring::prepare_tls();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(ride()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

async fn ride() -> Result<(), ApiError> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [side, entry, environment, cars @ ..] = words.as_slice() else { panic!("see its header") };
    let side = if side == "before" { Side::Before } else { Side::After };
    let moment = Moment { entry: entry.parse().expect("a number"), side };
    let fuse = Arc::new(Fuse::new(moment, death()));
    let home = std::env::var_os("SWITCHBACK_HOME").map(Into::into);
    let wired = open_over(Options { home, client: "crash" }, |store| {
        let ledger = CrashLedger::of_trains(store.clone(), fuse.clone());
        (Arc::new(ledger), Arc::new(CrashTrainbook::new(store, fuse)))
    })
    .await?;
    if environment == "resume" {
        return wired.app.resume(None).await.map(drop);
    }
    let cars: Vec<CarWish> = cars.iter().filter_map(|car| car.split_once('@')).map(wish).collect();
    let plan = wired.app.plan_train(environment, &cars).await?;
    let hashes: Vec<String> = plan.cars.into_iter().map(|car| car.plan_hash).collect();
    wired.app.execute_train(&hashes, "a test", environment, None, |_| {}).await.map(drop)
}

fn wish((service, version): (&str, &str)) -> CarWish {
    CarWish { service: service.to_owned(), version: version.to_owned() }
}
