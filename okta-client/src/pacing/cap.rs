//! The caller's own cap on requests a minute, whichever bucket they are for. Pure: `now` is an argument.
//!
//! It has no burst: one would allow twice its number in a minute, what was saved up and then what comes anew.

use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Cap {
    /// Between two requests.
    pause: Duration,
    /// When the next may go.
    next: Duration,
}

impl Cap {
    pub(super) fn new(a_minute: NonZeroU32) -> Self {
        Self { pause: Duration::from_secs(60) / a_minute.get(), next: Duration::ZERO }
    }

    /// When the next may go, if not now.
    pub(super) fn until(&self, now: Duration) -> Option<Duration> {
        Some(self.next).filter(|&next| next > now)
    }

    /// How long the one behind so many others would wait.
    pub(super) fn wait(&self, now: Duration, ahead: u32) -> Duration {
        self.next.saturating_sub(now).saturating_add(self.pause.saturating_mul(ahead))
    }

    pub(super) fn begin(&mut self, now: Duration) {
        self.next = now + self.pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_a_pause_apart_and_none_is_saved_up() {
        let mut cap = Cap::new(NonZeroU32::new(60).expect("not zero"));
        let second = Duration::from_secs(1);
        assert_eq!((cap.until(Duration::ZERO), cap.wait(Duration::ZERO, 3)), (None, second * 3));
        for now in [Duration::ZERO, second * 100] {
            cap.begin(now);
            assert_eq!((cap.until(now), cap.until(now + second)), (Some(now + second), None));
            assert_eq!(cap.wait(now, 2), second * 3);
        }
    }
}
