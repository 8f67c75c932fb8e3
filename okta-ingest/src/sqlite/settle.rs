//! Settle: outcomes, dead letters and retries of a batch, and the sink's writes, in one transaction.

use std::collections::HashSet;

use serde_json::json;
use sqlx::SqliteConnection;

use super::lease::receipts_of;
use super::{SqliteStore, unavailable};
use crate::inbox::{Outcome, Receipt, Settled, Settlement};
use crate::{Delivery, StoreError};

/// Which receipts still hold. `?1` is `[[id, fence, …], …]`; the join order is forced so that each is one look-up.
const HELD: &str = "
SELECT q.id, q.fence FROM json_each(?1) AS j CROSS JOIN okta_queue AS q
WHERE q.id = j.value ->> 0 AND q.fence = j.value ->> 1 AND q.owner IS NOT NULL";

const FINISH: &str = "
INSERT INTO okta_done (id, outcome, attempts, done_at, reason)
SELECT q.id, j.value ->> 2, q.attempts, ?2, j.value ->> 3
FROM json_each(?1) AS j CROSS JOIN okta_queue AS q
WHERE q.id = j.value ->> 0 AND j.value ->> 2 IN ('done', 'ignored')";

const BURY: &str = "
INSERT INTO okta_dead (id, attempts, fence, died_at, error)
SELECT q.id, q.attempts, q.fence, ?2, j.value ->> 3
FROM json_each(?1) AS j CROSS JOIN okta_queue AS q
WHERE q.id = j.value ->> 0 AND j.value ->> 2 = 'dead'";

const RETRY: &str = "
UPDATE okta_queue SET owner = NULL, visible_at = j.value ->> 4, last_error = j.value ->> 3
FROM json_each(?1) AS j
WHERE okta_queue.id = j.value ->> 0 AND j.value ->> 2 = 'retry'";

const REMOVE: &str = "
DELETE FROM okta_queue
WHERE id IN (SELECT j.value ->> 0 FROM json_each(?1) AS j WHERE j.value ->> 2 <> 'retry')";

impl SqliteStore {
    pub(super) async fn settle_events(&self, settlements: Vec<Settlement>) -> Result<Settled, StoreError> {
        let failed = unavailable("settle events");
        let now = self.now();
        let mut transaction = self.begin("settle events").await?;
        let mut held = held(&mut transaction, &settlements, now).await.map_err(failed)?;
        let (mut settled, mut done, mut rows) = (Settled::default(), Vec::new(), Vec::new());
        for settlement in &settlements {
            // Taking it out makes a receipt that comes twice stale the second time.
            if !held.remove(&settlement.delivery.receipt) {
                settled.stale += 1;
                continue;
            }
            settled.count(&settlement.outcome);
            rows.push(row(settlement, now));
            if settlement.outcome == Outcome::Done {
                done.push(&settlement.delivery);
            }
        }
        self.write_effects(&mut transaction, &done).await?;
        let rows = json!(rows).to_string();
        for statement in [FINISH, BURY] {
            sqlx::query(statement).bind(&rows).bind(now).execute(&mut *transaction).await.map_err(failed)?;
        }
        for statement in [RETRY, REMOVE] {
            sqlx::query(statement).bind(&rows).execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(settled)
    }

    async fn write_effects(
        &self,
        connection: &mut SqliteConnection,
        done: &[&Delivery],
    ) -> Result<(), StoreError> {
        match &self.0.sink {
            Some(sink) if !done.is_empty() => sink.write(connection, done).await.map_err(StoreError::Sink),
            _ => Ok(()),
        }
    }
}

async fn held(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
    now: i64,
) -> Result<HashSet<Receipt>, sqlx::Error> {
    let rows: Vec<_> = settlements.iter().map(|settlement| row(settlement, now)).collect();
    let rows = sqlx::query(HELD).bind(json!(rows).to_string()).fetch_all(connection).await?;
    receipts_of(&rows)
}

/// `[id, fence, outcome, reason, visible_at]`
fn row(settlement: &Settlement, now: i64) -> serde_json::Value {
    let receipt = settlement.delivery.receipt;
    let (outcome, reason, after) = match &settlement.outcome {
        Outcome::Done => ("done", None, 0),
        Outcome::Ignored(reason) => ("ignored", Some(reason), 0),
        Outcome::Dead(reason) => ("dead", Some(reason), 0),
        Outcome::Retry { after, error } => {
            ("retry", Some(error), i64::try_from(after.as_millis()).unwrap_or(i64::MAX))
        }
    };
    json!([receipt.id, receipt.fence, outcome, reason, now.saturating_add(after)])
}
