//! What a planned fault does to a push before it goes out.

use std::sync::Arc;
use std::time::Duration;

use super::{Batch, Channel, Push};
use crate::org::Org;
use crate::org::id::Id;
use crate::timestamp::millis;

/// What a planned fault does to one push; times are of the mock's clock.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum PushFault {
    /// It is never sent.
    Drop,
    /// It is sent so late.
    Delay(Duration),
    /// It is sent so many times.
    Duplicate {
        /// How often, the first time included.
        times: u64,
        /// How far apart.
        gap: Duration,
        /// Whether a copy keeps the push's id, or gets one of its own.
        same_id: bool,
    },
    /// Of every so many pushes the last goes out first.
    Reorder(u64),
    /// Every event of an Event Hook's push goes out in a push of its own.
    Split,
    /// So many pushes to an Event Hook become one, once they are there; a minute later at the latest.
    Merge(u64),
    /// It carries a wrong secret.
    BadAuth,
    /// Its first event is longer by so many bytes.
    Oversize(usize),
    /// The envelope says `Okta Log Event`, as some integrations expect it to.
    WrongDetailType,
    /// An Event Hook's verification fails, although the receiver repeats the challenge.
    ChallengeMismatch,
}

/// How long a push waits for others to become one with, in milliseconds.
const MERGE_MS: i64 = 60_000;

/// How far apart reordered pushes are sent, in milliseconds.
const REORDER_GAP_MS: i64 = 10;

impl Push {
    /// Lets faults at what became ready.
    pub(super) fn judge_ready(
        &mut self,
        org: &mut Org,
        judge: &mut impl FnMut(Channel, &str) -> Option<PushFault>,
        now: i64,
    ) {
        for mut batch in std::mem::take(&mut self.ready) {
            let verdict = if batch.judged { None } else { judge(batch.channel, &batch.target) };
            batch.judged = true;
            batch.faulted |= verdict.is_some();
            match verdict {
                None => self.line_up(batch),
                Some(PushFault::Drop) => {
                    batch.at = now;
                    self.remember(&batch, None, Some("dropped by a planned fault".to_owned()), now);
                }
                Some(PushFault::Delay(by)) => self.hold(batch, now.saturating_add(millis(by))),
                Some(PushFault::Duplicate { times, gap, same_id }) => {
                    for n in 1..i64::try_from(times).unwrap_or(1) {
                        let mut copy = batch.clone();
                        if !same_id {
                            copy.push_id = org.mint.push_uuid();
                        }
                        self.hold(copy, now.saturating_add(millis(gap).saturating_mul(n)));
                    }
                    self.line_up(batch);
                }
                Some(PushFault::Reorder(window)) => {
                    let place = self.reordered % window.max(1);
                    self.reordered += 1;
                    let wait = i64::try_from(window - 1 - place).unwrap_or(0).saturating_mul(REORDER_GAP_MS);
                    self.hold(batch, now.saturating_add(wait));
                }
                Some(PushFault::Split) => {
                    for entry in &batch.entries {
                        let push_id = org.mint.push_uuid();
                        let target = Arc::clone(&batch.target);
                        let mut part =
                            Batch::new(batch.channel, target, push_id, vec![entry.clone()], batch.at);
                        (part.judged, part.faulted) = (true, true);
                        self.line_up(part);
                    }
                }
                Some(PushFault::Merge(batches)) => self.merge(batch, batches, now),
                // Verifications are judged where they are asked.
                Some(PushFault::ChallengeMismatch) => self.line_up(batch),
                Some(PushFault::Oversize(bytes)) => self.line_up(Batch { padding: bytes, ..batch }),
                Some(PushFault::BadAuth) => self.line_up(Batch { bad_auth: true, ..batch }),
                Some(PushFault::WrongDetailType) => {
                    self.line_up(Batch { detail_type: "Okta Log Event".into(), ..batch });
                }
            }
        }
    }

    /// Moves what was held long enough to the end of the queue, in the order of its time.
    pub(super) fn release_held(&mut self, now: i64) {
        // `hold` keeps them in order, so what is due lies in front.
        let due =
            if self.draining { self.held.len() } else { self.held.partition_point(|batch| batch.at <= now) };
        let due: Vec<Batch> = self.held.drain(..due).collect();
        due.into_iter().for_each(|batch| self.line_up(batch));
    }

    /// Adds a push to those of its receiver that become one, and lets them go when they are enough.
    fn merge(&mut self, batch: Batch, batches: u64, now: i64) {
        let target = Arc::clone(&batch.target);
        let (merged, count) = match self.merging.remove(&target) {
            None => (Batch { at: now.saturating_add(MERGE_MS), ..batch }, 1),
            Some((mut merged, count)) => {
                merged.entries.extend(batch.entries);
                (merged, count + 1)
            }
        };
        if count >= batches {
            self.line_up(merged);
        } else {
            self.merging.insert(target, (merged, count));
        }
    }

    /// Lets pushes go that waited long enough for others.
    pub(super) fn release_merging(&mut self, now: i64) {
        let draining = self.draining;
        let due = |batch: &Batch| draining || batch.at <= now;
        let targets: Vec<Id> = self
            .merging
            .iter()
            .filter(|(_, (batch, _))| due(batch))
            .map(|(target, _)| Arc::clone(target))
            .collect();
        for target in targets {
            if let Some((batch, _)) = self.merging.remove(&target) {
                self.line_up(batch);
            }
        }
    }

    fn hold(&mut self, mut batch: Batch, until: i64) {
        batch.at = until;
        let place = self.held.partition_point(|other| other.at <= until);
        self.held.insert(place, batch);
    }
}
