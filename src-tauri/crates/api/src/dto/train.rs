//! Release trains as a person sees them, before they begin and on their way.

use super::PlanView;
use crate::ApiError;
use serde::Serialize;
use switchback_core::{ident::Instant, train::Standing};
use ts_rs::TS;

/// What a train will do, or what undoing one will: a plan per car, in the order in which they are carried out.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainPlanView {
    /// Where.
    pub environment: String,
    /// The environment's name has to be typed.
    pub protected: bool,
    /// No gate of any car holds it.
    pub open: bool,
    /// Each car's plan with its gates.
    pub cars: Vec<PlanView>,
}

/// A train.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainView {
    /// Its id.
    pub id: String,
    /// What people call it, and what finds all of it in the audit: `train-1f0c22aa`.
    pub name: String,
    /// Where.
    pub environment: String,
    /// The environment is protected.
    pub protected: bool,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since.
    pub started_at: Instant,
    /// Until.
    pub ended_at: Option<Instant>,
    /// Where it is.
    pub state: TrainState,
    /// It has not ended, and whoever ran it is gone.
    pub interrupted: bool,
    /// In order.
    pub cars: Vec<CarView>,
}

/// Where a train is. Cars are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TrainState {
    /// Forwards.
    Running {
        /// The car under way.
        car: usize,
    },
    /// Backwards.
    RollingBack {
        /// The car that is being brought back.
        car: usize,
        /// Why.
        why: String,
    },
    /// All cars run what they were to run.
    Succeeded,
    /// All cars stand where they stood before.
    RolledBack {
        /// A person wanted it.
        asked: bool,
        /// Why.
        why: String,
    },
    /// A person is needed.
    Stuck {
        /// The car that could not be brought back.
        car: usize,
        /// Why.
        why: String,
        /// What to do.
        instructions: Vec<String>,
    },
    /// Nothing was changed.
    Aborted {
        /// The stable word for why.
        code: String,
        /// Why.
        why: String,
    },
}

/// One car.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CarView {
    /// From 1.
    pub number: usize,
    /// `checkout/production`.
    pub target: String,
    /// The service alone.
    pub service: String,
    /// What ran before the train.
    pub from_revision: Option<u32>,
    /// Its version.
    pub from_version: Option<String>,
    /// What it is to run.
    pub to_revision: u32,
    /// Its version.
    pub to_version: String,
    /// Where it stands.
    pub standing: Standing,
    /// The deployment that brought it forwards.
    pub deployment: Option<String>,
    /// The rollback that brought it back.
    pub undo: Option<String>,
    /// Why it failed or is stuck.
    pub why: Option<String>,
}

/// The train a deployment is part of.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainOf {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Which car, from 1.
    pub car: usize,
    /// Of how many.
    pub cars: usize,
}

/// What was taken up when a person asked for it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Resumed {
    /// Deployments.
    pub deployments: Vec<String>,
    /// Trains.
    pub trains: Vec<String>,
    /// What was left to whoever is at it: each says who, and how to wait or to stop it.
    pub under_way: Vec<ApiError>,
}
