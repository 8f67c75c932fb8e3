//! Every typed resource takes Okta's own examples, and gives them back as they were.
//!
//! The samples are in `fixtures/okta/objects`; the examples of Okta's OpenAPI document in `tests/fixtures/spec-examples.json`.
//! Every field of every model has to stand in one of them: a name that is misspelt would decode to `None` for ever.

mod watch;

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use http::Response;
use okta_client::api_tokens::ApiToken;
use okta_client::app_links::AppLink;
use okta_client::apps::{App, AppGroup, AppUser};
use okta_client::authenticator_enrollments::AuthenticatorEnrollment;
use okta_client::devices::{Device, DeviceUser, UserDevice};
use okta_client::event_hooks::EventHook;
use okta_client::factors::{Factor, SupportedFactor};
use okta_client::grants::{Grant, OAuthClient, RefreshToken};
use okta_client::group_rules::GroupRule;
use okta_client::groups::{Group, GroupOwner};
use okta_client::log_streams::LogStream;
use okta_client::org::{OrgContact, OrgContactUser, OrgSettings};
use okta_client::policies::{Policy, PolicyMapping, PolicyRule};
use okta_client::principal_rate_limits::PrincipalRateLimit;
use okta_client::rate_limit_settings::{AdminNotifications, PerClient, WarningThreshold};
use okta_client::roles::{
    Binding, BindingMember, CatalogApp, CustomRole, Permission, ResourceSet, ResourceSetResource,
    RoleAssignee, RoleAssignment, RoleTarget,
};
use okta_client::schemas::Schema;
use okta_client::user_types::UserType;
use okta_client::users::{PasswordReset, TempPassword, User, UserBlock, UserCredentials};
use okta_client::zones::Zone;
use okta_client::{Client, LogEvent, Raw, transport};
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::watch::Fields;

/// Examples that are not valid by Okta's own schemas.
const NO_ANSWERS: [(&str, &str); 4] = [
    ("listLogEvents ListLogs", "`postalCode` is a number"),
    ("listLogEvents ListLogsWithAdditionalSecurityContext", "one event, and `postalCode` is a number"),
    ("listLogEvents LogTargetChangeDetails", "the details of a change shown as the answer"),
    ("replacePolicyRule update-identifiers-in-user-profile-policy-response", "`system` is the text `true,`"),
];

/// A model, as far as the tests need to know it.
type Check = fn(&str, &[u8], &mut Fields) -> Result<(), String>;

/// Model, its check, and the samples that hold it.
fn models() -> Vec<(&'static str, Check, &'static [&'static str])> {
    vec![
        ("User", check::<User>, &["user", "user-deprovisioned", "users-page", "group-members-page"]),
        ("Group", check::<Group>, &["group", "groups-page"]),
        ("GroupRule", check::<GroupRule>, &["group-rule"]),
        ("GroupOwner", check::<GroupOwner>, &[]),
        ("App", check::<App>, &["apps-page", "app-oidc-web", "app-saml", "app-service"]),
        ("AppUser", check::<AppUser>, &["app-users-page"]),
        ("AppGroup", check::<AppGroup>, &["app-groups-page"]),
        ("Grant", check::<Grant>, &["app-grants", "user-grants"]),
        ("Factor", check::<Factor>, &["factors"]),
        ("SupportedFactor", check::<SupportedFactor>, &[]),
        ("AuthenticatorEnrollment", check::<AuthenticatorEnrollment>, &[]),
        (
            "Policy",
            check::<Policy>,
            &["policies-access", "policies-mfa-enroll", "policies-okta-sign-on", "policies-password"],
        ),
        ("PolicyRule", check::<PolicyRule>, &["policy-rules-access", "policy-rules-okta-sign-on"]),
        ("PolicyMapping", check::<PolicyMapping>, &[]),
        ("RoleAssignment", check::<RoleAssignment>, &["user-roles"]),
        ("RoleAssignee", check::<RoleAssignee>, &["iam-assignees-users"]),
        ("CustomRole", check::<CustomRole>, &[]),
        ("Permission", check::<Permission>, &[]),
        ("ResourceSet", check::<ResourceSet>, &[]),
        ("ResourceSetResource", check::<ResourceSetResource>, &[]),
        ("Binding", check::<Binding>, &[]),
        ("BindingMember", check::<BindingMember>, &[]),
        ("RoleTarget", check::<RoleTarget>, &[]),
        ("CatalogApp", check::<CatalogApp>, &[]),
        ("UserType", check::<UserType>, &["user-types"]),
        ("Schema", check::<Schema>, &[]),
        ("EventHook", check::<EventHook>, &["event-hook"]),
        ("LogStream", check::<LogStream>, &["log-streams"]),
        ("LogEvent", check::<LogEvent>, &["logs-page"]),
        ("OAuthClient", check::<OAuthClient>, &["user-clients"]),
        ("RefreshToken", check::<RefreshToken>, &[]),
        ("AppLink", check::<AppLink>, &["user-app-links"]),
        ("ApiToken", check::<ApiToken>, &["api-tokens"]),
        ("OrgSettings", check::<OrgSettings>, &["org"]),
        ("OrgContact", check::<OrgContact>, &[]),
        ("OrgContactUser", check::<OrgContactUser>, &[]),
        ("PrincipalRateLimit", check::<PrincipalRateLimit>, &["principal-rate-limits"]),
        ("AdminNotifications", check::<AdminNotifications>, &[]),
        ("PerClient", check::<PerClient>, &[]),
        ("WarningThreshold", check::<WarningThreshold>, &[]),
        ("Device", check::<Device>, &[]),
        ("DeviceUser", check::<DeviceUser>, &[]),
        ("UserDevice", check::<UserDevice>, &[]),
        ("Zone", check::<Zone>, &[]),
        ("UserBlock", check::<UserBlock>, &[]),
        ("TempPassword", check::<TempPassword>, &[]),
        ("PasswordReset", check::<PasswordReset>, &[]),
        ("UserCredentials", check::<UserCredentials>, &[]),
    ]
}

/// Reads a document or a list as the client does, and gives every object of it back. An error says what is not decoded.
fn check<T: DeserializeOwned + Send + 'static>(
    name: &str,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), String> {
    let expected: Value = serde_json::from_slice(body).expect("JSON");
    let (items, path) = rows(&expected);
    let objects = match path {
        None => vec![Raw::<T>::parse(body.to_vec()).map_err(|error| error.to_string())?],
        Some(path) => listed::<T>(path, body)?,
    };
    assert_eq!(objects.len(), items.len(), "{name}");
    for (object, expected) in objects.iter().zip(items) {
        let text = serde_json::to_vec(object).expect("JSON");
        assert!(text == object.raw().trim_ascii(), "{name}: what is written is what came");
        assert_eq!(&serde_json::from_slice::<Value>(&text).expect("JSON"), expected, "{name}");
        edited(name, object, expected);
        watch::decode::<T>(expected, fields).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The objects of a body, and the path of its list if it is one.
fn rows(body: &Value) -> (Vec<&Value>, Option<&'static str>) {
    if let Value::Array(rows) = body {
        return (rows.iter().collect(), Some("/api/v1/fixture"));
    }
    let lists = [
        ("value", "/api/v1/iam/assignees/users"),
        ("roles", "/api/v1/iam/roles"),
        ("resource-sets", "/api/v1/iam/resource-sets"),
        ("resources", "/api/v1/iam/resource-sets/iam1/resources"),
        ("members", "/api/v1/iam/resource-sets/iam1/bindings/cr01/members"),
        ("permissions", "/api/v1/iam/roles/cr01/permissions"),
    ];
    for (member, path) in lists {
        if let (Some(Value::Array(rows)), None) = (body.get(member), body.get("id")) {
            return (rows.iter().collect(), Some(path));
        }
    }
    (vec![body], None)
}

fn listed<T: DeserializeOwned + Send + 'static>(path: &str, body: &[u8]) -> Result<Vec<Raw<T>>, String> {
    // Only the first page is there; whatever it links to is empty.
    let (body, first) = (Bytes::copy_from_slice(body), path.to_owned());
    let transport = transport::from_fn(move |request| {
        let empty = match request.uri().path() {
            _ if request.uri().query().is_none() => body.clone(),
            "/api/v1/iam/assignees/users" => Bytes::from_static(br#"{"value":[]}"#),
            "/api/v1/iam/resource-sets" => Bytes::from_static(br#"{"resource-sets":[]}"#),
            path if path.ends_with("/resources") => Bytes::from_static(br#"{"resources":[]}"#),
            path if path.ends_with("/members") => Bytes::from_static(br#"{"members":[]}"#),
            _ => Bytes::from_static(br#"{"roles":[]}"#),
        };
        std::future::ready(Response::new(empty))
    });
    let client =
        Client::builder("https://example.okta.com").api_token("00T").transport(transport).max_attempts(1);
    let client = client.build().expect("valid");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let all = runtime.block_on(client.paginate::<T>(first).collect_all());
    all.map_err(|error| format!("{error:?}"))
}

/// A change to one member leaves all others alone.
fn edited<T>(name: &str, object: &Raw<T>, expected: &Value) {
    for member in expected.as_object().expect("an object").keys() {
        let pointer = format!("/{}", member.replace('~', "~0").replace('/', "~1"));
        let mut changed = expected.clone();
        changed[member] = Value::from("changed");
        let edit = object.edit().set(&pointer, "changed");
        assert_eq!(serde_json::to_value(&edit).expect("JSON"), changed, "{name} {member}");
        changed.as_object_mut().expect("an object").remove(member);
        let edit = edit.remove(&pointer);
        assert_eq!(serde_json::to_value(&edit).expect("JSON"), changed, "{name} {member}");
    }
    let edit = object.edit().set("/a~1new/member", 1).remove("/a~1new");
    assert_eq!(&serde_json::to_value(&edit).expect("JSON"), expected, "{name}");
}

fn read(path: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn samples(fields: &mut Fields) {
    for (_, check, samples) in models() {
        for sample in samples {
            let body = read(&format!("../fixtures/okta/objects/{sample}.json"));
            check(sample, &body, fields).unwrap_or_else(|error| panic!("{sample}: {error}"));
        }
    }
}

/// How many examples are good answers, and the names of those that are not.
fn examples(fields: &mut Fields) -> (usize, Vec<String>) {
    let document: Value = serde_json::from_slice(&read("tests/fixtures/spec-examples.json")).expect("JSON");
    let models = models();
    let (mut good, mut bad) = (0, Vec::new());
    for example in document["examples"].as_array().expect("a list") {
        let text = |member: &str| example[member].as_str().expect("text");
        let (_, check, _) =
            models.iter().find(|(name, ..)| *name == text("model")).expect("a model of that name");
        let name = format!("{} {}", text("operation"), text("name"));
        match check(&name, example["value"].to_string().as_bytes(), fields) {
            Ok(()) => good += 1,
            Err(_) => bad.push(name),
        }
    }
    (good, bad)
}

#[test]
fn every_sample_of_a_resource_is_decoded_and_given_back_without_loss() {
    samples(&mut Fields::default());
    let named: BTreeSet<_> = models().into_iter().flat_map(|(.., samples)| samples).copied().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/okta/objects");
    let all = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let left: Vec<_> = all
        .map(|path| path.file_stem().and_then(|stem| stem.to_str()).expect("a plain name").to_owned())
        .filter(|stem| !named.contains(stem.as_str()))
        .collect();
    assert_eq!(left, ["well-known-okta-organization"], "the rest is of a resource");
}

#[test]
fn every_example_of_oktas_document_is_decoded_and_given_back_without_loss() {
    let (good, mut bad) = examples(&mut Fields::default());
    bad.sort();
    assert_eq!(bad, NO_ANSWERS.map(|(name, _)| name));
    assert_eq!(good, 263 - NO_ANSWERS.len());
}

#[test]
fn every_field_of_every_model_stands_in_a_sample_an_example_or_oktas_schema() {
    let mut fields = Fields::default();
    samples(&mut fields);
    examples(&mut fields);
    let document: Value =
        serde_json::from_slice(&read("../fixtures/okta/openapi-responses.json")).expect("JSON");
    let mut left = 0;
    for (model, field) in fields.unseen() {
        let schema = match model {
            "ClientInfo" => "LogClient",
            "OAuthClient" => "OAuth2Client",
            "Outcome" => "LogOutcome",
            "SchemaAttribute" => "UserSchemaAttribute",
            "RefreshToken" => "OAuth2RefreshToken",
            "SupportedFactor" => "UserFactorSupported",
            other => other,
        };
        let known = &document["components"]["schemas"][schema]["properties"][field];
        assert!(known.is_object(), "Okta has no {model}.{field}");
        left += 1;
    }
    assert_eq!(left, 17, "the rest is seen");
}

/// The structs of a source file that are read from JSON objects.
fn declared(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            declared(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let (mut read, lines) = (false, text.lines());
        for line in lines {
            match line.strip_prefix("pub struct ") {
                Some(rest) if read && rest.ends_with(" {") => drop(found.insert(rest.replace(" {", ""))),
                _ => {}
            }
            read = line.starts_with("#[derive(") && line.contains("Deserialize")
                || read && line.starts_with("#[");
        }
    }
}

#[test]
fn no_model_of_the_crate_is_left_out_here() {
    let mut fields = Fields::default();
    samples(&mut fields);
    examples(&mut fields);
    let seen = fields.structs();
    let mut declared_ones = BTreeSet::new();
    declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut declared_ones);
    assert!(declared_ones.len() > 70, "{}", declared_ones.len());
    let left: Vec<_> = declared_ones.into_iter().filter(|model| !seen.contains(model.as_str())).collect();
    // An error's cause and the answer about a token are read in tests of their own; an invitation has no example.
    assert_eq!(left, ["Activation", "ErrorCause", "Introspection"]);
}
