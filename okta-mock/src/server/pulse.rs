//! Closes connections on which nothing is asked: one look a minute, where a timer of hyper's would be set anew for each request.
//!
//! The minutes come from a thread of their own. With a timer in the runtime, however far ahead, every wait for the next request
//! would have to set one in the kernel and take it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::watch;

/// A connection may be silent for so long, and for less than twice of it.
const SILENCE: Duration = Duration::from_secs(60);

/// The looks that have been due, counted.
#[derive(Debug)]
pub(crate) struct Looks {
    pub(super) due: watch::Receiver<u64>,
    /// Ends the thread when it is dropped.
    _stop: Option<Sender<()>>,
}

impl Looks {
    /// One a minute. There are none when there can be no more threads: silent connections then stay open.
    pub(crate) fn each_minute() -> Self {
        let (stop, stopped) = channel();
        let (due, looks) = watch::channel(0);
        let count = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(SILENCE) {
                due.send_modify(|looks| *looks += 1);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("okta-mock-looks".to_owned()).spawn(count) {
            tracing::warn!(%error, "silent connections stay open");
        }
        Self { due: looks, _stop: Some(stop) }
    }

    /// When somebody else says so.
    #[cfg(test)]
    pub(crate) fn when(due: watch::Receiver<u64>) -> Self {
        Self { due, _stop: None }
    }
}

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

    /// Waits until no request is under way and none began between two looks; half a header is none.
    pub(super) async fn stops(&self, mut looks: watch::Receiver<u64>) {
        // A first look comes at any time, and sees a connection that had no minute yet.
        let mut seen = None;
        loop {
            if looks.changed().await.is_err() {
                return std::future::pending().await;
            }
            let (begun, ended) = (self.begun.load(Ordering::Relaxed), self.ended.load(Ordering::Relaxed));
            if begun == ended && seen == Some(begun) {
                return;
            }
            seen = Some(begun);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_connection_stays_while_it_is_used_and_goes_once_it_is_silent() {
        let (due, looks) = watch::channel(0);
        let pulse: Arc<Pulse> = Arc::default();
        let mut stops = Box::pin(pulse.stops(looks));
        let mut look = || {
            due.send_modify(|looks| *looks += 1);
            stops.as_mut().now_or_never().is_some()
        };
        for _ in 0..5 {
            drop(pulse.beat());
            assert!(!look(), "something was asked");
        }
        let answer = pulse.beat();
        for _ in 0..5 {
            assert!(!look(), "an answer is under way");
        }
        drop(answer);
        assert!(look(), "nothing was asked since the look before");
    }

    #[test]
    fn a_connection_that_never_asks_is_closed_at_the_second_look() {
        let (due, looks) = watch::channel(0);
        let pulse = Pulse::default();
        let mut stops = Box::pin(pulse.stops(looks));
        for silent in [false, true] {
            due.send_modify(|looks| *looks += 1);
            assert_eq!(stops.as_mut().now_or_never().is_some(), silent);
        }
    }

    #[test]
    fn nothing_is_silent_once_nobody_looks() {
        let (due, looks) = watch::channel(0);
        drop(due);
        assert!(Pulse::default().stops(looks).now_or_never().is_none());
    }
}
