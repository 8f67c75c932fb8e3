//! Stretches of sorted searches, kept so that the pages of one stretch cost one look at the org.
//!
//! A stretch holds the numbers of generated users, who follow from the seed and never change: whoever was changed is left
//! out when a page is made, and sorted in anew. So no change of the org makes a stretch wrong.

use std::collections::VecDeque;

use super::rank::{Rank, Ranks};
use super::{Key, Order};
use crate::handle::wanted::{Attribute, Wanted};
use crate::org::users::{Entry, Users};

/// How many users a stretch holds, and how many stretches are kept: 256 KiB in all.
const LENGTH: usize = 8_192;
const KEPT: usize = 8;

/// The stretches used last.
#[derive(Debug)]
pub(crate) struct Runs {
    /// How many users a new one holds.
    length: usize,
    /// The one used last comes last.
    runs: VecDeque<Run>,
}

impl Default for Runs {
    fn default() -> Self {
        Self { length: LENGTH, runs: VecDeque::new() }
    }
}

/// A stretch of one search in one order.
#[derive(Debug)]
struct Run {
    search: String,
    order: Order,
    /// It begins behind this.
    behind: Option<Key>,
    numbers: Vec<u32>,
    /// Nobody comes after it.
    ends: bool,
}

/// A search over all users, of whom it looks at each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    pub(super) users: &'a Users,
    pub(super) search: &'a str,
    pub(super) wanted: &'a Wanted,
    pub(super) order: &'a Order,
    pub(super) now: i64,
}

impl Scan<'_> {
    /// The next users behind a cursor, at most so many.
    pub(super) fn next(&self, runs: &mut Runs, behind: Option<&Key>, most: usize) -> Vec<Key> {
        let others = self.users.others(self.now).filter(|(_, user)| self.wanted.fits(user));
        let mut keys = self.order.next(others, behind, most);
        let (mut found, mut from) = (0, behind.cloned());
        while found < most {
            let (run, start) = runs.at(self, from.as_ref());
            for n in run.numbers.get(start..).unwrap_or_default() {
                if found < most && !self.users.is_other(*n) {
                    keys.extend(self.key(*n));
                    found += 1;
                }
            }
            if run.ends {
                break;
            }
            from = run.numbers.last().and_then(|last| self.key(*last));
        }
        keys.sort_unstable();
        keys.truncate(most);
        keys
    }

    fn key(&self, n: u32) -> Option<Key> {
        self.users.formula.user(n).map(|user| self.order.key_of(n, &Entry::Generated(user)))
    }

    /// The generated users behind a cursor, at most so many, changed or not; and whether that is all.
    fn look(&self, behind: Option<&Key>, most: usize) -> (Vec<u32>, bool) {
        let (ranks, fits) = (Ranks::of(self.order), self.wanted.generated());
        let mut cursor = Cursor { key: behind, not_behind: None, same: None, behind: None };
        let flip = if self.order.descending { u64::MAX } else { 0 };
        let mut kept: Vec<(Rank, u32)> = Vec::new();
        let mut last: Option<(Rank, u32)> = None;
        // Ids grow with the numbers; in the order of the answer most of the others are turned away at once.
        let count = self.users.formula.count;
        let backwards = self.order.descending && self.order.attribute == Attribute::Id;
        let numbers = (0..count).map(|n| if backwards { count - 1 - n } else { n });
        for user in numbers.filter_map(|n| self.users.formula.user(n)) {
            if !fits(user) {
                continue;
            }
            let (first, n) = (ranks.first(user) ^ flip, user.n);
            if last.is_some_and(|((last, _), _)| first > last) {
                continue;
            }
            let rank = (first, ranks.second(user) ^ flip);
            if last.is_some_and(|last| (rank, n) > last) || !cursor.leaves_behind(rank, n, || self.key(n)) {
                continue;
            }
            kept.push((rank, n));
            if kept.len() == 2 * most {
                // Who comes later than this many others is not needed.
                last = Some(*kept.select_nth_unstable(most - 1).1);
                kept.truncate(most);
            }
        }
        let ends = last.is_none() && kept.len() <= most;
        kept.sort_unstable();
        kept.truncate(most);
        (kept.into_iter().map(|(_, n)| n).collect(), ends)
    }
}

impl Runs {
    /// The stretch that goes on behind a cursor, and where in it.
    fn at(&mut self, scan: &Scan<'_>, cursor: Option<&Key>) -> (&Run, usize) {
        let known = self.runs.iter().position(|run| run.holds(scan, cursor));
        let run = match known.and_then(|at| self.runs.remove(at)) {
            Some(run) => run,
            None => {
                let (numbers, ends) = scan.look(cursor, self.length);
                Run {
                    search: scan.search.to_owned(),
                    order: scan.order.clone(),
                    behind: cursor.cloned(),
                    numbers,
                    ends,
                }
            }
        };
        if self.runs.len() == KEPT {
            self.runs.pop_front();
        }
        self.runs.push_back(run);
        let run = &self.runs[self.runs.len() - 1];
        let start = run.numbers.partition_point(|n| scan.key(*n).as_ref() <= cursor);
        (run, start)
    }
}

impl Run {
    /// Whether it goes on behind a cursor.
    fn holds(&self, scan: &Scan<'_>, cursor: Option<&Key>) -> bool {
        let last = || self.numbers.last().and_then(|last| scan.key(*last));
        self.search == scan.search
            && self.order == *scan.order
            && self.behind.as_ref() <= cursor
            && (self.ends || cursor < last().as_ref())
    }
}

/// A cursor among ranks: how a rank lies to it is learnt from a text, and never asked twice.
struct Cursor<'a> {
    key: Option<&'a Key>,
    /// The highest rank that is known to lie before it, its own, and the lowest that is known to lie behind it.
    not_behind: Option<Rank>,
    same: Option<Rank>,
    behind: Option<Rank>,
}

impl Cursor<'_> {
    /// Whether this user comes after the cursor.
    fn leaves_behind(&mut self, rank: Rank, n: u32, key: impl FnOnce() -> Option<Key>) -> bool {
        let Some(cursor) = self.key else { return true };
        if self.same == Some(rank) {
            return n > cursor.number;
        }
        if self.not_behind.is_some_and(|known| rank <= known) {
            return false;
        }
        if self.behind.is_some_and(|known| rank >= known) {
            return true;
        }
        let Some(key) = key() else { return false };
        let behind = key > *cursor;
        if key.value == cursor.value {
            self.same = Some(rank);
        } else if behind {
            self.behind = Some(rank);
        } else {
            self.not_behind = Some(rank);
        }
        behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::query::Expr;
    use crate::org::generated::Formula;
    use crate::org::users::{Status, User};

    const SEARCHES: [&str; 3] =
        ["id pr", r#"status eq "ACTIVE""#, r#"profile.lastName sw "b" or lastLogin pr"#];
    const ORDERS: [&str; 6] =
        ["id", "status", "lastUpdated", "profile.login", "profile.lastName", "profile.nickName"];

    /// One random change, as calls of the API would make it.
    fn change(users: &mut Users, random: &mut fastrand::Rng, now: i64) {
        let id = users.id(random.u32(0..users.numbers()));
        let names = ["Aa", "Byron", "byron", "zz", ""];
        let alter = |user: &mut User, random: &mut fastrand::Rng| {
            user.last_updated = now;
            user.status = if random.bool() { Status::Active } else { Status::LockedOut };
            let name = names[random.usize(0..names.len())];
            user.profile.insert("lastName".to_owned(), name.into());
        };
        match random.u8(0..10) {
            0 => users.remove(&id, now),
            1 => {
                let mut user = users.formula.user(3).expect("there are more").user();
                alter(&mut user, random);
                (user.created, user.last_updated) = (now, now);
                users.add(user);
            }
            _ => {
                users.change(&id, now, |user| alter(user, random));
            }
        }
    }

    #[test]
    fn a_page_is_what_sorting_everybody_would_give_whatever_changed() {
        for seed in 1..=8 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut users = Users::new(Formula::new(seed, 300, 1_787_299_200_000));
            users.index.set_lag(if seed.is_multiple_of(2) { 2_000 } else { 0 });
            let mut runs = Runs { length: 1 + random.usize(0..60), runs: VecDeque::new() };
            let (mut now, mut cursors) = (1_787_299_200_000, [const { None }; 36]);
            for page in 0..300 {
                let which = random.usize(0..36);
                let (by, order) =
                    (ORDERS[which % 6], if (which / 6).is_multiple_of(2) { "asc" } else { "desc" });
                let order = Order::read(Some(by), Some(order)).expect("valid").expect("an order");
                let search = SEARCHES[which / 12];
                let wanted = Wanted::new(Expr::parse(search).expect("an expression"), true);
                let scan = Scan { users: &users, search, wanted: &wanted, order: &order, now };
                let most = 1 + random.usize(0..40);
                let cursor: Option<Key> = cursors[which].take();
                let found = scan.next(&mut runs, cursor.as_ref(), most);
                let all = users.indexed(0, now, false).filter(|(_, user)| wanted.fits(user));
                assert_eq!(
                    found,
                    order.next(all, cursor.as_ref(), most),
                    "seed {seed}, page {page}, {search} by {by} behind {cursor:?}"
                );
                cursors[which] = found.last().cloned();
                assert!(runs.runs.len() <= KEPT);
                now += random.i64(0..3_000);
                for _ in 0..random.u8(0..4) {
                    change(&mut users, &mut random, now);
                }
            }
        }
    }

    #[test]
    fn the_pages_of_a_stretch_look_at_the_org_once() {
        let users = Users::new(Formula::new(7, 300, 1_787_299_200_000));
        let order = Order::read(Some("lastUpdated"), None).expect("valid").expect("an order");
        let wanted = Wanted::new(Expr::parse("id pr").expect("an expression"), true);
        let scan = Scan { users: &users, search: "id pr", wanted: &wanted, order: &order, now: 0 };
        let (mut runs, mut cursor, mut found) =
            (Runs { length: 100, runs: VecDeque::new() }, None, Vec::new());
        loop {
            let page = scan.next(&mut runs, cursor.as_ref(), 10);
            let Some(last) = page.last() else { break };
            cursor = Some(last.clone());
            found.extend(page);
        }
        assert!(found.is_sorted() && found.len() == 300);
        assert_eq!(runs.runs.len(), 3);
    }
}
