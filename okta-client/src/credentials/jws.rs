//! Signed JSON in its compact form, and the small pieces of cryptography beside it. Sources: RFC 7515, RFC 7517, RFC 7636.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::error::Error;

/// `header.claims.signature`.
pub(super) fn compact(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, Error>,
) -> Result<String, Error> {
    let mut text = base64url(header.to_string().as_bytes());
    text.push('.');
    text.push_str(&base64url(claims.to_string().as_bytes()));
    let signature = sign(text.as_bytes())?;
    text.push('.');
    text.push_str(&base64url(&signature));
    Ok(text)
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn un_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// The hash that DPoP's `ath` and PKCE's challenge are.
pub(super) fn sha256_base64url(text: &str) -> String {
    base64url(digest(&SHA256, text.as_bytes()).as_ref())
}

/// 256 bits that nobody can guess, as 43 characters that any URL may hold.
pub(super) fn random_text() -> Result<String, Error> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| failed("the system gives no random numbers"))?;
    Ok(base64url(&bytes))
}

/// The cryptography itself failed, which it does not for any input.
pub(super) fn failed(reason: &'static str) -> Error {
    Error::config("cryptography", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            sha256_base64url(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "RFC 7636, appendix B"
        );
    }

    #[test]
    fn random_texts_are_long_and_differ() {
        let (one, other) = (random_text().expect("random"), random_text().expect("random"));
        assert!(one.len() == 43 && one != other);
    }
}
