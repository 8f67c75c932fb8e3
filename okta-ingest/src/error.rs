//! What a store can fail with. A store that cannot say "stored" has not stored: the caller answers 503 or reads again.

/// Any error of a store's backend or a user's sink.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A storage operation that did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be opened at all: a wrong path, no permission, a setting that does not hold.
    #[error("cannot open {store}: {problem}")]
    Open {
        /// What was to be opened, as the user named it.
        store: String,
        /// What is wrong and what to do about it.
        problem: String,
        /// The backend's error, if it was one.
        #[source]
        source: Option<BoxError>,
    },
    /// The backend failed or was busy for too long. Nothing was changed; trying again later is right.
    #[error("the store could not {operation}")]
    Unavailable {
        /// The operation, as a verb: `put`, `lease`, `settle` …
        operation: &'static str,
        /// The backend's error.
        #[source]
        source: BoxError,
    },
    /// The user's sink refused its events, so the batch was rolled back with them.
    #[error("the sink did not take the batch")]
    Sink(#[source] BoxError),
    /// The store holds something this version cannot read.
    #[error("the store holds {found}, which this version does not understand")]
    Unreadable {
        /// What was found.
        found: String,
    },
}
