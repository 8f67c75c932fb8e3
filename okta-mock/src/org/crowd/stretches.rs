//! Sets of places, kept as stretches: whoever looks for a place that is not in one steps over many at once.

use std::collections::BTreeMap;

/// Places, by the stretches `[from, to)` that they make.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretches(BTreeMap<u32, u32>);

impl Stretches {
    pub(super) fn insert(&mut self, place: u32) {
        if self.end(place) > place {
            return;
        }
        let before = self.0.range(..place).next_back().filter(|(_, to)| **to == place);
        let from = before.map_or(place, |(from, _)| *from);
        let to = self.0.remove(&(place + 1)).unwrap_or(place + 1);
        self.0.insert(from, to);
    }

    pub(super) fn remove(&mut self, place: u32) {
        let Some((from, to)) = self.around(place) else { return };
        self.0.remove(&from);
        if from < place {
            self.0.insert(from, place);
        }
        if place + 1 < to {
            self.0.insert(place + 1, to);
        }
    }

    /// The first place at or behind this one that is in no stretch.
    pub(super) fn end(&self, place: u32) -> u32 {
        self.around(place).map_or(place, |(_, to)| to)
    }

    fn around(&self, place: u32) -> Option<(u32, u32)> {
        self.0.range(..=place).next_back().filter(|(_, to)| **to > place).map(|(from, to)| (*from, *to))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn stretches_hold_what_a_set_would() {
        let (mut stretches, mut set) = (Stretches::default(), BTreeSet::new());
        let mut random = fastrand::Rng::with_seed(7);
        for step in 0..5_000 {
            let place = random.u32(0..60);
            // Mostly full for a while, then mostly empty.
            if random.u32(0..10) < if step / 500 % 2 == 0 { 8 } else { 2 } {
                stretches.insert(place);
                set.insert(place);
            } else {
                stretches.remove(place);
                set.remove(&place);
            }
            for place in 0..60 {
                let free = (place..).find(|place| !set.contains(place)).expect("the set ends");
                assert_eq!(stretches.end(place), free);
            }
            assert!(stretches.0.len() <= 30, "neighbours are one stretch");
        }
    }
}
