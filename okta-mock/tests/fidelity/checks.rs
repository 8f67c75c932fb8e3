//! Counting checks, and telling all that failed at once.

use std::fmt::{Debug, Display};

/// The checks of one area.
#[derive(Debug)]
pub(crate) struct Checks {
    area: &'static str,
    made: usize,
    failed: Vec<String>,
}

impl Checks {
    pub(crate) fn of(area: &'static str) -> Self {
        Self { area, made: 0, failed: Vec::new() }
    }

    /// What came has to be what the fact says.
    pub(crate) fn is<T, E>(&mut self, fact: impl Display, came: T, expected: E)
    where
        T: PartialEq<E> + Debug,
        E: Debug,
    {
        let right = came == expected;
        self.judge(right, fact, &format_args!("{expected:?}"), &came);
    }

    /// What came has to fulfil what the fact says in words.
    pub(crate) fn holds(&mut self, fact: impl Display, expected: &str, came: impl Debug, right: bool) {
        self.judge(right, fact, &expected, &came);
    }

    fn judge(&mut self, right: bool, fact: impl Display, expected: &dyn Display, came: &dyn Debug) {
        self.made += 1;
        if !right {
            self.failed.push(format!("{fact}\n    expected {expected}\n    came     {came:?}"));
        }
    }

    /// Reports; panics when a check failed or there were fewer than `least`.
    pub(crate) fn finish(self, least: usize) {
        let Self { area, made, failed } = self;
        eprintln!("{area}: {made} checks");
        assert!(
            failed.is_empty(),
            "{area}: {} of {made} checks failed\n\n{}",
            failed.len(),
            failed.join("\n\n")
        );
        assert!(made >= least, "{area}: {made} checks, of at least {least}");
    }
}
