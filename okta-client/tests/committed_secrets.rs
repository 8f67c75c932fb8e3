//! Nothing in the repository holds a live credential: no recording, no fixture, no example.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Published test keys: their files say so, and their folder explains it.
const KNOWN: &str = "public-test-";

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with('.') || name == "target" || name == "corpus" || name == "artifacts" {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if !name.starts_with(KNOWN) {
            found.push(path);
        }
    }
}

/// The words of a text that could be a token: long, and of a token's characters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)))
}

/// What a text gives away.
fn leak(text: &str) -> Option<&'static str> {
    // A key's first line alone is no key; base64 behind it is.
    let keys = text.split("PRIVATE KEY-----").skip(1);
    let is_key = |rest: &str| {
        let body: String = rest.split("-----").next().unwrap_or_default().split_ascii_whitespace().collect();
        body.len() > 100 && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    if keys.into_iter().any(is_key) {
        return Some("a private key in PEM");
    }
    let is_jwt = |word: &str| {
        let mut parts = word.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let header = parts.next().flatten().is_some_and(|part| part.starts_with(b"{\""));
        header
            && parts.next().flatten().is_some_and(|part| part.starts_with(b"{\""))
            && parts.next().flatten().is_some()
    };
    if words(text).any(is_jwt) {
        return Some("a signed JWT");
    }
    // A real API token: 00, and forty letters and digits. Those made up here are shorter or have a word in them.
    let is_api_token = |word: &str| {
        let mixed = |test: fn(&char) -> bool| word.chars().filter(test).count() >= 4;
        word.len() == 42
            && word.starts_with("00")
            && mixed(char::is_ascii_digit)
            && mixed(char::is_ascii_uppercase)
            && mixed(char::is_ascii_lowercase)
    };
    words(text).any(is_api_token).then_some("an API token")
}

#[test]
fn xa17_no_live_credential_is_committed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    files(&root, &mut found);
    assert!(found.len() > 100, "the whole repository");
    for path in found {
        // What is not text is no recording.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        assert_eq!(leak(&text), None, "{}", path.display());
    }
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let jwt =
        format!("{}.{}.{}", encode("{\"alg\":\"RS256\"}"), encode("{\"sub\":\"x\"}"), encode("signature"));
    assert_eq!(leak(&format!("authorization: Bearer {jwt}\n")), Some("a signed JWT"));
    let pem = format!("-----BEGIN {0} KEY-----\n{1}\n-----END {0} KEY-----", "PRIVATE", "MIIEvQ".repeat(40));
    assert_eq!(leak(&pem), Some("a private key in PEM"));
    let token = format!("00{}", "aB3dE".repeat(8));
    assert_eq!(leak(&format!("\"SSWS {token}\"")), Some("an API token"));
    assert_eq!(leak("SSWS {token} eyJhbGciOiJub25lIn0 00u1"), None);
}
