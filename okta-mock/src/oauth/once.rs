//! What may be used once: the `jti` of a client assertion, or of a DPoP proof. Forgets what would be refused anyway.

use std::collections::{BTreeMap, BTreeSet};

/// Names seen, each until a time. A snapshot holds them once.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(from = "BTreeMap<String, i64>", into = "BTreeMap<String, i64>")]
pub(crate) struct Once {
    seen: BTreeMap<String, i64>,
    by_end: BTreeSet<(i64, String)>,
}

impl From<BTreeMap<String, i64>> for Once {
    fn from(seen: BTreeMap<String, i64>) -> Self {
        let by_end = seen.iter().map(|(name, until)| (*until, name.clone())).collect();
        Self { seen, by_end }
    }
}

impl From<Once> for BTreeMap<String, i64> {
    fn from(once: Once) -> Self {
        once.seen
    }
}

impl Once {
    /// Whether `name` is new; from now on, and until `until`, it is not. Times are in milliseconds.
    pub(crate) fn first(&mut self, name: &str, until: i64, now: i64) -> bool {
        while self.by_end.first().is_some_and(|(end, _)| *end < now) {
            if let Some((_, name)) = self.by_end.pop_first() {
                self.seen.remove(&name);
            }
        }
        if self.seen.contains_key(name) {
            return false;
        }
        self.seen.insert(name.to_owned(), until);
        self.by_end.insert((until, name.to_owned()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_once_and_again_when_its_time_is_over() {
        let mut once = Once::default();
        assert!(once.first("a", 10, 0) && once.first("b", 20, 0));
        assert!(!once.first("a", 99, 10), "still within its time");
        assert!(once.first("a", 30, 11), "forgotten");
        assert!(!once.first("b", 20, 11));
        assert_eq!((once.seen.len(), once.by_end.len()), (2, 2));
    }
}
