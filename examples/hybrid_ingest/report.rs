//! The final account: one JSON object, or the same in words.

use std::collections::BTreeMap;
use std::time::Instant;

use okta_client::Timestamp;
use okta_examples::audit::{self, Audit};
use okta_ingest::receive::Receivers;
use okta_ingest::sqlite::sqlx::{self, Row};
use okta_ingest::{BoxError, Channel, Inbox, Org, SqliteStore, TailStatus};
use serde::Serialize;

use crate::org::Connected;

/// What this run did. `dead` and `quarantined` are what the database holds now; the rest counts from the start of the run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    applied: u64,
    duplicates: u64,
    quarantined: u64,
    dead: u64,
    gaps: Vec<Gap>,
    pages: u64,
    requests: u64,
    rate_limited: u64,
    by_channel: BTreeMap<&'static str, u64>,
    lag_ms: Option<u64>,
    elapsed_ms: u64,
    #[serde(flatten)]
    audit: Option<Audit>,
    /// Was the log read to its end, and the inbox drained, before it stopped?
    caught_up: bool,
}

#[derive(Debug, Serialize)]
struct Gap {
    from: String,
    to: String,
    cause: String,
}

/// The state before the run.
pub(crate) struct Baseline {
    last_row: i64,
    started: Instant,
}

impl Baseline {
    pub(crate) async fn take(store: &SqliteStore) -> Result<Self, BoxError> {
        let row = sqlx::query("SELECT coalesce(max(rowid), 0) FROM events").fetch_one(store.pool()).await?;
        Ok(Self { last_row: row.try_get(0)?, started: Instant::now() })
    }
}

impl Report {
    pub(crate) async fn make(
        org: &Connected,
        store: &SqliteStore,
        receivers: &Receivers,
        tail: &TailStatus,
        baseline: Baseline,
        caught_up: bool,
    ) -> Result<Self, BoxError> {
        let by_channel = by_channel(store, baseline.last_row).await?;
        let health = store.health().await?;
        let buckets = org.client.rate_limits();
        let audit = match &org.own {
            Some(own) => {
                let since = org.since.as_millis();
                let recorded = own.log().into_iter().filter(|record| record.persisted_ms >= since);
                let recorded = recorded.map(|record| record.uuid.to_string());
                Some(audit::compare(store.pool(), Org::of(&org.client).as_str(), recorded).await?)
            }
            None => None,
        };
        let gap = |gap: &okta_ingest::Gap| Gap {
            from: gap.from.to_string(),
            to: gap.to.to_string(),
            cause: gap.cause.clone(),
        };
        Ok(Self {
            applied: by_channel.values().sum(),
            duplicates: tail.put.duplicates + receivers.stats().duplicates,
            quarantined: health.quarantined,
            dead: health.dead,
            gaps: tail.gaps.iter().map(gap).collect(),
            pages: tail.pages,
            requests: buckets.iter().map(|bucket| bucket.requests).sum(),
            rate_limited: buckets.iter().map(|bucket| bucket.rate_limited + bucket.concurrency_limited).sum(),
            by_channel,
            lag_ms: tail.caught_up_at().map(|read| millis(Timestamp::now().since(read))),
            elapsed_ms: millis(baseline.started.elapsed()),
            audit,
            caught_up,
        })
    }

    /// With its own org: is every event there, once? Against another one only its having caught up is known.
    pub(crate) fn is_complete(&self) -> bool {
        self.audit.map_or(self.caught_up, |audit| audit.is_exact())
    }

    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{}", serde_json::to_string(self).unwrap_or_default());
            return;
        }
        let channels: Vec<_> =
            self.by_channel.iter().map(|(channel, events)| format!("{channel} {events}")).collect();
        println!("applied    {} events ({})", self.applied, channels.join(", "));
        println!("not again  {} that came more than once", self.duplicates);
        println!("kept apart {} quarantined, {} dead, {} gaps", self.quarantined, self.dead, self.gaps.len());
        println!("asked Okta {} requests, {} rate-limited", self.requests, self.rate_limited);
        if let Some(audit) = self.audit {
            println!(
                "audit      {} recorded by the org: {} missing, {} repeated, {} unknown",
                audit.recorded, audit.missing, audit.repeated, audit.unknown
            );
        }
    }
}

async fn by_channel(store: &SqliteStore, last_row: i64) -> Result<BTreeMap<&'static str, u64>, BoxError> {
    let mut counts: BTreeMap<_, _> =
        [Channel::EventHook, Channel::EventBridge, Channel::Poll].map(|channel| (channel.as_str(), 0)).into();
    let rows = sqlx::query("SELECT channel, count(*) FROM events WHERE rowid > ?1 GROUP BY channel")
        .bind(last_row)
        .fetch_all(store.pool())
        .await?;
    for row in rows {
        let name: String = row.try_get(0)?;
        if let Some(channel) = Channel::from_name(&name) {
            counts.insert(channel.as_str(), row.try_get::<i64, _>(1)?.unsigned_abs());
        }
    }
    Ok(counts)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
