//! What a deployment takes out of what programs say before it enters the journal: its own secret values.
//!
//! The journal is the one way into history, audit, messages and errors, so a value that is taken out here is nowhere.
//! Where the values cannot be read, nobody can tell whether a text holds one: such texts are withheld, never let pass.

use switchback_core::{
    deployment::Event,
    failure::{Failure, FailureKind, LogLine},
    health::Finding,
    mask::Mask,
    plan::Plan,
    port::{ResolvedSecrets, Secrets},
};

/// What stands in the place of a text that could not be looked through.
const WITHHELD: &str =
    "(withheld: it may hold a secret, and the keychain did not give the value to look for; unlock it and see the logs)";

/// What is taken out.
#[derive(Debug)]
pub enum Cover {
    /// These values.
    Known(Mask),
    /// A value could not be read: all that programs say is withheld.
    Blind,
}

impl Cover {
    /// The values of a plan's new instances, all of them, and of the old ones as far as the keychain still has them: what
    /// went out of use may be gone from it.
    pub async fn of(plan: &Plan, secrets: &dyn Secrets) -> Self {
        let mut values = ResolvedSecrets::new();
        for reference in plan.workload.secrets.values() {
            match secrets.get(reference).await {
                Ok(value) => values.insert(reference.fingerprint.clone(), value),
                Err(_) => return Self::Blind,
            };
        }
        for reference in plan.before.iter().flat_map(|before| before.workload.secrets.values()) {
            if !values.contains_key(&reference.fingerprint)
                && let Ok(value) = secrets.get(reference).await
            {
                values.insert(reference.fingerprint.clone(), value);
            }
        }
        Self::Known(Mask::of(values.values()))
    }

    /// What a program said. To be asked before a text is cut: half a value is not recognised.
    pub fn text(&self, text: &str) -> String {
        match self {
            Self::Known(mask) => mask.text(text),
            Self::Blind => WITHHELD.to_owned(),
        }
    }

    /// A failure with what a program said.
    pub fn failure(&self, mut failure: Failure) -> Failure {
        match self {
            Self::Known(mask) => return mask.failure(failure),
            Self::Blind if failure.log.is_empty() => {}
            Self::Blind => failure.log = vec![LogLine { at: None, stderr: true, text: WITHHELD.to_owned() }],
        }
        if let FailureKind::HookFailed { what } = &failure.kind {
            failure.message = format!("{what} failed: {WITHHELD}");
        }
        failure
    }

    /// An event on its way into the journal.
    pub fn event(&self, event: Event) -> Event {
        let Self::Known(mask) = self else {
            return match event {
                Event::StepFailed { step, failure, diagnosis } => {
                    Event::StepFailed { step, failure: self.failure(failure), diagnosis }
                }
                Event::UndoFailed { step, failure, instructions } => {
                    Event::UndoFailed { step, failure: self.failure(failure), instructions }
                }
                other => other,
            };
        };
        match event {
            Event::StepDone { step, result } => Event::StepDone { step, result: mask.text(&result) },
            Event::UndoDone { step, result } => Event::UndoDone { step, result: mask.text(&result) },
            Event::Probed { step, finding } => {
                let evidence = mask.text(&finding.evidence);
                Event::Probed { step, finding: Finding { evidence, ..finding } }
            }
            Event::StepFailed { step, failure, diagnosis } => {
                Event::StepFailed { step, failure: mask.failure(failure), diagnosis }
            }
            Event::UndoFailed { step, failure, instructions } => {
                let instructions = instructions.iter().map(|line| mask.text(line)).collect();
                Event::UndoFailed { step, failure: mask.failure(failure), instructions }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_through_is_withheld_but_facts_of_our_own_are_told() {
        let line = LogLine { at: None, stderr: false, text: "token s3cr3t".to_owned() };
        let hook = FailureKind::HookFailed { what: "warm-up".to_owned() };
        let failure = Failure { log: vec![line], ..Failure::new(hook, "warm-up exited 1: token s3cr3t") };
        let told = Cover::Blind.failure(failure);
        assert!(!format!("{told:?}").contains("s3cr3t") && told.message.starts_with("warm-up failed"), "{told:?}");

        let missing = FailureKind::SecretMissing { name: "stripe/production".to_owned() };
        let failure = Failure::new(missing, "KEY: stripe/production is not in the keychain");
        assert_eq!(Cover::Blind.failure(failure.clone()), failure);
    }
}
