//! A checker for what Okta's OpenAPI document uses of JSON Schema: enough for its responses, and strict in that.
//!
//! Members that are `null` are left out before a value is checked: the document hardly ever says `nullable`, and recorded
//! answers of Okta's fail it without that.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use regex::Regex;
use serde_json::{Map, Value};

/// The document.
pub(crate) struct Document(Value, RefCell<HashMap<String, Regex>>);

/// Where a value breaks its schema: a path such as `[].profile.login`, the rule, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    pub(crate) pointer: String,
    pub(crate) rule: &'static str,
    pub(crate) found: String,
}

type Violations = BTreeSet<Violation>;

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("the fixture is JSON"), RefCell::default())
    }

    /// The schema of an answer; `None` if the document describes the answer and says it has no body.
    ///
    /// # Panics
    /// If the document does not know the operation or the status.
    pub(crate) fn response(&self, method: &str, template: &str, status: u16) -> Option<&Value> {
        let operation = &self.0["paths"][template][method.to_lowercase()];
        assert!(operation.is_object(), "the document has no {method} {template}");
        let response = self.resolve(&operation["responses"][status.to_string()]);
        assert!(response.is_object(), "{method} {template} cannot answer {status}");
        response["content"].as_object()?.values().next().map(|content| &content["schema"])
    }

    /// Whether the document has this operation.
    pub(crate) fn knows(&self, method: &str, template: &str) -> bool {
        self.0["paths"][template][method.to_lowercase()].is_object()
    }

    /// The schema of the one success that an operation documents.
    pub(crate) fn success(&self, method: &str, template: &str) -> Option<&Value> {
        let responses = self.0["paths"][template][method.to_lowercase()]["responses"].as_object()?;
        let (_, response) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
        self.resolve(response)["content"].as_object()?.values().next().map(|content| &content["schema"])
    }

    /// The schema of every refusal.
    pub(crate) fn refusal(&self) -> &Value {
        &self.0["components"]["schemas"]["Error"]
    }

    /// Everything in which `value` breaks `schema`.
    pub(crate) fn check(&self, schema: &Value, value: &Value) -> Violations {
        let mut violations = Violations::new();
        self.walk(schema, &without_nulls(value), "", true, &mut violations);
        violations
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.resolve(self.target(reference)),
            None => schema,
        }
    }

    fn target(&self, reference: &str) -> &Value {
        self.0.pointer(reference.trim_start_matches('#')).expect("the document's references lead somewhere")
    }

    /// `discriminate` is off for the base that a chosen branch includes, which would choose the same branch again.
    fn walk(&self, schema: &Value, value: &Value, at: &str, discriminate: bool, out: &mut Violations) {
        let schema = self.resolve(schema);
        if discriminate && let Some(branch) = self.branch(schema, value) {
            return self.walk(branch, value, at, false, out);
        }
        for part in list(&schema["allOf"]) {
            self.walk(part, value, at, false, out);
        }
        for rule in ["oneOf", "anyOf"] {
            let parts = list(&schema[rule]);
            let fits = |part: &Value| {
                let mut inner = Violations::new();
                self.walk(part, value, at, true, &mut inner);
                inner.is_empty()
            };
            if !parts.is_empty() && !parts.iter().any(fits) {
                report(out, at, "anyOf", "no alternative of the union matched");
            }
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            report(out, at, "enum", &value.to_string());
        }
        if let Some(expected) = schema["type"].as_str()
            && !has_type(value, expected)
        {
            return report(out, at, "type", &format!("{value} is no {expected}"));
        }
        match value {
            Value::Object(members) => self.walk_object(schema, members, at, out),
            Value::Array(items) => {
                bounded(schema, "minItems", "maxItems", items.len(), at, out);
                for item in items {
                    self.walk(&schema["items"], item, &format!("{at}[]"), true, out);
                }
            }
            Value::String(text) => self.walk_text(schema, text, at, out),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                let low = schema["minimum"].as_f64().is_some_and(|least| number < least);
                let high = schema["maximum"].as_f64().is_some_and(|most| number > most);
                if low || high {
                    report(out, at, "range", &number.to_string());
                }
            }
            _ => {}
        }
    }

    fn walk_object(&self, schema: &Value, members: &Map<String, Value>, at: &str, out: &mut Violations) {
        for name in list(&schema["required"]).iter().filter_map(Value::as_str) {
            let never_shown = self.resolve(&schema["properties"][name])["writeOnly"] == true;
            if !members.contains_key(name) && !never_shown {
                report(out, at, "required", name);
            }
        }
        for (name, member) in members {
            let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => report(out, &at, "additionalProperties", "unknown"),
                (Value::Null, Value::Object(_)) => {
                    self.walk(&schema["additionalProperties"], member, &at, true, out);
                }
                (Value::Null, _) => {}
                (property, _) if self.resolve(property)["writeOnly"] == true => {
                    report(out, &at, "writeOnly", "shown");
                }
                (property, _) => self.walk(property, member, &at, true, out),
            }
        }
    }

    fn walk_text(&self, schema: &Value, text: &str, at: &str, out: &mut Violations) {
        bounded(schema, "minLength", "maxLength", text.chars().count(), at, out);
        if let Some(pattern) = schema["pattern"].as_str() {
            let mut compiled = self.1.borrow_mut();
            let pattern = compiled
                .entry(pattern.to_owned())
                .or_insert_with(|| Regex::new(pattern).expect("the document's patterns are patterns"));
            if !pattern.is_match(text) {
                report(out, at, "pattern", text);
            }
        }
        let formed = match schema["format"].as_str() {
            Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
            Some("uri") => text.contains(':'),
            Some("email") => text.contains('@'),
            _ => true,
        };
        if !formed {
            report(out, at, "format", text);
        }
    }

    /// The branch that the value's discriminator names; none if there is no discriminator or it names an unknown branch,
    /// which clients have to tolerate as well.
    fn branch<'a>(&'a self, schema: &'a Value, value: &Value) -> Option<&'a Value> {
        let discriminator = &schema["discriminator"];
        let name = value[discriminator["propertyName"].as_str()?].as_str()?;
        Some(self.target(discriminator["mapping"][name].as_str()?))
    }
}

fn bounded(schema: &Value, least: &str, most: &str, size: usize, at: &str, out: &mut Violations) {
    let size = size as u64;
    let small = schema[least].as_u64().is_some_and(|least| size < least);
    let large = schema[most].as_u64().is_some_and(|most| size > most);
    if small || large {
        report(out, at, "size", &size.to_string());
    }
}

fn report(out: &mut Violations, at: &str, rule: &'static str, found: &str) {
    out.insert(Violation { pointer: at.to_owned(), rule, found: found.chars().take(80).collect() });
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn has_type(value: &Value, expected: &str) -> bool {
    match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.is_null());
            Value::Object(kept.map(|(name, member)| (name.clone(), without_nulls(member))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
