//! Who is in a group or assigned to an app: a shuffle's first few by formula, and what changed since.
//!
//! Listing goes by the shuffle, then by user for those who joined later, so each user has one fixed place and a user is
//! a cursor. Costs nothing until somebody joins or leaves.

mod stretches;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use self::stretches::Stretches;
use super::generated;
use super::permutation::Permutation;

/// Users with a `T` each. Users are named by number.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(
    into = "Changes<T>",
    from = "Changes<T>",
    bound = "T: Clone + serde::Serialize + serde::de::DeserializeOwned"
)]
pub(crate) struct Crowd<T> {
    /// The shuffle of all generated users, and how many of its first are in.
    formula: Option<(Permutation, u32)>,
    /// Who joined, and who of the formula left.
    changes: BTreeMap<u32, Option<T>>,
    /// The places of those who left.
    left: Stretches,
}

/// What a snapshot holds of a crowd: the formula follows from the seed.
#[derive(serde::Serialize, serde::Deserialize)]
struct Changes<T> {
    joined: BTreeMap<u32, T>,
    left: BTreeSet<u32>,
}

impl<T> From<Crowd<T>> for Changes<T> {
    fn from(crowd: Crowd<T>) -> Self {
        let (mut joined, mut left) = (BTreeMap::new(), BTreeSet::new());
        for (user, row) in crowd.changes {
            match row {
                Some(row) => drop(joined.insert(user, row)),
                None => drop(left.insert(user)),
            }
        }
        Self { joined, left }
    }
}

impl<T> From<Changes<T>> for Crowd<T> {
    fn from(Changes { joined, left }: Changes<T>) -> Self {
        let joined = joined.into_iter().map(|(user, row)| (user, Some(row)));
        let changes = joined.chain(left.into_iter().map(|user| (user, None))).collect();
        Self { changes, ..Self::empty() }
    }
}

/// A member, with what is known of the membership: `None` for those who are in by formula.
pub(crate) type Member<'a, T> = (u32, Option<&'a T>);

impl<T> Crowd<T> {
    /// Nobody.
    pub(crate) fn empty() -> Self {
        Self { formula: None, changes: BTreeMap::new(), left: Stretches::default() }
    }

    /// `size` of `users` generated users. Those who are deactivated from the start are not in, so it may be fewer.
    pub(crate) fn generated(users: u32, size: u32, key: u64) -> Self {
        let formula = (users > 0).then(|| (Permutation::new(users, key), size.min(users)));
        Self { formula, ..Self::empty() }
    }

    /// These changes over the formula of another crowd: what a snapshot leaves out.
    pub(crate) fn settle_in(&mut self, fresh: &Self) {
        self.formula = fresh.formula;
        self.left = Stretches::default();
        for user in self.changes.iter().filter(|(_, row)| row.is_none()).map(|(user, _)| *user) {
            if let Some(place) = self.place(user) {
                self.left.insert(place);
            }
        }
    }

    /// The membership of a user.
    pub(crate) fn get(&self, user: u32) -> Option<Member<'_, T>> {
        match self.changes.get(&user) {
            Some(changed) => changed.as_ref().map(|row| (user, Some(row))),
            None => self.place(user).map(|_| (user, None)),
        }
    }

    /// What is known of a membership, to be changed; nothing where it is by formula.
    pub(crate) fn get_mut(&mut self, user: u32) -> Option<&mut T> {
        self.changes.get_mut(&user)?.as_mut()
    }

    pub(crate) fn contains(&self, user: u32) -> bool {
        self.get(user).is_some()
    }

    /// Whether this made a difference.
    pub(crate) fn insert(&mut self, user: u32, row: T) -> bool {
        let joins = !self.contains(user);
        if joins {
            self.changes.insert(user, Some(row));
            if let Some(place) = self.place(user) {
                self.left.remove(place);
            }
        }
        joins
    }

    /// Whether this made a difference.
    pub(crate) fn remove(&mut self, user: u32) -> bool {
        let leaves = self.contains(user);
        match self.place(user).filter(|_| leaves) {
            Some(place) => {
                self.changes.insert(user, None);
                self.left.insert(place);
            }
            None if leaves => drop(self.changes.remove(&user)),
            None => {}
        }
        leaves
    }

    /// Everybody behind a user, or everybody.
    pub(crate) fn after(&self, cursor: Option<u32>) -> impl Iterator<Item = Member<'_, T>> {
        let place = cursor.and_then(|user| self.place(user));
        let (from, late) = match (cursor, place) {
            (Some(user), None) => (u32::MAX, Bound::Excluded(user)),
            (_, place) => (place.map_or(0, |place| place + 1), Bound::Unbounded),
        };
        let by_formula = self.formula.into_iter().flat_map(move |(shuffle, size)| {
            (from..size).map(move |place| shuffle.forward(place)).filter(|user| generated::joins(*user))
        });
        let late = self.changes.range((late, Bound::Unbounded));
        let late = late.filter(|(user, _)| self.place(**user).is_none());
        by_formula
            .filter_map(|user| self.get(user))
            .chain(late.filter_map(|(user, row)| row.as_ref().map(|row| (*user, Some(row)))))
    }

    /// The greatest number of a user that a change is about.
    pub(crate) fn named(&self) -> Option<u32> {
        self.changes.keys().next_back().copied()
    }

    /// Those who are in with something known of them.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (u32, &T)> {
        self.changes.iter().filter_map(|(user, row)| row.as_ref().map(|row| (*user, row)))
    }

    /// Somebody who is in, drawn by a number.
    pub(crate) fn draw(&self, draw: u64) -> Option<u32> {
        let by_formula = self.formula.and_then(|(shuffle, size)| {
            let start = u32::try_from(draw % u64::from(size.max(1))).unwrap_or(0);
            self.first(shuffle, start..size).or_else(|| self.first(shuffle, 0..start))
        });
        by_formula.or_else(|| self.changed().map(|(user, _)| user).next())
    }

    /// The first of these places of the formula whose user is in.
    fn first(&self, shuffle: Permutation, places: Range<u32>) -> Option<u32> {
        let mut place = places.start;
        loop {
            place = self.left.end(place);
            if place >= places.end {
                return None;
            }
            let user = shuffle.forward(place);
            if generated::joins(user) {
                return Some(user);
            }
            place += 1;
        }
    }

    /// Where the formula has a user.
    fn place(&self, user: u32) -> Option<u32> {
        let (shuffle, size) = self.formula?;
        // Users beyond the generated ones are not part of the shuffle.
        if user >= shuffle.len() || !generated::joins(user) {
            return None;
        }
        Some(shuffle.inverse(user)).filter(|place| *place < size)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn everybody(crowd: &Crowd<u8>) -> Vec<u32> {
        crowd.after(None).map(|(user, _)| user).collect()
    }

    #[test]
    fn membership_and_listing_agree_whatever_changes() {
        let mut crowd = Crowd::generated(500, 120, 5);
        let mut naive: BTreeSet<u32> = everybody(&crowd).into_iter().collect();
        assert!(naive.len() > 100 && naive.len() <= 120);
        for n in 0..2_000_u32 {
            let user = n.wrapping_mul(7_919) % 600;
            if n % 3 == 0 {
                assert_eq!(crowd.insert(user, 1), naive.insert(user));
            } else {
                assert_eq!(crowd.remove(user), naive.remove(&user));
            }
            assert_eq!(crowd.contains(user), naive.contains(&user));
        }
        let listed = everybody(&crowd);
        assert_eq!(listed.len(), naive.len());
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), naive);
        for (at, user) in listed.iter().enumerate() {
            let rest: Vec<u32> = crowd.after(Some(*user)).map(|(user, _)| user).collect();
            assert_eq!(rest, listed[at + 1..], "a user is a cursor");
        }
    }

    #[test]
    fn whoever_is_drawn_is_in() {
        let mut crowd = Crowd::generated(500, 120, 5);
        crowd.insert(700, 1);
        let drawn = |crowd: &Crowd<u8>| (0..500).filter_map(|draw| crowd.draw(draw)).collect::<BTreeSet<_>>();
        assert!(drawn(&crowd).len() > 100 && drawn(&crowd).iter().all(|user| crowd.contains(*user)));
        for user in everybody(&crowd).into_iter().filter(|user| *user != 700) {
            crowd.remove(user);
        }
        assert_eq!(drawn(&crowd).into_iter().collect::<Vec<_>>(), [700]);
        crowd.remove(700);
        assert_eq!(crowd.draw(3), None);
    }

    #[test]
    fn who_left_is_still_a_cursor() {
        let mut crowd = Crowd::<u8>::generated(500, 120, 5);
        let listed = everybody(&crowd);
        crowd.remove(listed[10]);
        assert_eq!(crowd.after(Some(listed[10])).map(|(user, _)| user).next(), Some(listed[11]));
    }
}
