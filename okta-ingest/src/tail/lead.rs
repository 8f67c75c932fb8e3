//! Leadership and its work: one instance at a time reads a page, commits it, and reads on.

use std::sync::Arc;
use std::time::Duration;

use okta_client::Error;
use tokio::time::Instant;

use super::Tail;
use super::read::Failed;
use super::status::Role;
use crate::checkpoint::{Acquired, Checkpoint, Commit, TailCommit, TailLease, TailStore};
use crate::{Put, StoreError};

/// A page that is too much for Okta is halved, down to this.
const SMALLEST_PAGE: u16 = 10;

/// Why a leader stopped leading.
pub(super) enum Stop {
    Lost,
    Refused(Error),
}

impl Tail {
    /// Stands by until this instance leads.
    pub(super) async fn acquire(&mut self) -> (TailLease, Checkpoint) {
        let mut failures = 0;
        loop {
            let pause = match self.store.acquire(&self.key, &self.owner, self.lease).await {
                Ok(Acquired::Leading(lease, checkpoint)) => {
                    self.status.send_modify(|status| status.role = Role::Leading);
                    let checkpoint = checkpoint.unwrap_or_else(|| Checkpoint::starting_at(self.since));
                    return (lease, checkpoint);
                }
                Ok(Acquired::HeldBy { owner, .. }) => {
                    failures = 0;
                    let role = Role::Standby { leader: Some(owner) };
                    self.status
                        .send_if_modified(|status| std::mem::replace(&mut status.role, role.clone()) != role);
                    (self.lease / 4).min(Duration::from_secs(1))
                }
                Err(error) => {
                    failures += 1;
                    self.note_store_error(&error);
                    self.backoff.after(failures, self.random.f64())
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    pub(super) async fn release(&self, lease: &TailLease) {
        // If this fails the lease ends by itself.
        if let Err(error) = self.store.release(lease).await {
            self.note_store_error(&error);
        }
    }

    /// Reads page after page while leading.
    pub(super) async fn lead(&mut self, lease: &TailLease, mut checkpoint: Checkpoint) -> Stop {
        let (mut failures, mut recoveries) = (0_u32, 0_u32);
        let mut limit = self.page_limit;
        loop {
            let woken = self.wake.level();
            let asked = Instant::now();
            let from_cursor = checkpoint.cursor.is_some();
            let step = match self.read(&checkpoint, limit).await {
                Ok(step) => step,
                Err(Failed::Refused(error)) => return Stop::Refused(error),
                Err(failed) => {
                    failures += 1;
                    let backoff = self.backoff.after(failures, self.random.f64());
                    let wait = match failed {
                        Failed::Later(Some(wait)) => wait.max(backoff),
                        _ => backoff,
                    };
                    if matches!(failed, Failed::TooMuch) {
                        limit = (limit / 2).max(SMALLEST_PAGE.min(self.page_limit));
                    }
                    tokio::time::sleep(wait).await;
                    continue;
                }
            };
            failures = 0;
            if let Err(stop) = self.save(lease, &mut checkpoint, step.commit).await {
                return stop;
            }
            if step.recovered {
                recoveries += 1;
                if recoveries > 1 {
                    // The position before had brought nothing either.
                    tokio::time::sleep(self.backoff.after(recoveries - 1, self.random.f64())).await;
                }
                continue;
            }
            if from_cursor {
                recoveries = 0;
            }
            limit = limit.saturating_mul(2).min(self.page_limit);
            if step.at_end {
                self.status.send_modify(|status| status.times_caught_up += 1);
            }
            if step.wait {
                tokio::time::sleep_until(asked + self.min_interval).await;
                let _ =
                    tokio::time::timeout_at(asked + self.poll_interval, self.wake.woken_since(woken)).await;
            }
        }
    }

    /// Commits a step; after a storage error, finds out whether it was stored before trying again.
    async fn save(
        &mut self,
        lease: &TailLease,
        checkpoint: &mut Checkpoint,
        commit: TailCommit,
    ) -> Result<(), Stop> {
        let mut failures = 0;
        loop {
            let result = match self.store.commit(lease, commit.clone()).await {
                Ok(Commit::Saved(put)) => Ok(put),
                // The version is already there and the epoch still ours: our own commit, whose answer was lost.
                Ok(Commit::Fenced) if failures > 0 && self.is_stored(lease, &commit.checkpoint).await => {
                    // How many of its events were new is not known any more.
                    self.downstream.wake();
                    Ok(Put::default())
                }
                Ok(Commit::Fenced) => return Err(Stop::Lost),
                Err(error) => Err(error),
            };
            match result {
                Ok(put) => {
                    self.note_saved(put, &commit);
                    *checkpoint = commit.checkpoint;
                    return Ok(());
                }
                Err(error) => {
                    failures += 1;
                    self.note_store_error(&error);
                    tokio::time::sleep(self.backoff.after(failures, self.random.f64())).await;
                }
            }
        }
    }

    async fn is_stored(&self, lease: &TailLease, checkpoint: &Checkpoint) -> bool {
        let ours = matches!(self.store.renew(lease, self.lease).await, Ok(Some(_)));
        ours && matches!(self.store.checkpoint(&self.key).await, Ok(Some(stored)) if stored == *checkpoint)
    }

    fn note_saved(&self, put: Put, commit: &TailCommit) {
        if put.inserted > 0 {
            self.downstream.wake();
        }
        self.status.send_modify(|status| {
            status.put.inserted += put.inserted;
            status.put.duplicates += put.duplicates;
            status.put.quarantined += put.quarantined;
            status.gaps.extend(commit.gap.clone());
            status.checkpoint = Some(commit.checkpoint.clone());
        });
    }

    fn note_store_error(&self, error: &StoreError) {
        tracing::warn!(error = error as &dyn std::error::Error, "the tail's store is unavailable");
        self.status.send_modify(|status| {
            status.errors += 1;
            status.last_error = Some(error.to_string());
        });
    }
}

/// Renews a lease until it is lost: taken by another owner, or not renewed for as long as it holds.
pub(super) async fn keep(store: Arc<dyn TailStore>, lease: TailLease, ttl: Duration) {
    let mut held_since = Instant::now();
    loop {
        tokio::time::sleep(ttl / 3).await;
        let asked = Instant::now();
        match tokio::time::timeout_at(held_since + ttl, store.renew(&lease, ttl)).await {
            Ok(Ok(Some(_))) => held_since = asked,
            Ok(Ok(None)) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the tail's lease could not be renewed"
                );
                if held_since.elapsed() + ttl / 3 >= ttl {
                    return;
                }
            }
        }
    }
}
