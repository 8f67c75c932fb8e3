//! A fake whose every answer is held to the document.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use okta_mock::OktaMock;
use serde_json::Value;

use crate::asking::{Answer, ask};
use crate::schema::{Document, Violation};

pub(crate) const DOCUMENT: &str = include_str!("../../../fixtures/okta/openapi-responses.json");
const DIVERGENCES: &str = include_str!("../../../fixtures/okta/spec-divergences.json");

/// Where the document is known to be wrong, beside what was recorded: Okta's own examples write the types of an
/// authenticator constraint in lower case, which its enum does not have; its pattern of an event source's name allows
/// one character (`API.md §10`).
const MISTAKES: [(&str, &str); 2] = [
    ("actions.appSignOn.verificationMethod.constraints[].knowledge.types[]", "enum"),
    ("settings.eventSourceName", "pattern"),
];

/// Bodies that the document does not have and `API.md` does: `§8.1` `{}` of lifecycle calls, as its recorded kin.
const EMPTY_OBJECTS: [&str; 1] = ["POST /api/v1/users/{id}/lifecycle/unlock"];

/// Calls a fake and holds every answer to the document.
pub(crate) struct Checked {
    pub(crate) okta: OktaMock,
    document: Document,
    divergences: BTreeSet<(String, String)>,
    /// What recorded answers have otherwise: by method, template and status.
    statuses: BTreeMap<(String, String, u64), String>,
    /// What did not fit, with the first answer of the kind.
    wrong: RefCell<BTreeMap<String, String>>,
    /// Operations that answered 2xx, as `/_mock/coverage` writes them.
    pub(crate) succeeded: RefCell<BTreeSet<String>>,
}

impl Checked {
    pub(crate) fn new(okta: OktaMock) -> Self {
        let listed: Value = serde_json::from_str(DIVERGENCES).expect("the fixture is JSON");
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let bodies = listed["body_divergences"].as_array().expect("a list");
        let divergences = bodies.iter().map(|row| (text(row, "pointer"), text(row, "rule"))).collect();
        let statuses = listed["status_divergences"].as_array().expect("a list");
        let statuses = statuses
            .iter()
            .map(|row| {
                let status = row["status"].as_u64().unwrap_or_default();
                ((text(row, "method"), text(row, "path"), status), text(row, "kind"))
            })
            .collect();
        let document = Document::parse(DOCUMENT);
        Self {
            okta,
            document,
            divergences,
            statuses,
            wrong: RefCell::default(),
            succeeded: RefCell::default(),
        }
    }

    /// Fills the template's `{…}` with `ids`, asks, and checks the answer, which must be a success. Returns its body.
    pub(crate) async fn call(
        &self,
        method: Method,
        template: &str,
        ids: &[&str],
        query: &str,
        body: Value,
    ) -> Value {
        let answer = self.attempt(method.clone(), template, ids, query, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{method} {template} {ids:?}{query}: {} {}",
            answer.status,
            answer.json()
        );
        answer.json()
    }

    /// The same for an answer that may be a refusal, too.
    pub(crate) async fn attempt(
        &self,
        method: Method,
        template: &str,
        ids: &[&str],
        query: &str,
        body: Value,
    ) -> Answer {
        let mut ids = ids.iter();
        let segments = template.split('/').map(|segment| match segment.starts_with('{') {
            true => *ids.next().expect("an id for each place"),
            false => segment,
        });
        let target = format!("{}{query}", segments.collect::<Vec<_>>().join("/"));
        let answer = ask(&self.okta, method.clone(), &target, body).await;
        self.check(method.as_str(), template, &target, &answer);
        answer
    }

    /// Holds an answer to the document, and counts it.
    pub(crate) fn check(&self, method: &str, template: &str, target: &str, answer: &Answer) {
        let (status, body) = (answer.status, answer.json());
        let operation = format!("{method} {template}");
        if !(200..300).contains(&status) {
            // The document lists a few refusals and Okta has more; all have one form.
            assert!((400..500).contains(&status), "{method} {target}: {status} {body}");
            let code = body["errorCode"].as_str().unwrap_or_default();
            assert!(code.starts_with('E') && body["errorCauses"].is_array(), "{method} {target}: {body}");
            return self.fits(self.document.refusal(), &operation, target, &body);
        }
        assert!(self.document.knows(method, template), "the document has no {method} {template}");
        self.succeeded.borrow_mut().insert(format!("{method} {}", normal(template)));
        let key = (method.to_owned(), template.to_owned(), u64::from(status));
        let schema = match self.statuses.get(&key).map(String::as_str) {
            Some("body-but-no-schema") => return,
            Some("empty-body-but-schema") if answer.bytes.is_empty() => return,
            Some("undocumented-status") => self.document.success(method, template),
            _ => self.document.response(method, template, status),
        };
        match schema {
            Some(schema) => self.fits(schema, &operation, target, &body),
            None if EMPTY_OBJECTS.contains(&operation.as_str()) => {
                assert_eq!(body, serde_json::json!({}), "{operation}");
            }
            None if answer.bytes.is_empty() => {}
            None => {
                drop(self.wrong.borrow_mut().insert(operation, format!("no body is documented, came {body}")))
            }
        }
    }

    fn fits(&self, schema: &Value, operation: &str, target: &str, body: &Value) {
        self.note(self.document.check(schema, body), operation, target, body);
    }

    /// Takes note of what is new in an answer's violations.
    pub(crate) fn note(&self, violations: BTreeSet<Violation>, operation: &str, target: &str, body: &Value) {
        let allowed = |at: &str, rule: &str| {
            MISTAKES.contains(&(at.trim_start_matches("[]."), rule))
                || self.divergences.iter().any(|(pointer, known)| {
                    rule == known
                        && pointer.replace(".[]", "[]").trim_start_matches("[].")
                            == at.trim_start_matches("[].")
                })
        };
        for found in violations.iter().filter(|found| !allowed(&found.pointer, found.rule)) {
            let (pointer, rule, came) = (&found.pointer, found.rule, &found.found);
            let wrong = format!("{operation}: {pointer}: {rule}, came {came}");
            self.wrong.borrow_mut().entry(wrong).or_insert_with(|| format!("{target}\n    {body}"));
        }
    }

    /// Panics if an answer did not fit, and says where each of the kind came first.
    pub(crate) fn finish(&self) {
        let wrong = self.wrong.borrow();
        let told: Vec<String> = wrong.iter().map(|(what, first)| format!("{what}\n  {first}")).collect();
        assert!(told.is_empty(), "{} divergences\n{}", told.len(), told.join("\n"));
    }

    pub(crate) async fn get(&self, template: &str, ids: &[&str], query: &str) -> Value {
        self.call(Method::GET, template, ids, query, Value::Null).await
    }
}

/// A template with `{}` for each place.
fn normal(template: &str) -> String {
    let segments = template.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

pub(crate) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}
