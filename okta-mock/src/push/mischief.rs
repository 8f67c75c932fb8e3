//! What a planned fault does to a push before it goes out.

use std::sync::Arc;

use super::{Batch, Channel, Push};
use crate::org::Org;

/// Done to one push.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Mischief {
    /// It is never sent.
    Drop,
    /// It is sent this many milliseconds late.
    Delay(i64),
    /// It is sent so many times, `gap_ms` apart; a copy keeps the push id or gets one of its own.
    Duplicate { times: u64, gap_ms: i64, same_id: bool },
    /// Of every so many pushes the last goes out first.
    Reorder(u64),
    /// Every event goes out in a push of its own.
    Split,
    /// It carries a wrong secret.
    BadAuth,
    /// The envelope says `Okta Log Event`, as some integrations expect it to.
    WrongDetailType,
}

/// How far apart reordered pushes are sent, in milliseconds.
const REORDER_GAP_MS: i64 = 10;

impl Push {
    /// Lets faults at what became ready.
    pub(super) fn judge_ready(
        &mut self,
        org: &mut Org,
        judge: &mut impl FnMut(Channel, &str) -> Option<Mischief>,
        now: i64,
    ) {
        for mut batch in std::mem::take(&mut self.ready) {
            let verdict = if batch.judged { None } else { judge(batch.channel, &batch.target) };
            batch.judged = true;
            match verdict {
                None => self.ready.push_back(batch),
                Some(Mischief::Drop) => {
                    batch.at = now;
                    self.remember(&batch, None, Some("dropped by a planned fault".to_owned()), now);
                }
                Some(Mischief::Delay(by)) => self.hold(batch, now.saturating_add(by)),
                Some(Mischief::Duplicate { times, gap_ms, same_id }) => {
                    for n in 1..i64::try_from(times).unwrap_or(1) {
                        let mut copy = batch.clone();
                        if !same_id {
                            copy.push_id = org.mint.push_uuid();
                        }
                        self.hold(copy, now.saturating_add(gap_ms.saturating_mul(n)));
                    }
                    self.ready.push_back(batch);
                }
                Some(Mischief::Reorder(window)) => {
                    let place = self.reordered % window.max(1);
                    self.reordered += 1;
                    let wait = i64::try_from(window - 1 - place).unwrap_or(0).saturating_mul(REORDER_GAP_MS);
                    self.hold(batch, now.saturating_add(wait));
                }
                Some(Mischief::Split) => {
                    for entry in &batch.entries {
                        let push_id = org.mint.push_uuid();
                        let target = Arc::clone(&batch.target);
                        let mut part =
                            Batch::new(batch.channel, target, push_id, vec![entry.clone()], batch.at);
                        part.judged = true;
                        self.ready.push_back(part);
                    }
                }
                Some(Mischief::BadAuth) => self.ready.push_back(Batch { bad_auth: true, ..batch }),
                Some(Mischief::WrongDetailType) => {
                    self.ready.push_back(Batch { detail_type: "Okta Log Event".into(), ..batch });
                }
            }
        }
    }

    /// Moves what was held long enough to the end of the queue, in the order of its time.
    pub(super) fn release_held(&mut self, now: i64) {
        // `hold` keeps them in order, so what is due lies in front.
        let due =
            if self.draining { self.held.len() } else { self.held.partition_point(|batch| batch.at <= now) };
        self.ready.extend(self.held.drain(..due));
    }

    fn hold(&mut self, mut batch: Batch, until: i64) {
        batch.at = until;
        let place = self.held.partition_point(|other| other.at <= until);
        self.held.insert(place, batch);
    }
}
