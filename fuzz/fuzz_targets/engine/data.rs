//! Choices drawn from the fuzzer's bytes. When they run out, more is drawn from what they were, so that the shortest
//! input, too, makes a whole life.

use serde_json::{Map, Value, json};

pub(crate) struct Data<'a> {
    bytes: &'a [u8],
    more: u64,
}

/// Words that some part of the mock reads, so that drawn texts are not all noise.
const WORDS: &[&str] = &[
    "id",
    "login",
    "email",
    "status",
    "ACTIVE",
    "profile",
    "name",
    "type",
    "value",
    "department",
    "a@b.c",
    "lastUpdated",
    "00g",
    "\"",
    "\\",
    "'",
    "é",
    "🦀",
    "\u{0}",
    "\n",
    " ",
    "",
    "%",
    "..",
    "/",
    "_",
    "+",
    "&",
    "eq",
    "null",
    "-1",
    "0",
    "2026-08-21T08:00:00.000Z",
    "9999-12-31T23:59:59Z",
    "1787299200000_1",
    "user.session.start",
    "E0000001",
    "0s",
    "90s",
];

const NAMES: &[&str] = &[
    "profile",
    "login",
    "email",
    "firstName",
    "credentials",
    "password",
    "value",
    "name",
    "description",
    "id",
    "scope",
    "type",
    "conditions",
    "expression",
    "people",
    "users",
    "groups",
    "actions",
    "assignUserToGroups",
    "groupIds",
    "events",
    "items",
    "filter",
    "eventFilterMap",
    "event",
    "condition",
    "channel",
    "config",
    "uri",
    "headers",
    "key",
    "authScheme",
    "settings",
    "accountId",
    "region",
    "label",
    "signOnMode",
    "priority",
    "eventType",
    "published",
    "persisted",
    "visible_at",
    "uuid",
    "target",
    "outcome",
    "on",
    "match",
    "when",
    "do",
    "nth",
    "times",
    "every",
    "rate",
    "by",
    "now",
    "bucket",
    "limit",
    "remaining",
    "buckets",
    "window",
    "mode",
    "keep",
    "version",
];

impl<'a> Data<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let more =
            bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte));
        Self { bytes, more }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        if let Some((first, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            return *first;
        }
        self.more = self.more.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.more >> 56) as u8
    }

    /// Once in so many times.
    pub(crate) fn rarely(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        let wide = if most > 256 { usize::from(self.byte()) << 8 } else { 0 };
        (wide | usize::from(self.byte())) % most.max(1)
    }

    pub(crate) fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        &from[self.below(from.len())]
    }

    pub(crate) fn number(&mut self) -> i64 {
        let eight = i64::from_be_bytes(std::array::from_fn(|_| if self.rarely(3) { self.byte() } else { 0 }));
        *self.pick(&[0, 1, -1, 2, 100, 201, eight, eight, i64::MAX, i64::MIN, 1 << 53, 1_787_299_200_000])
    }

    pub(crate) fn text(&mut self) -> String {
        match self.byte() % 4 {
            0 => (*self.pick(WORDS)).to_owned(),
            1 => (0..self.below(4)).map(|_| *self.pick(WORDS)).collect(),
            2 => (0..self.below(12)).map(|_| char::from(self.byte())).collect(),
            _ => self.number().to_string(),
        }
    }

    /// Any JSON, mostly of members that something reads.
    pub(crate) fn json(&mut self, depth: u8) -> Value {
        match self.byte() % if depth == 0 { 6 } else { 9 } {
            0 => Value::Null,
            1 => json!(self.rarely(2)),
            2 => json!(self.number()),
            3 => json!(f64::from(self.byte()) / 7.0),
            4 | 5 => Value::String(self.text()),
            6 => (0..self.below(4)).map(|_| self.json(depth - 1)).collect(),
            _ => {
                let members =
                    (0..self.below(5)).map(|_| ((*self.pick(NAMES)).to_owned(), self.json(depth - 1)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// Changes one place of a document, or takes it away.
    pub(crate) fn spoil(&mut self, value: &mut Value) {
        let here = self.rarely(8);
        match value {
            Value::Array(items) if !items.is_empty() && !here => {
                let at = self.below(items.len());
                if self.rarely(12) { drop(items.remove(at)) } else { self.spoil(&mut items[at]) }
            }
            Value::Object(members) if !members.is_empty() && !here => {
                let at = self.below(members.len());
                let Some(name) = members.keys().nth(at).cloned() else { return };
                if self.rarely(12) {
                    drop(members.remove(&name));
                } else if let Some(value) = members.get_mut(&name) {
                    self.spoil(value);
                }
            }
            // A million groups are within what is allowed, and take their time.
            Value::Number(number)
                if number.as_u64().is_some_and(|number| number < 1_000) && self.rarely(2) =>
            {
                *value = json!(self.byte());
            }
            _ => *value = self.json(3),
        }
    }
}
