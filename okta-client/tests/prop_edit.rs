//! An edit does what it says and touches nothing else, whatever the document.

use okta_client::{Edit, Raw};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Documents with awkward names, and blanks between their tokens as some servers write them.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(names(), value, 0..5)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["profile", "a/b", "~", "~1", "", "0", "\"", "id"]).prop_map(str::to_owned),
        ".{0,3}"
    ]
}

fn pointers() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(names(), 1..4)
}

fn pointer(steps: &[String]) -> String {
    steps.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}

/// The obvious way, on a copy. `None` where there is no place for it.
fn put(here: &mut Value, steps: &[String], new: &Value) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        *here = new.clone();
        return Some(());
    };
    if here.is_null() {
        *here = Value::Object(Map::new());
    }
    match here {
        Value::Object(members) => put(members.entry(step.clone()).or_insert(Value::Null), rest, new),
        Value::Array(items) => put(items.get_mut(step.parse::<usize>().ok()?)?, rest, new),
        _ => None,
    }
}

fn take(here: &mut Value, steps: &[String]) {
    let Some((step, rest)) = steps.split_first() else { return };
    match here {
        Value::Object(members) if rest.is_empty() => drop(members.remove(step)),
        Value::Object(members) => members.get_mut(step).into_iter().for_each(|inner| take(inner, rest)),
        Value::Array(items) => match step.parse::<usize>().ok().filter(|index| *index < items.len()) {
            Some(index) if rest.is_empty() => drop(items.remove(index)),
            Some(index) => take(&mut items[index], rest),
            None => {}
        },
        _ => {}
    }
}

fn sent(edit: &Edit) -> Option<Value> {
    serde_json::to_value(edit).ok()
}

proptest! {
    #[test]
    fn an_edit_does_what_it_says(document in documents(), steps in pointers(), new in documents()) {
        let raw = Raw::<Value>::parse(serde_json::to_vec_pretty(&document).expect("JSON")).expect("a document");
        let mut expected = document.clone();
        let expected = put(&mut expected, &steps, &new).map(|()| expected);
        prop_assert_eq!(sent(&raw.edit().set(&pointer(&steps), &new)), expected);
        let mut expected = document;
        take(&mut expected, &steps);
        prop_assert_eq!(sent(&raw.edit().remove(&pointer(&steps))), Some(expected));
    }

    #[test]
    fn what_an_edit_does_not_touch_stays_as_text(document in documents(), name in "[a-z]{12}") {
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        let raw = Raw::<Value>::parse(text.clone()).expect("a document");
        prop_assert_eq!(serde_json::to_string(&raw.edit()).expect("JSON"), text);
        let edit = raw.edit().set(&format!("/{name}"), 1);
        let edited = serde_json::to_string(&edit).expect("JSON");
        for value in document.as_object().expect("an object").values() {
            let indented = serde_json::to_string_pretty(value).expect("JSON").replace('\n', "\n  ");
            prop_assert!(edited.contains(&indented), "{} in {}", indented, edited);
        }
        prop_assert_eq!(sent(&edit.remove(&format!("/{name}"))), Some(document));
    }
}
