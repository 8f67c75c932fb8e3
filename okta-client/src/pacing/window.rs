//! The rate-limit windows of a bucket as the headers teach them: what is left, until when, and what others take of it. Pure.
//!
//! Okta counts a request twice: for the whole org and for the credential that sent it, each with a limit and a window of its
//! own, and the headers tell of the one with the least left. So a bucket has up to two windows at once; an answer speaks of
//! one, known by its limit and its end, and a request may go if it fits in both.
//!
//! A window lasts a minute and begins with the first request that falls into it. The headers tell its end in whole seconds
//! only, so two things bound it: what the headers say, and a minute behind the first answer that came out of the window. The
//! smaller of the two is still no earlier than the end itself, and is known to a round trip instead of two seconds.

use std::time::Duration;

use super::others::Others;
use crate::rate_limit::{MARGIN, RateLimit};

/// **Source**: Okta, "Rate limits": a window lasts at most a minute.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
/// What a timer may be early by.
const SLACK: Duration = Duration::from_millis(50);
/// By how much two answers may disagree about the end of one window: the whole seconds of `Date` and of the reset, the margin for
/// them, and how long an answer is on its way.
const SAME: Duration = Duration::from_secs(4);
/// The org's and the credential's.
const SCOPES: usize = 2;

#[derive(Debug, Default, Clone)]
pub(super) struct Windows {
    /// The newest of each scope, whether it lasts or has ended.
    known: Vec<Known>,
    /// The last good answer had no headers: some endpoints have no limit.
    unmetered: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When it has certainly ended.
    pub(super) ends: Duration,
    pub(super) others: Others,
    /// Requests of ours since it ended.
    since: u32,
}

/// What is left of a window for those who share it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) ends: Duration,
    /// What others will take of it until it ends.
    pub(super) others: u32,
}

impl Windows {
    pub(super) fn is_unmetered(&self) -> bool {
        self.unmetered
    }

    /// The windows that last.
    pub(super) fn open(&self, now: Duration) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(move |known| known.ends > now)
    }

    /// What bounds us: the windows that last, if there are any, and the window behind one that has ended, as far as it can be
    /// guessed. Whoever took more of the org's than we leave has its next one half used up before an answer tells of it.
    pub(super) fn left(&self, now: Duration) -> impl Iterator<Item = Left> {
        let any = self.open(now).next().is_some();
        // However much others take, half of the smallest limit, which is our share, is not given up for them beforehand.
        let least = self.known.iter().map(|known| known.limit / 2).min().unwrap_or(0);
        self.known.iter().filter(move |_| any).filter_map(move |known| {
            let (limit, most) = (known.limit, known.limit.saturating_sub(least));
            if known.ends > now {
                let others = known.others.expected(known.ends).min(most);
                return Some(Left { limit, remaining: known.remaining, ends: known.ends, others });
            }
            let ends = Some(known.ends + LONGEST).filter(|&ends| ends > now)?;
            let taken = known.others.usually(now - known.ends).min(most);
            let others = known.others.usually(ends - now).min(most - taken);
            let remaining = limit.saturating_sub(known.since).saturating_sub(taken);
            Some(Left { limit, remaining, ends, others })
        })
    }

    /// The limit of the one that binds, or did.
    pub(super) fn limit(&self, now: Duration) -> Option<u32> {
        let open = self.open(now).min_by_key(|known| known.remaining).map(|known| known.limit);
        open.or_else(|| self.known.iter().map(|known| known.limit).min())
    }

    /// When the last of them has ended.
    pub(super) fn end(&self) -> Duration {
        self.known.iter().map(|known| known.ends).max().unwrap_or_default()
    }

    /// A request of ours goes.
    pub(super) fn begin(&mut self, now: Duration) {
        for known in &mut self.known {
            if known.ends > now {
                known.others.we_sent(1);
            } else {
                known.since = known.since.saturating_add(1);
            }
        }
    }

    /// What began was not sent.
    pub(super) fn unused(&mut self, now: Duration) {
        for known in &mut self.known {
            if known.ends > now {
                known.others.we_did_not_send();
            } else {
                known.since = known.since.saturating_sub(1);
            }
        }
    }

    /// A request came to its end, and nothing was told of these windows. It may have been counted.
    pub(super) fn untold(&mut self) {
        for known in &mut self.known {
            known.remaining = known.remaining.saturating_sub(1);
        }
    }

    /// An answer: `in_flight` more of ours are under way, and may or may not be counted in it. Whether it told anything.
    ///
    /// What is missing of the three headers is taken from what is known, or else to be the most cautious: a window that began
    /// just now. Answers overtake each other: within one window the smallest count is the newest, and a window that has passed
    /// is news no more.
    pub(super) fn answered(&mut self, now: Duration, told: &RateLimit, in_flight: u32) -> bool {
        let known = self.open(now).min_by_key(|known| known.remaining);
        let (limit, remaining) = match (told.limit, told.remaining, known) {
            (None, None, _) | (Some(0), ..) => return false,
            (Some(limit), Some(remaining), _) => (limit, remaining),
            (None, Some(remaining), known) => {
                (known.map_or(remaining.saturating_add(1), |known| known.limit), remaining)
            }
            (Some(limit), None, Some(known)) if known.limit == limit => {
                (limit, known.remaining.saturating_sub(1))
            }
            (Some(limit), None, _) => (limit, limit - 1),
        };
        let left = told.resets_in.unwrap_or(LONGEST);
        let ends = now + left.saturating_add(MARGIN).min(LONGEST) + SLACK;
        let used = limit.saturating_sub(remaining);
        self.unmetered = false;
        let mut of_limit = self.known.iter().enumerate().filter(|(_, known)| known.limit == limit);
        let place = match of_limit.clone().find(|(_, known)| {
            known.ends > now && (told.resets_in.is_none() || known.ends.abs_diff(ends) <= SAME)
        }) {
            Some((place, _)) => {
                let known = &mut self.known[place];
                known.remaining = remaining.min(known.remaining);
                known.ends = ends.min(known.ends);
                known.others.counted(now, used);
                place
            }
            // Stragglers, behind the end of the window that they belong to.
            None if of_limit.clone().any(|(_, known)| known.ends > now && left <= SAME) => return true,
            None if of_limit.clone().any(|(_, known)| {
                known.ends <= now
                    && ends <= known.ends + SAME
                    && remaining <= known.remaining.saturating_add(in_flight).saturating_add(1)
            }) =>
            {
                return true;
            }
            None => match of_limit.find(|(_, known)| known.ends <= now) {
                Some((place, known)) => {
                    let began = now.saturating_sub(LONGEST.saturating_sub(left));
                    let others = known.others.next(now, began, used, known.since.max(in_flight + 1));
                    self.known[place] = Known { limit, remaining, ends, others, since: 0 };
                    place
                }
                None => {
                    let others = Others::new(now, used, in_flight + 1);
                    self.add(Known { limit, remaining, ends, others, since: 0 })
                }
            },
        };
        // It was counted in the other as well, whose headers were not sent.
        for (other, known) in self.known.iter_mut().enumerate() {
            if other != place {
                known.remaining = known.remaining.saturating_sub(1);
            }
        }
        true
    }

    /// A scope that was not known yet. Where there are too many, somebody changed a limit: what ends first is forgotten.
    fn add(&mut self, known: Known) -> usize {
        if self.known.len() >= SCOPES
            && let Some((first, _)) = self.known.iter().enumerate().min_by_key(|(_, known)| known.ends)
        {
            self.known.remove(first);
        }
        self.known.push(known);
        self.known.len() - 1
    }

    /// A good answer without headers. Only what Okta itself answered says that an endpoint has no limit.
    pub(super) fn without_headers(&mut self, now: Duration) {
        if self.open(now).next().is_none() {
            *self = Self { known: Vec::new(), unmetered: true };
        }
    }

    /// A refusal that does not say of which window. One that ends before these do is not among them: it arrived late.
    pub(super) fn used_up(&mut self, now: Duration, resets_in: Option<Duration>) {
        let ended = resets_in.map(|resets_in| now + resets_in + MARGIN + SAME);
        for known in &mut self.known {
            if ended.is_none_or(|ended| ended >= known.ends) {
                known.remaining = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests;
