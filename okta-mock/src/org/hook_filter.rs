//! An Event Hook's filter: which events of a type it wants. The documented form of Okta's expressions and no more.
//!
//! `event.target.?[type eq 'UserGroup'].size()>0 && event.target.?[displayName eq 'Sales'].size()>0`. Conditions are
//! joined by `&&`, and groups of them by `||`. Source: Okta, "Add a filter to an event hook" (Early Access).

use serde_json::Value;

/// One entry of `eventFilterMap`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct HookFilter {
    pub(crate) event_type: String,
    /// As it was given.
    pub(crate) expression: String,
    /// Any of these, all of whose conditions hold.
    any: Vec<Vec<Condition>>,
}

/// `event.target.?[FIELD eq 'VALUE'].size()>0`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Condition {
    field: String,
    equal: bool,
    value: String,
    /// Whether such a target has to be there, or must not be.
    present: bool,
}

impl HookFilter {
    /// Reads an expression; the error says what is wrong with it.
    pub(crate) fn parse(event_type: &str, expression: &str) -> Result<Self, String> {
        let any = split(expression, "||")
            .into_iter()
            .map(|all| split(all, "&&").into_iter().map(Condition::parse).collect())
            .collect::<Result<_, _>>()?;
        Ok(Self { event_type: event_type.to_owned(), expression: expression.to_owned(), any })
    }

    /// Whether the event, in the System Log's spelling, passes.
    pub(crate) fn passes(&self, event: &Value) -> bool {
        let targets = event.get("target").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        self.any.iter().any(|all| all.iter().all(|condition| condition.holds(targets)))
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{:?} is not a condition like event.target.?[type eq 'UserGroup'].size()>0", text.trim())
        };
        let rest = text.trim().strip_prefix("event.target.?[").ok_or_else(wrong)?;
        let (inside, size) = rest.rsplit_once(']').ok_or_else(wrong)?;
        let size: String = size.chars().filter(|c| !c.is_whitespace()).collect();
        let present = match size.as_str() {
            ".size()>0" | ".size()!=0" | ".size()>=1" => true,
            ".size()==0" | ".size()<1" => false,
            _ => return Err(wrong()),
        };
        let (field, rest) = inside.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
        let (operator, value) = rest.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
        let equal = match operator {
            "eq" | "==" => true,
            "ne" | "!=" => false,
            _ => return Err(wrong()),
        };
        if !["id", "type", "alternateId", "displayName"].contains(&field) {
            return Err(wrong());
        }
        let value = value.trim();
        let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = quoted('\'').or_else(|| quoted('"')).ok_or_else(wrong)?;
        Ok(Self { field: field.to_owned(), equal, value: value.to_owned(), present })
    }

    fn holds(&self, targets: &[Value]) -> bool {
        let found = targets.iter().any(|target| {
            (target.get(&self.field).and_then(Value::as_str) == Some(&self.value)) == self.equal
        });
        found == self.present
    }
}

/// Splits at `at`, but not inside quotes.
fn split<'a>(text: &'a str, at: &str) -> Vec<&'a str> {
    let (mut parts, mut from, mut quote) = (Vec::new(), 0, None);
    for (here, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, _) if here >= from && text[here..].starts_with(at) => {
                parts.push(&text[from..here]);
                from = here + at.len();
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_form_is_understood() {
        let event =
            json!({ "target": [{ "type": "User" }, { "type": "UserGroup", "displayName": "Sales && co" }] });
        for (expression, passes) in [
            ("event.target.?[type eq 'UserGroup'].size()>0", true),
            ("event.target.?[type eq 'AppInstance'].size() > 0", false),
            ("event.target.?[type eq 'AppInstance'].size()==0", true),
            (
                "event.target.?[type eq 'UserGroup'].size()>0 && event.target.?[displayName eq 'Sales && co'].size()>0",
                true,
            ),
            ("event.target.?[type eq 'X'].size()>0 || event.target.?[type == \"User\"].size()>0", true),
            ("event.target.?[id ne 'X'].size()>0", true),
        ] {
            let filter = HookFilter::parse("group.user_membership.add", expression).expect("an expression");
            assert_eq!(filter.passes(&event), passes, "{expression}");
        }
        assert!(
            HookFilter::parse("t", "event.target.?[id eq 'X'].size()==0").expect("one").passes(&Value::Null)
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "true",
            "event.outcome.result eq 'SUCCESS'",
            "event.target.?[type eq 'User'].size()",
            "event.target.?[type eq User].size()>0",
            "event.target.?[type like 'User'].size()>0",
            "event.target.?[secret eq 'User'].size()>0",
            "event.target.?[type eq 'User'].size()>0 &&",
            "é||&&'",
        ] {
            assert!(HookFilter::parse("t", wrong).is_err(), "{wrong}");
        }
    }
}
