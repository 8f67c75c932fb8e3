//! What a program prints that takes its settings from the environment or a file, and whatever its environment asks for.

use std::path::Path;
use std::process::Command;

use okta_client::Client;

use crate::scan::Scan;
use crate::support::printed;

/// Runs a test of this file a second time, in a process of its own. Returns all that it printed.
fn again(test: &str, folder: &Path, environment: &[(&str, &str)]) -> String {
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "--nocapture", test]).env("TEST_AGAIN", "1").current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OKTA_")) {
        again.env_remove(name);
    }
    again.env("HOME", folder).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    let output = again.envs(environment.iter().copied()).output().expect("it runs");
    let all = [output.stdout, output.stderr].concat();
    let all = String::from_utf8(all).expect("text");
    assert!(output.status.success(), "{all}");
    all
}

fn is_again() -> bool {
    std::env::var_os("TEST_AGAIN").is_some()
}

#[test]
#[allow(clippy::print_stdout, reason = "what it prints is what is looked at")]
fn xa02_no_error_of_the_environment_or_of_a_file_shows_a_secret() {
    if is_again() {
        match Client::from_env() {
            Ok(client) => println!("made {client:?} {client:#?}"),
            Err(error) => println!("refused {}", printed(&error)),
        }
        return;
    }
    let scan = Scan::default();
    // In two halves, or it would be taken for one that somebody has committed.
    let token = ["00Zq7XvT4wKp9LmR2s", "YbN6cJd8fGh3aEuWiOxV5k1B"].concat();
    let token = token.as_str();
    scan.secret(token);
    let known = okta_mock::OktaMock::builder().in_process().service_app();
    let (pem, jwk) = (known.private_key_pem.as_str(), known.private_key_jwk.to_string());
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    scan.secret(body.clone());
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        scan.secret(known.private_key_jwk[member].as_str().expect("a member"));
    }
    let (url, mode) =
        (("OKTA_CLIENT_ORGURL", "https://acme.okta.com"), ("OKTA_CLIENT_AUTHORIZATIONMODE", "PrivateKey"));
    let (id, scopes) = (("OKTA_CLIENT_CLIENTID", "0oa1"), ("OKTA_CLIENT_SCOPES", "okta.users.read"));
    let (own, key) = (("OKTA_CLIENT_TOKEN", token), "OKTA_CLIENT_PRIVATEKEY");
    let (cut, broken) = (&pem[..pem.len() / 2], jwk.replace("\"d\"", "\"e\""));
    let strayed = format!("{token}\n{token}");
    let login = format!("https://ada:{token}@acme.okta.com/{token}");
    let yaml = |text: &str| format!("okta:\n  client:\n    {text}\n");
    let file = |line: String| yaml(&format!("orgUrl: https://acme.okta.com\n    {line}"));
    let none = String::new();
    for (environment, file, made) in [
        (&[url, own][..], none.clone(), true),
        (&[url, ("OKTA_CLIENT_TOKEN", &strayed)], none.clone(), false),
        (&[("OKTA_CLIENT_ORGURL", &login), own], none.clone(), false),
        (&[("OKTA_CLIENT_ORGURL", token), own], none.clone(), false),
        (&[own], none.clone(), false),
        (&[url, own, ("OKTA_CLIENT_AUTHORIZATIONMODE", token)], none.clone(), false),
        (&[url, id, scopes, mode, (key, pem)], none.clone(), true),
        (&[url, id, scopes, mode, (key, &jwk)], none.clone(), true),
        (&[url, id, scopes, mode, (key, cut)], none.clone(), false),
        (&[url, id, scopes, mode, (key, &body)], none.clone(), false),
        (&[url, id, scopes, mode, (key, &body[..600])], none.clone(), false),
        (&[url, id, scopes, mode, (key, &broken)], none.clone(), false),
        (&[url, id, scopes, mode, (key, token)], none.clone(), false),
        (&[url, id, scopes, mode, (key, pem), ("OKTA_CLIENT_DPOPENABLED", token)], none.clone(), false),
        (&[url, scopes, mode, (key, pem), ("OKTA_CLIENT_CLIENTID", &strayed)], none.clone(), false),
        (&[url, id, mode, (key, pem), ("OKTA_CLIENT_SCOPES", "")], none.clone(), false),
        (&[], file(format!("token: {token}")), true),
        (&[], file(format!("token: [{token}]")), false),
        (&[], file(format!("token: \"{token}")), false),
        (&[], file(format!("token: {token}\n    authorizationMode: {token}")), false),
        (&[], file(format!("token: {token}\n    {token}: {token}: {token}")), false),
        (&[], format!("{token}: &x [*x, {token}"), false),
        (&[], yaml(&format!("orgUrl: {login}\n    token: {token}")), false),
        (&[], yaml(&format!("token: {token}")), false),
        (&[url, id, scopes, mode], file(format!("privateKey: {{ d: {body} }}")), false),
        (&[url, id, scopes, mode], file(format!("privateKey: '{broken}'")), false),
        (&[("OKTA_CLIENT_ORGURL", "https://other.okta.com")], file(format!("token: {token}")), false),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        if !file.is_empty() {
            std::fs::write(folder.path().join("okta.yaml"), file).expect("a file");
        }
        let test = "programs::xa02_no_error_of_the_environment_or_of_a_file_shows_a_secret";
        let printed = again(test, folder.path(), environment);
        let names: Vec<_> = environment.iter().map(|(name, _)| name).collect();
        assert!(printed.contains(if made { "made" } else { "refused" }), "{names:?}: {printed}");
        scan.print(printed);
    }
    // And a file that cannot be read.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("okta.yaml")).expect("a folder in its place");
    let test = "programs::xa02_no_error_of_the_environment_or_of_a_file_shows_a_secret";
    let printed = again(test, folder.path(), &[]);
    assert!(printed.contains("okta.yaml: cannot be read"), "{printed}");
    scan.assert_clean(8);
}

/// Other clients dump requests, headers and all, where a variable or a setting says so.
#[cfg(feature = "reqwest")]
#[tokio::test]
#[allow(clippy::print_stdout, reason = "what it prints is what is looked at")]
async fn xa08_nothing_makes_the_client_dump_a_request_and_a_summary_is_there() {
    if is_again() {
        let var = |name| std::env::var(name).expect("set");
        let client =
            Client::builder(var("TEST_ORG_URL")).api_token(var("TEST_TOKEN")).build().expect("valid");
        let request =
            client.request(http::Method::POST, "/api/v1/users/ada@example.com/lifecycle/suspend?q=ada");
        println!("summary: {request:?}");
        client.users().get("me").await.expect("a user");
        request.json(&"ada@example.com").send().await.expect_err("nobody of that name");
        return;
    }
    let org = okta_mock::OktaMock::builder().users(3).start().await.expect("a free port");
    let (url, token) = (org.url().to_owned(), org.api_token().to_owned());
    let scan = Scan::default();
    scan.secret(token.clone());
    scan.secret("ada@example.com");
    let printed = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let all = [
            "OKTA_CLIENT_DEBUG",
            "OKTA_CLIENT_LOG",
            "OKTA_CLIENT_LOGGING_ENABLED",
            "OKTA_CLIENT_REQUESTLOG",
            "DEBUG",
        ];
        let mut environment = all.map(|name| (name, "true")).to_vec();
        environment.extend([("TEST_ORG_URL", url.as_str()), ("TEST_TOKEN", token.as_str())]);
        again(
            "programs::xa08_nothing_makes_the_client_dump_a_request_and_a_summary_is_there",
            folder.path(),
            &environment,
        )
    });
    let printed = printed.await.expect("no panic");
    assert_eq!(org.requests().len(), 2);
    let (_, summary) = printed.split_once("summary: ").expect("a summary");
    assert!(summary.starts_with("RequestBuilder"), "{summary}");
    assert!(!printed.to_ascii_lowercase().contains("authorization"), "{printed}");
    scan.print(printed);
    scan.assert_clean(2);
}

/// What would print without being asked.
#[test]
fn xa08_no_source_of_the_library_prints() {
    fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 80, "{}", found.len());
    for (path, text) in found {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in ["println!", "print!", "dbg!", "danger_accept", "tls_danger", "key_log"] {
                assert!(!line.contains(word), "{path}: {line}");
            }
        }
    }
}
