//! The reference store: everything in memory, obvious rather than fast. Other stores are right when they behave like it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use okta_client::Timestamp;

use crate::checkpoint::lease_holds;
use crate::clock::{Clock, SystemClock};
use crate::event::{Batch, Incoming, Quarantined};
use crate::inbox::{Delivery, Health, Inbox, Lease, Outcome, Put, Receipt, Settled, Settlement};
use crate::{Acquired, Channel, Checkpoint, Commit, EventKey, Gap, Org, PageRecord, StoreError};
use crate::{TailCommit, TailKey, TailLease, TailStore};

/// An inbox and tail store that lives as long as the process. For tests, and for pipelines that may start again from Okta.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    events: Vec<Stored>,
    seen: HashSet<(Org, EventKey)>,
    queue: BTreeMap<i64, Queued>,
    /// Reason and fence: a dead letter that is redriven keeps its fence, so that no old receipt fits again.
    dead: BTreeMap<i64, (String, i64)>,
    done: Vec<i64>,
    quarantine: Vec<(Org, Quarantined)>,
    tails: HashMap<TailKey, TailState>,
}

struct Stored {
    org: Org,
    channel: Channel,
    event: Incoming,
}

struct Queued {
    since: Timestamp,
    visible_at: Timestamp,
    leased: bool,
    attempt: u32,
    fence: i64,
}

#[derive(Default)]
struct TailState {
    epoch: u64,
    holder: Option<(String, Timestamp)>,
    checkpoint: Option<Checkpoint>,
    pages: Vec<PageRecord>,
    gaps: Vec<Gap>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// An empty store whose leases follow `clock`.
    pub fn with_clock(clock: impl Clock) -> Self {
        Self { state: Arc::default(), clock: Arc::new(clock) }
    }

    /// Every event settled as done, in the order in which that happened: uuid and the channel that brought it first.
    pub fn done(&self) -> Vec<(String, Channel)> {
        let state = self.lock();
        let stored = |id: &i64| &state.events[index(*id)];
        state.done.iter().map(stored).map(|stored| (stored.event.uuid.clone(), stored.channel)).collect()
    }

    /// What is in quarantine, with its org.
    pub fn quarantined(&self) -> Vec<(Org, Quarantined)> {
        self.lock().quarantine.clone()
    }

    /// Every page committed for a tail, oldest first.
    pub fn pages(&self, key: &TailKey) -> Vec<PageRecord> {
        self.lock().tails.get(key).map(|tail| tail.pages.clone()).unwrap_or_default()
    }

    // No code panics while it holds the lock with the state half changed, so a poisoned lock holds a whole state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one step on the state, all at once.
    fn step<'a, T: Send + 'a>(
        &'a self,
        step: impl FnOnce(&mut State, Timestamp) -> T,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        ready(Ok(step(&mut self.lock(), self.clock.now()))).boxed()
    }
}

fn index(id: i64) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

impl State {
    fn put(&mut self, batch: Batch, now: Timestamp) -> Put {
        let mut put = Put::default();
        for event in batch.events {
            if !self.seen.insert((batch.org.clone(), event.key)) {
                put.duplicates += 1;
                continue;
            }
            put.inserted += 1;
            let id = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
            self.queue
                .insert(id, Queued { since: now, visible_at: now, leased: false, attempt: 0, fence: 0 });
            self.events.push(Stored { org: batch.org.clone(), channel: batch.channel, event });
        }
        for bad in batch.quarantined {
            if !self.quarantine.iter().any(|(org, known)| *org == batch.org && known.raw == bad.raw) {
                put.quarantined += 1;
                self.quarantine.push((batch.org.clone(), bad));
            }
        }
        put
    }

    fn lease(&mut self, request: &Lease, now: Timestamp) -> Vec<Delivery> {
        let ready = |queued: &Queued| queued.visible_at <= now;
        let exhausted: Vec<i64> = (self.queue.iter())
            .filter(|(_, queued)| ready(queued) && queued.attempt >= request.max_attempts)
            .map(|(id, _)| *id)
            .collect();
        for id in exhausted {
            if let Some(queued) = self.queue.remove(&id) {
                self.dead.insert(id, ("its lease ended on the last attempt".to_owned(), queued.fence));
            }
        }
        let mut due: Vec<(Timestamp, i64)> = (self.queue.iter())
            .filter(|(_, queued)| ready(queued))
            .map(|(id, queued)| (queued.visible_at, *id))
            .collect();
        due.sort();
        due.truncate(request.limit as usize);
        let abandoned = |(_, id): &(Timestamp, i64)| self.queue.get(id).is_some_and(|queued| queued.leased);
        let alone = due.iter().position(abandoned).map(|at| at.max(1)).unwrap_or(due.len());
        due.truncate(alone);
        due.into_iter().filter_map(|(_, id)| self.hand_out(id, now.saturating_add(request.ttl))).collect()
    }

    fn hand_out(&mut self, id: i64, until: Timestamp) -> Option<Delivery> {
        let queued = self.queue.get_mut(&id)?;
        queued.attempt += 1;
        queued.fence += 1;
        queued.leased = true;
        queued.visible_at = until;
        let Stored { org, channel, event } = self.events.get(index(id))?;
        Some(Delivery {
            receipt: Receipt { id, fence: queued.fence },
            attempt: queued.attempt,
            org: org.clone(),
            key: event.key,
            uuid: event.uuid.clone(),
            event_type: event.event_type.clone(),
            channel: *channel,
            published: event.published,
            raw: event.raw.clone(),
        })
    }

    fn holds(&self, receipt: &Receipt) -> bool {
        self.queue.get(&receipt.id).is_some_and(|queued| queued.leased && queued.fence == receipt.fence)
    }

    fn settle(&mut self, settlements: Vec<Settlement>, now: Timestamp) -> Settled {
        let mut settled = Settled::default();
        for Settlement { delivery, outcome } in settlements {
            let id = delivery.receipt.id;
            if !self.holds(&delivery.receipt) {
                settled.stale += 1;
                continue;
            }
            settled.count(&outcome);
            if let Outcome::Retry { after, .. } = outcome {
                if let Some(queued) = self.queue.get_mut(&id) {
                    queued.leased = false;
                    queued.visible_at = now.saturating_add(after);
                }
                continue;
            }
            self.queue.remove(&id);
            match outcome {
                Outcome::Done => self.done.push(id),
                Outcome::Dead(reason) => drop(self.dead.insert(id, (reason, delivery.receipt.fence))),
                Outcome::Ignored(_) | Outcome::Retry { .. } => {}
            }
        }
        settled
    }

    fn redrive(&mut self, org: &Org, limit: u32, now: Timestamp) -> u64 {
        let of_org = |id: &i64| self.events.get(index(*id)).is_some_and(|stored| stored.org == *org);
        let ids: Vec<i64> = self.dead.keys().copied().filter(of_org).take(limit as usize).collect();
        for id in &ids {
            if let Some((_, fence)) = self.dead.remove(id) {
                self.queue
                    .insert(*id, Queued { since: now, visible_at: now, leased: false, attempt: 0, fence });
            }
        }
        ids.len() as u64
    }

    fn health(&self, now: Timestamp) -> Health {
        let held = |queued: &&Queued| queued.leased && queued.visible_at > now;
        let leased = self.queue.values().filter(held).count() as u64;
        Health {
            waiting: self.queue.len() as u64 - leased,
            leased,
            oldest: self.queue.values().map(|queued| queued.since).min(),
            dead: self.dead.len() as u64,
            quarantined: self.quarantine.len() as u64,
        }
    }
}

impl Inbox for MemoryStore {
    fn put(&self, batch: Batch) -> BoxFuture<'_, Result<Put, StoreError>> {
        self.step(|state, now| state.put(batch, now))
    }

    fn lease(&self, request: Lease) -> BoxFuture<'_, Result<Vec<Delivery>, StoreError>> {
        self.step(|state, now| state.lease(&request, now))
    }

    fn extend(
        &self,
        receipts: Vec<Receipt>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<Vec<Receipt>, StoreError>> {
        self.step(|state, now| {
            let (held, lost): (Vec<_>, Vec<_>) =
                receipts.into_iter().partition(|receipt| state.holds(receipt));
            for receipt in held {
                if let Some(queued) = state.queue.get_mut(&receipt.id) {
                    queued.visible_at = now.saturating_add(ttl);
                }
            }
            lost
        })
    }

    fn settle(&self, settlements: Vec<Settlement>) -> BoxFuture<'_, Result<Settled, StoreError>> {
        self.step(|state, now| state.settle(settlements, now))
    }

    fn redrive(&self, org: &Org, limit: u32) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.step(|state, now| state.redrive(org, limit, now))
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, StoreError>> {
        self.step(|state, now| state.health(now))
    }
}

impl TailStore for MemoryStore {
    fn acquire<'a>(
        &'a self,
        key: &'a TailKey,
        owner: &'a str,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Acquired, StoreError>> {
        self.step(|state, now| {
            let tail = state.tails.entry(key.clone()).or_default();
            if let Some((holder, until)) = &tail.holder
                && lease_holds(now, *until, ttl)
                && holder != owner
            {
                return Acquired::HeldBy { owner: holder.clone(), until: *until };
            }
            let until = now.saturating_add(ttl);
            tail.epoch += 1;
            tail.holder = Some((owner.to_owned(), until));
            let lease = TailLease { key: key.clone(), epoch: tail.epoch, until };
            Acquired::Leading(lease, tail.checkpoint.clone())
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a TailLease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<Option<TailLease>, StoreError>> {
        self.step(|state, now| {
            let tail = state.tails.get_mut(&lease.key).filter(|tail| tail.epoch == lease.epoch)?;
            let until = now.saturating_add(ttl);
            tail.holder.as_mut()?.1 = until;
            Some(TailLease { until, ..lease.clone() })
        })
    }

    fn release<'a>(&'a self, lease: &'a TailLease) -> BoxFuture<'a, Result<(), StoreError>> {
        self.step(|state, _| {
            if let Some(tail) = state.tails.get_mut(&lease.key).filter(|tail| tail.epoch == lease.epoch) {
                tail.holder = None;
            }
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a TailLease,
        commit: TailCommit,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.step(|state, now| {
            let Some(tail) = state.tails.get_mut(&lease.key) else { return Commit::Fenced };
            let version = tail.checkpoint.as_ref().map_or(0, |stored| stored.version);
            if tail.epoch != lease.epoch || commit.checkpoint.version != version + 1 {
                return Commit::Fenced;
            }
            tail.checkpoint = Some(commit.checkpoint);
            tail.pages.extend(commit.page);
            tail.gaps.extend(commit.gap);
            Commit::Saved(state.put(commit.batch, now))
        })
    }

    fn checkpoint<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Option<Checkpoint>, StoreError>> {
        self.step(|state, _| state.tails.get(key).and_then(|tail| tail.checkpoint.clone()))
    }

    fn gaps<'a>(&'a self, key: &'a TailKey) -> BoxFuture<'a, Result<Vec<Gap>, StoreError>> {
        self.step(|state, _| state.tails.get(key).map(|tail| tail.gaps.clone()).unwrap_or_default())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("MemoryStore")
            .field("events", &state.events.len())
            .field("queued", &state.queue.len())
            .finish_non_exhaustive()
    }
}
