//! Items that evaluate themselves, each a type in a file of its own: add a file, a word in the policy, and an arm here.
//!
//! Each says what it saw. What cannot be seen is no data, which never passes.

mod ci_green;
mod config_complete;
mod forge;
mod image_present;
mod migrations_reversible;
mod observed;
mod on_call;
mod people_informed;
mod rollback_ready;
mod source;
mod window_open;

use super::Asked;
use crate::App;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::{Auto, Item};

/// One kind of item.
#[async_trait]
trait Check: Sync {
    /// What it sees now. `last` is the last deployment of the version, if there was one.
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, last: Option<&DeploymentRow>) -> Finding;
}

impl App {
    /// Evaluates one item.
    pub(super) async fn evaluate(
        &self,
        auto: Auto,
        asked: &Asked<'_>,
        item: &Item,
        last: Option<&DeploymentRow>,
    ) -> Finding {
        let check: &dyn Check = match auto {
            Auto::CiGreen => &ci_green::CiGreen,
            Auto::ConfigComplete => &config_complete::ConfigComplete,
            Auto::ImagePresent => &image_present::ImagePresent,
            Auto::MigrationsReversible => &migrations_reversible::MigrationsReversible,
            Auto::Observed => &observed::Observed,
            Auto::OnCall => &on_call::OnCall,
            Auto::PeopleInformed => &people_informed::PeopleInformed,
            Auto::RollbackReady => &rollback_ready::RollbackReady,
            Auto::WindowOpen => &window_open::WindowOpen,
        };
        check.finding(self, asked, item, last).await
    }
}
