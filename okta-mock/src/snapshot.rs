//! A whole org as one document, to put it back later or elsewhere.
//!
//! It holds how the org was generated and what differs from that, so its size follows the changes and not the org. What
//! is in it is said by `State`: every part that decides about an answer. Not in it are the observer's books (journal,
//! conduct, deliveries), how the org is served (address, kind of clock, whether there is a `/_mock`), and caches.

mod check;
mod read;
mod state;

use std::fmt;
use std::sync::Arc;

pub(crate) use state::State;

/// An org as it was at one moment; [`OktaMock::snapshot`](crate::OktaMock::snapshot) takes one.
///
/// It holds credentials on purpose (API tokens, client secrets, hook secrets, issued tokens): they are test data, and a
/// client must not notice the change. `Debug` does not show them. Cloning is cheap.
///
/// ```
/// use okta_mock::{Clock, OktaMock, Snapshot};
///
/// let clock = Clock::Manual(1_787_299_200_000);
/// let okta = OktaMock::builder().seed(7).users(50).clock(clock).in_process();
/// okta.activity(10);
/// let text = okta.snapshot().to_json();
///
/// let again = OktaMock::builder().clock(clock).snapshot(&Snapshot::from_json(&text)?).in_process();
/// assert_eq!(again.snapshot().to_json(), text);
/// # Ok::<(), okta_mock::SnapshotError>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    state: Arc<State>,
}

impl fmt::Debug for Snapshot {
    /// Without what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("sizes", &self.state.settings.sizes).finish_non_exhaustive()
    }
}

/// Why a document is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {wrong}")]
#[non_exhaustive]
pub struct SnapshotError {
    /// Where, as a path of members: `users.changed.12.status`.
    pub at: String,
    /// What is wrong there. Never a value: the document holds credentials.
    pub wrong: String,
}

impl Snapshot {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Arc::new(state) }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Reads a document of `GET /_mock/snapshot`. All of it is looked at, so that what was read can be restored.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] with the first thing that is wrong: no JSON, an unknown version, a member that is missing,
    /// unknown or of another type, or one that contradicts the rest.
    pub fn from_json(json: &str) -> Result<Self, SnapshotError> {
        read::document(json).map(Self::new)
    }

    /// The document: one line of JSON, the same bytes for the same org.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&*self.state).expect("a state has text keys and finite numbers")
    }
}

impl SnapshotError {
    fn new(at: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self { at: at.into(), wrong: wrong.into() }
    }
}

/// Bytes of any kind as Base64 text.
pub(crate) mod base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Bytes::from).map_err(|_| serde::de::Error::custom("expected Base64"))
    }
}

/// A map whose keys are no texts, as a list of pairs.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(from).map(|pairs| pairs.into_iter().collect())
    }
}
