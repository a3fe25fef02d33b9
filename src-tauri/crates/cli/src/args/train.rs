//! The grammar of release trains.

use super::Glass;
use clap::{Args as Arguments, Subcommand};
use switchback_api::CarWish;

/// Start one, or look at those there were.
#[derive(Debug, Arguments)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Train {
    #[command(subcommand)]
    pub act: Option<TrainAct>,
    #[command(flatten)]
    pub start: TrainStart,
}

/// What is deployed together.
#[derive(Debug, Arguments)]
pub struct TrainStart {
    /// Environment
    #[arg(required = true)]
    pub environment: Option<String>,
    /// What it takes along, in order: `web@1.2.0 api@3.1.0 worker@2`
    #[arg(required = true, value_name = "SERVICE@VERSION", value_parser = car)]
    pub cars: Vec<CarWish>,
    /// Show each car's plan and gates, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the audit
    #[arg(long, default_value = "a release train from the command line")]
    pub reason: String,
    /// The environment's name, where it is protected
    #[arg(long, default_value = "")]
    pub confirm: String,
    #[command(flatten)]
    pub glass: Glass,
}

/// What to do with trains there are.
#[derive(Debug, Subcommand)]
pub enum TrainAct {
    /// The newest trains
    List,
    /// One train with its cars
    Show {
        /// Its id, or its name: `train-1f0c22aa`
        train: String,
    },
    /// Ask a train to stop and to undo what it did
    Abort {
        /// Its id or name
        train: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Bring back all that a train brought, in reverse order
    Rollback {
        /// Its id or name
        train: String,
        /// Show each car's plan, change nothing
        #[arg(long)]
        dry_run: bool,
        /// Why, for the audit
        #[arg(long, default_value = "rolled back from the command line")]
        reason: String,
        /// The environment's name, where it is protected
        #[arg(long, default_value = "")]
        confirm: String,
    },
}

fn car(text: &str) -> Result<CarWish, String> {
    match text.split_once('@') {
        Some((service, version)) if !service.is_empty() && !version.is_empty() => {
            Ok(CarWish { service: service.to_owned(), version: version.to_owned() })
        }
        _ => Err("write SERVICE@VERSION, for example web@1.2.0".to_owned()),
    }
}
