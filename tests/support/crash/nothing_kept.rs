//! A keychain that keeps nothing: the desks of these tests deploy releases without secrets.

use async_trait::async_trait;
use secrecy::SecretString;
use switchback_core::{
    port::{SecretError, SecretStatus, Secrets},
    workload::SecretRef,
};

/// Has no secret and takes none.
pub struct NothingKept;

fn missing<T>(name: &str) -> Result<T, SecretError> {
    Err(SecretError::Missing { name: name.to_owned() })
}

#[async_trait]
impl Secrets for NothingKept {
    async fn status(&self) -> SecretStatus {
        SecretStatus { available: false, detail: "this test keeps no secrets".to_owned() }
    }
    async fn set(&self, name: &str, _: SecretString) -> Result<SecretRef, SecretError> {
        missing(name)
    }
    async fn current(&self, name: &str) -> Result<SecretRef, SecretError> {
        missing(name)
    }
    async fn get(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        missing(&reference.name)
    }
    async fn has(&self, _: &SecretRef) -> Result<bool, SecretError> {
        Ok(false)
    }
    async fn remove(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
}
