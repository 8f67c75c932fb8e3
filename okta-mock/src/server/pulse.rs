//! Closes connections on which nothing is asked: one look a minute, where a timer of hyper's would be set anew for each request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A connection may be silent for so long, and for less than twice of it.
const SILENCE: Duration = Duration::from_secs(60);

/// What was asked on a connection.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request, until its answer is out.
#[derive(Debug)]
pub(super) struct Beat(Arc<Pulse>);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Pulse {
    pub(super) fn beat(self: &Arc<Self>) -> Beat {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(self))
    }

    /// Waits until no request is under way and none began for a while; half a header is none.
    pub(super) async fn stops(&self) {
        let mut seen = 0;
        loop {
            tokio::time::sleep(SILENCE).await;
            let (begun, ended) = (self.begun.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed));
            if begun == ended && begun == seen {
                return;
            }
            seen = begun;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test(start_paused = true)]
    async fn a_connection_stays_while_it_is_used_and_goes_once_it_is_silent() {
        let pulse: Arc<Pulse> = Arc::default();
        let mut stops = Box::pin(pulse.stops());
        for _ in 0..5 {
            drop(pulse.beat());
            tokio::time::advance(SILENCE).await;
            assert!(stops.as_mut().now_or_never().is_none(), "something was asked");
        }
        let answer = pulse.beat();
        for _ in 0..5 {
            tokio::time::advance(SILENCE).await;
            assert!(stops.as_mut().now_or_never().is_none(), "an answer is under way");
        }
        drop(answer);
        tokio::time::advance(SILENCE).await;
        stops.await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_asks_is_closed_after_a_minute() {
        let started = tokio::time::Instant::now();
        Pulse::default().stops().await;
        assert_eq!(started.elapsed(), SILENCE);
    }
}
