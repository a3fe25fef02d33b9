//! What a database may answer instead of what was asked.

/// Why a database could not be asked, or said no.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The place is not written as one.
    #[error("{0}; write postgres:host=… port=… dbname=… user=…, mysql:host=… dbname=… user=…, or sqlite:PATH")]
    Place(String),
    /// It cannot be reached, or lets nobody in.
    #[error("{place} cannot be reached: {source}")]
    Unreachable {
        /// Where, without a password.
        place: String,
        /// The driver's words.
        source: sqlx::Error,
    },
    /// It refused a statement of ours.
    #[error("{doing}: {source}")]
    Refused {
        /// What was being done.
        doing: &'static str,
        /// The server's words.
        source: sqlx::Error,
    },
    /// The system refused a file.
    #[error("a scratch file: {0}")]
    File(#[from] std::io::Error),
}

impl DatabaseError {
    /// For `map_err`.
    pub(crate) fn doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Refused { doing, source }
    }

    /// Whether the target was not there, rather than the request wrong.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
