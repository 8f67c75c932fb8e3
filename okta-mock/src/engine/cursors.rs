//! How long a cursor is good. Okta's are for ever as far as is known; a test may want others.

use std::collections::{BTreeMap, VecDeque};

/// Cursors that are remembered; older ones are taken for expired.
const MOST: usize = 65_536;

/// When each cursor was handed out last.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    ttl_ms: Option<i64>,
    given: BTreeMap<String, i64>,
    order: VecDeque<String>,
    /// Whether some were forgotten.
    full: bool,
}

impl Cursors {
    pub(super) fn new(ttl_ms: Option<i64>) -> Self {
        Self { ttl_ms, ..Self::default() }
    }

    /// Takes note of a cursor that is handed out.
    pub(super) fn give(&mut self, cursor: Option<&str>, now: i64) {
        let Some(cursor) = cursor.filter(|_| self.ttl_ms.is_some()) else { return };
        if self.given.insert(cursor.to_owned(), now).is_none() {
            self.order.push_back(cursor.to_owned());
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.given.remove(&oldest);
            self.full = true;
        }
    }

    /// Whether a cursor is too old. One that was never handed out is judged by its endpoint.
    pub(super) fn expired(&self, cursor: Option<&str>, now: i64) -> bool {
        let (Some(ttl), Some(cursor)) = (self.ttl_ms, cursor) else { return false };
        self.given.get(cursor).map_or(self.full, |given| now.saturating_sub(*given) > ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_so_long_after_it_was_handed_out_last() {
        let mut cursors = Cursors::new(Some(10));
        cursors.give(Some("a"), 0);
        assert!(!cursors.expired(Some("a"), 10) && cursors.expired(Some("a"), 11));
        cursors.give(Some("a"), 11);
        assert!(!cursors.expired(Some("a"), 21));
        assert!(!cursors.expired(Some("made up"), 99) && !cursors.expired(None, 99));
        for n in 0..=MOST {
            cursors.give(Some(&n.to_string()), 30);
        }
        assert!(cursors.expired(Some("a"), 30), "forgotten");
        assert!(!Cursors::new(None).expired(Some("a"), i64::MAX));
    }
}
