//! The part of the log that a snapshot holds: what was written since the start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Log, order, split};
use crate::org::event::Record;
use crate::org::lateness::Delays;

/// What was written since the start: what a snapshot holds of the log.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Written {
    /// In order of position.
    pub(crate) records: Vec<Arc<Record>>,
    /// Those of them that hooks and streams are still to get, by position.
    to_come: BTreeSet<u64>,
    hidden: BTreeMap<String, Option<i64>>,
    delays: Delays,
}

impl Log {
    /// What a snapshot holds of the log.
    pub(crate) fn written(&self) -> Written {
        // The history follows from the seed, the orders from the records; nothing is fresh between two calls.
        let Self { history: _, records, by_published: _, by_uuid: _, hidden, delays, fresh: _, to_come } =
            self;
        Written {
            records: records.clone(),
            to_come: to_come.keys().copied().collect(),
            hidden: hidden.clone(),
            delays: delays.clone(),
        }
    }

    /// Puts this in the place of what was written. It must have been checked.
    pub(crate) fn rewrite(&mut self, Written { records, to_come, hidden, delays }: Written) {
        self.by_published = records.clone();
        self.by_published.sort_by_key(|record| order(record));
        self.by_uuid.clear();
        records.iter().for_each(|record| self.name(record));
        let later = |record: &&Arc<Record>| to_come.contains(&record.position);
        self.to_come =
            records.iter().filter(later).map(|record| (record.position, Arc::clone(record))).collect();
        self.fresh.clear();
        (self.records, self.hidden, self.delays) = (records, hidden, delays);
    }

    /// What is wrong with the first record that could not stand where it does, or is to come and is not there.
    pub(crate) fn check(&self, Written { records, to_come, .. }: &Written) -> Result<(), String> {
        let mut later = to_come.iter();
        let there = |position: &u64| records.binary_search_by_key(position, |record| record.position).is_ok();
        if let Some(position) = later.find(|position| !there(position)) {
            return Err(format!("to_come: there is no record {position}"));
        }
        for (n, record) in records.iter().enumerate() {
            let position = record.position;
            let k = position.checked_sub(1).map(|before| self.history.first_behind(before));
            let taken = k.is_some_and(|k| k < self.history.len() && self.history.position(k) == position);
            let behind = n == 0 || records[n - 1].position < position;
            if taken || !behind || split(position).0 != record.persisted {
                return Err(format!(
                    "records[{n}].position: {position} is taken, out of order, or not of its time"
                ));
            }
        }
        Ok(())
    }
}
