//! A wake-up that cannot be lost: a level, not an edge.
//!
//! Every wake raises a number. A loop notes the number *before* it looks for work and sleeps only while the number is
//! unchanged, so a wake that arrives between looking and sleeping is seen (FAILURES.md L09), and ten thousand wakes are one
//! (L10).

use std::sync::Arc;

use tokio::sync::watch;

/// Wakes whoever waits on a clone of it.
#[derive(Debug, Clone)]
pub struct Waker(Arc<watch::Sender<u64>>);

impl Default for Waker {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Waker {
    /// A waker that nobody has woken yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// There may be work.
    pub fn wake(&self) {
        self.0.send_modify(|level| *level = level.wrapping_add(1));
    }

    /// The current level. Note it before looking for work.
    pub fn level(&self) -> u64 {
        *self.0.borrow()
    }

    /// Waits until the level differs from `seen`.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the level stays raised.
    pub async fn woken_since(&self, seen: u64) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = receiver.wait_for(|level| *level != seen).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn l09_a_wake_between_looking_and_sleeping_is_not_lost() {
        let waker = Waker::new();
        let seen = waker.level();
        waker.clone().wake();
        assert!(waker.woken_since(seen).now_or_never().is_some());
    }

    #[test]
    fn l10_a_storm_of_wakes_is_one_wake() {
        let waker = Waker::new();
        let seen = waker.level();
        (0..10_000).for_each(|_| waker.wake());
        assert!(waker.woken_since(seen).now_or_never().is_some());
        assert!(waker.woken_since(waker.level()).now_or_never().is_none());
    }
}
