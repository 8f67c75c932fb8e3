//! One polling request: what its page means, and what to do when there is none.

use std::time::Duration;

use http::StatusCode;
use okta_client::{Error, LogEvent, LogPosition, Page, Priority, Retry};

use super::{Tail, step};
use crate::Channel;
use crate::checkpoint::{Checkpoint, PageRecord, TailCommit};
use crate::event::{Batch, Incoming};

/// A page or a recovery, ready to be committed.
pub(super) struct Step {
    /// The log was read to its end.
    pub(super) at_end: bool,
    /// Asking again at once would bring nothing.
    pub(super) wait: bool,
    /// No page, but a position to go on from.
    pub(super) recovered: bool,
    pub(super) commit: TailCommit,
}

pub(super) enum Failed {
    /// Wait, at least so long if that is known.
    Later(Option<Duration>),
    /// Wait, and then ask for fewer events: the page was too much for Okta, or for us (P14).
    TooMuch,
    Refused(Error),
}

impl Tail {
    /// Asks for the next page and decides what it means.
    pub(super) async fn read(&self, checkpoint: &Checkpoint, limit: u16) -> Result<Step, Failed> {
        let position = step::position(checkpoint, self.overlap);
        // A backfill beside it must not make it late (R07).
        let client = self.client.priority(Priority::Live);
        match client.logs().poll(position.clone()).limit(limit).send().await {
            Ok(page) => Ok(self.understand(checkpoint, &position, limit, page)),
            Err(error) => self.recover(checkpoint, &position, error),
        }
    }

    fn understand(
        &self,
        checkpoint: &Checkpoint,
        position: &LogPosition,
        limit: u16,
        page: Page<LogEvent>,
    ) -> Step {
        let (next, date) = (page.next().cloned(), page.date());
        let mut batch = Batch::empty(self.key.org.clone(), Channel::Poll);
        for (index, item) in page.into_items().into_iter().enumerate() {
            // The typed view is for users of the client; ingestion needs three fields and keeps the bytes.
            let raw = item.map_or_else(|bad| bad.raw().clone(), |event| event.raw().clone());
            batch.add(Incoming::read(raw, || format!("poll {}, [{index}]", describe(position))));
        }
        let facts = step::PageFacts {
            items: batch.events.len() + batch.quarantined.len(),
            limit: usize::from(limit),
            next,
            date,
            published: batch.events.iter().filter_map(|event| event.published).collect(),
        };
        let advance = step::advance(checkpoint, &facts);
        if advance.next_missing {
            tracing::warn!("a polling page of the System Log came without a next link; its position is kept");
        }
        let page = (facts.items > 0).then(|| PageRecord {
            position_in: describe(position),
            position_out: facts.next,
            read_at: date,
            events: facts.items as u64,
            keys_xor: batch
                .events
                .iter()
                .fold(0, |xor, event| xor ^ u128::from_be_bytes(*event.key.as_bytes())),
        });
        self.status.send_modify(|status| {
            status.pages += 1;
            status.protocol_alarms += u64::from(advance.next_missing);
            status.last_error = None;
        });
        Step {
            at_end: advance.at_end,
            wait: advance.wait,
            recovered: false,
            commit: TailCommit { batch, page, gap: advance.gap, checkpoint: advance.checkpoint },
        }
    }

    /// What to do about an error: recover the position, wait, or give up.
    fn recover(&self, checkpoint: &Checkpoint, position: &LogPosition, error: Error) -> Result<Step, Failed> {
        let moved = |checkpoint, gap| Step {
            at_end: false,
            wait: false,
            recovered: true,
            commit: TailCommit {
                batch: Batch::empty(self.key.org.clone(), Channel::Poll),
                page: None,
                gap,
                checkpoint,
            },
        };
        match position {
            // The link is Okta's own, followed as it came: whatever code a 400 has, it is the position that is refused. If the
            // request itself were at fault, the one by time will be refused too.
            LogPosition::Cursor(_)
                if error.is_invalid_cursor() || error.status() == Some(StatusCode::BAD_REQUEST) =>
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Okta rejected the cursor; reading the overlap"
                );
                self.status.send_modify(|status| status.cursors_lost += 1);
                return Ok(moved(step::lose_cursor(checkpoint), None));
            }
            LogPosition::Since(since) if error.okta_code() == Some("E0000053") => {
                let clamped = error.date().and_then(|now| step::start_at_retention(checkpoint, *since, now));
                if let Some((checkpoint, gap)) = clamped {
                    return Ok(moved(checkpoint, gap));
                }
            }
            _ => {}
        }
        // A dead credential, or a request by time that is malformed: neither gets better by itself. A 403 or 404 may: a role
        // is given back, a network zone or a firewall lets us through again (A03).
        if error.is_unauthorized() || error.status() == Some(StatusCode::BAD_REQUEST) {
            return Err(Failed::Refused(error));
        }
        tracing::warn!(error = &error as &dyn std::error::Error, "the System Log could not be read");
        self.status.send_modify(|status| {
            status.errors += 1;
            status.last_error = Some(error.to_string());
        });
        let too_much = error.status() == Some(StatusCode::INTERNAL_SERVER_ERROR);
        Err(match error.retry() {
            _ if too_much || matches!(error, Error::TooLarge { .. }) => Failed::TooMuch,
            Retry::After(wait) => Failed::Later(Some(wait)),
            Retry::Never => Failed::Later(Some(self.backoff.max)),
            _ => Failed::Later(None),
        })
    }
}

fn describe(position: &LogPosition) -> String {
    match position {
        LogPosition::Cursor(cursor) => cursor.to_string(),
        LogPosition::Since(since) => format!("since={since}"),
    }
}
