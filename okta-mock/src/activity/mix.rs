//! What changes are drawn from: kinds with weights, or with exact numbers.

use serde_json::{Map, Value};

use super::Change;

/// Kinds of changes, each with its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mix {
    parts: Vec<(Change, u64)>,
    total: u64,
}

/// The most of one kind.
const MOST: u64 = 1_000_000;

impl Default for Mix {
    /// Life in a usual org.
    fn default() -> Self {
        Self::of(vec![
            (Change::SignIn, 30),
            (Change::UpdateProfile, 20),
            (Change::AddMember, 15),
            (Change::RemoveMember, 10),
            (Change::AssignApp, 8),
            (Change::UnassignApp, 5),
            (Change::CreateUser, 5),
            (Change::Suspend, 5),
            (Change::Deactivate, 2),
        ])
    }
}

impl Mix {
    fn of(parts: Vec<(Change, u64)>) -> Self {
        let total = parts.iter().map(|(_, weight)| weight).sum();
        Self { parts, total }
    }

    /// Reads `{"create_user":3,"sign_in":10}`.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let Value::Object(named) = value else { return Err(format!("mix: {value} is not an object")) };
        let part = |(name, weight): (&String, &Value)| {
            let change = Change::named(name).map_err(|wrong| format!("mix: {wrong}"))?;
            let number = weight.as_u64().filter(|number| *number <= MOST);
            Ok((change, number.ok_or_else(|| format!("mix.{name}: {weight} is not a number up to {MOST}"))?))
        };
        let mix = Self::of(named.iter().map(part).collect::<Result<_, String>>()?);
        if mix.total == 0 { Err("mix: nothing to do".into()) } else { Ok(mix) }
    }

    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// A kind by its weight.
    pub(super) fn draw(&self, draw: u64) -> Option<Change> {
        let mut place = draw % self.total.max(1);
        for (change, weight) in &self.parts {
            match place.checked_sub(*weight) {
                None => return Some(*change),
                Some(rest) => place = rest,
            }
        }
        None
    }

    /// Every change of a mix whose weights are exact numbers, the kinds in turn.
    pub(crate) fn exactly(&self) -> Vec<Change> {
        let mut parts = self.parts.clone();
        let mut changes = Vec::new();
        while parts.iter().any(|(_, left)| *left > 0) {
            for (change, left) in parts.iter_mut().filter(|(_, left)| *left > 0) {
                *left -= 1;
                changes.push(*change);
            }
        }
        changes
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn show(&self) -> Map<String, Value> {
        self.parts.iter().map(|(change, weight)| (change.name().to_owned(), (*weight).into())).collect()
    }
}
