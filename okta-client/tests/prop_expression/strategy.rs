//! Expressions at random, over users that are made to be mistaken.

use proptest::prelude::*;
use serde_json::Value;

use super::tree::{Tree, text};

/// Departments that try to be more than text.
pub(crate) const DEPARTMENTS: [&str; 9] = [
    "Engines",
    "engines of war",
    "R&D \"blue\"",
    "back\\slash",
    "\\\" or id pr or profile.login eq \"",
    "x\" or id pr or \"",
    "100%25 +1&limit=1#?",
    "Zürich (or) not",
    "line\nand tab\t",
];

pub(crate) fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "profile.department",
        "profile.lastName",
        "profile.level",
        "profile.remote",
        "status",
    ])
    .prop_map(str::to_owned)
}

pub(crate) fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(DEPARTMENTS.as_slice()).prop_map(Value::from),
        2 => ".{0,6}".prop_map(Value::from),
        1 => "[\"\\\\ a()]{0,5}".prop_map(Value::from),
        1 => prop::sample::select(vec!["ACTIVE", "STAGED", "Byron", ""]).prop_map(Value::from),
        1 => (-2_i64..6).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

pub(crate) fn trees(operators: &'static [&'static str], negated: bool) -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => names().prop_map(Tree::Present),
        6 => (names(), prop::sample::select(operators), values()).prop_map(|(name, operator, value)| {
            let texts = ["sw", "ew", "co"].contains(&operator);
            let value = if texts { Value::String(text(&value)) } else { value };
            Tree::Compare(name, operator, value)
        }),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let pair = (inner.clone(), inner.clone());
        let two = prop_oneof![
            pair.clone().prop_map(|(left, right)| Tree::all(left, right)),
            pair.prop_map(|(left, right)| Tree::any(left, right)),
        ];
        match negated {
            true => prop_oneof![3 => two, 1 => inner.prop_map(|tree| Tree::Not(Box::new(tree)))].boxed(),
            false => two.boxed(),
        }
    })
}

/// Of what the filter of users knows: equality, and an order for times.
pub(crate) fn filter_trees() -> impl Strategy<Value = Tree> {
    let value = prop_oneof![
        2 => prop::sample::select(vec!["ACTIVE", "active", "STAGED", "Byron", "byron", "user3@example.com"]).prop_map(Value::from),
        1 => values().prop_map(|value| text(&value).into()),
    ];
    let text = (prop::sample::select(vec!["status", "profile.login", "profile.lastName"]), value)
        .prop_map(|(name, value)| Tree::Compare(name.to_owned(), "eq", value));
    let times = vec!["2026-08-21T08:00:09.000Z", "2026-08-21T08:00:10.000Z", "2026-08-21T08:00:11.000Z"];
    let time = (prop::sample::select(vec!["gt", "le"]), prop::sample::select(times))
        .prop_map(|(operator, time)| Tree::Compare("lastUpdated".to_owned(), operator, time.into()));
    prop_oneof![3 => text, 1 => time].prop_recursive(3, 16, 3, |inner| {
        let pair = (inner.clone(), inner);
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Tree::all(left, right)),
            pair.prop_map(|(left, right)| Tree::any(left, right)),
        ]
    })
}

pub(crate) const SEARCH_OPERATORS: &[&str] = &["eq", "gt", "ge", "lt", "le", "sw"];
pub(crate) const LOG_OPERATORS: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co"];
