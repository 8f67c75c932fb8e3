//! `DpopKey`: the key that tokens are bound to, which may outlive the process.

use std::fmt;

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};

use super::super::{PrivateKey, jws};
use crate::error::Error;

/// The key that tokens are bound to by DPoP: on P-256, and not the one that an app signs its assertions with.
///
/// Tokens work together with it only. Where they are stored, so is it, in the same place and as well kept:
///
/// ```
/// use okta_client::credentials::DpopKey;
/// use secrecy::ExposeSecret;
///
/// let key = DpopKey::generate()?;
/// let stored = key.to_jwk()?; // a SecretString
/// let after_a_restart = DpopKey::from_jwk(stored.expose_secret())?;
/// # assert_eq!(after_a_restart.to_jwk()?.expose_secret(), stored.expose_secret());
/// # Ok::<(), okta_client::Error>(())
/// ```
///
/// **Source**: RFC 9449, sections 5 and 6; RFC 7518, section 6.2.
pub struct DpopKey(EcdsaKeyPair);

impl DpopKey {
    /// A new key.
    ///
    /// # Errors
    /// [`Error::Config`] where the system gives no random numbers.
    pub fn generate() -> Result<Self, Error> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        key.map(Self).map_err(|_| jws::failed("no DPoP key can be made"))
    }

    /// A key that [`to_jwk`](Self::to_jwk) wrote, or another private JWK on P-256.
    ///
    /// # Errors
    /// [`Error::Config`] says what is wrong with it, and shows nothing of it.
    pub fn from_jwk(json: &str) -> Result<Self, Error> {
        PrivateKey::p256(json).map(Self).map_err(|wrong| Error::config("dpop_key", wrong))
    }

    /// The whole key as a JWK, to be stored like a password.
    ///
    /// # Errors
    /// [`Error::Config`] where the cryptography fails, which it does for no key.
    pub fn to_jwk(&self) -> Result<SecretString, Error> {
        let secret = self.0.private_key().as_be_bytes();
        let secret = secret.map_err(|_| jws::failed("the DPoP key cannot be written"))?;
        let d = Zeroizing::new(jws::base64url(secret.as_ref()));
        let (x, y) = self.point();
        Ok(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"{}"}}"#, d.as_str()).into())
    }

    pub(super) fn public_jwk(&self) -> Value {
        let (x, y) = self.point();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        signature
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| jws::failed("the DPoP key does not sign"))
    }

    /// Both coordinates of the public half. Uncompressed it is: 4, x, y.
    fn point(&self) -> (String, String) {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        (jws::base64url(x), jws::base64url(y))
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_dpop_key_is_the_same_after_it_was_stored() {
        let key = DpopKey::generate().expect("a key");
        let stored = key.to_jwk().expect("written");
        let again = DpopKey::from_jwk(stored.expose_secret()).expect("read");
        assert_eq!(again.public_jwk(), key.public_jwk());
        assert_ne!(DpopKey::generate().expect("a key").public_jwk(), key.public_jwk());
        assert_eq!(format!("{key:?} {stored:?}").matches(&again.point().0).count(), 0);
    }

    #[test]
    fn what_is_no_dpop_key_is_refused_without_being_shown() {
        let stored = DpopKey::generate().expect("a key").to_jwk().expect("written");
        let stored = stored.expose_secret();
        let half = stored.split(",\"d\"").next().expect("the public half").to_owned() + "}";
        for (wrong, why) in [
            ("SECRET", "is JSON that is no JWK"),
            (half.as_str(), "without its private part"),
            (&stored.replace("P-256", "P-384"), "make no key"),
            (&stored.replace("\"EC\"", "\"OKP\""), "neither RSA nor EC"),
        ] {
            let error = DpopKey::from_jwk(wrong).expect_err(why);
            assert!(error.to_string().starts_with("dpop_key"), "{error}");
            let printed = format!("{error} {error:?}");
            assert!(printed.contains(why) && !printed.contains("SECRET"), "{printed}");
        }
    }
}
