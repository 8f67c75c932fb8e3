//! `PrivateKey`: the key that a service app signs its assertions with, from PEM, from a JWK, or from a file with either.

mod jwk;
mod pem;

use std::fmt;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
    RsaKeyPair,
};
use secrecy::zeroize::Zeroizing;
use serde_json::json;

use super::jws;
use crate::error::Error;

/// A private key of a service app.
///
/// RSA keys of 2,048 to 8,192 bits and EC keys on P-256, P-384 and P-521. `Debug` shows its algorithm and its name.
///
/// **Source**: Okta, "Implement OAuth for Okta with a service app".
pub struct PrivateKey {
    key: Key,
    algorithm: Algorithm,
    kid: Option<String>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// How an assertion is signed; Okta takes these six.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA PKCS #1 v1.5 with SHA-256: the default of an RSA key.
    Rs256,
    /// RSA PKCS #1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS #1 v1.5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    fn rsa(self) -> Option<&'static dyn RsaEncoding> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_SHA512),
            _ => None,
        }
    }
}

/// The curves and what is signed on each.
static CURVES: [(&str, &EcdsaSigningAlgorithm, Algorithm); 3] = [
    ("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::Es256),
    ("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::Es384),
    ("P-521", &ECDSA_P521_SHA512_FIXED_SIGNING, Algorithm::Es512),
];

impl PrivateKey {
    /// A key in PEM: PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`), not encrypted. Line breaks may be
    /// written as `\n`, as they often are in environment variables.
    ///
    /// # Errors
    /// [`Error::Config`] says what is wrong with it, and shows nothing of it.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        pem::read(pem).map_err(wrong)
    }

    /// A key as a JWK, which may name it (`kid`). An RSA key needs `p`, `q`, `dp`, `dq` and `qi`, too.
    ///
    /// # Errors
    /// As [`from_pem`](Self::from_pem).
    pub fn from_jwk(json: &str) -> Result<Self, Error> {
        jwk::read(json).map_err(wrong)
    }

    /// PEM, a JWK, or a path to a file with either: what `OKTA_CLIENT_PRIVATEKEY` may hold.
    ///
    /// # Errors
    /// As [`from_pem`](Self::from_pem); and where it is a path, and the file cannot be read.
    pub fn from_text_or_file(text: &str) -> Result<Self, Error> {
        Self::read(text, |path| std::fs::read_to_string(path))
    }

    pub(crate) fn read(text: &str, file: impl Fn(&Path) -> std::io::Result<String>) -> Result<Self, Error> {
        if let Some(key) = Self::inline(text) {
            return key;
        }
        let text = text.trim();
        // A path is short and has no line break. Anything else may be a key without its first line, and is not repeated anywhere.
        if text.len() > 1024 || text.contains(['\n', '\r', '\0']) {
            return Err(wrong("is neither PEM, nor a JWK, nor a path"));
        }
        let content = file(Path::new(text)).map(Zeroizing::new).map_err(|error| Error::Config {
            field: "private_key",
            reason: "is neither PEM nor a JWK, and as a path it names no file that can be read".into(),
            source: Some(error.into()),
        })?;
        Self::inline(&content).unwrap_or_else(|| Err(wrong("names a file that holds neither PEM nor a JWK")))
    }

    fn inline(text: &str) -> Option<Result<Self, Error>> {
        let text = text.trim_start();
        if text.starts_with('{') {
            Some(Self::from_jwk(text))
        } else {
            text.contains("-----BEGIN").then(|| Self::from_pem(text))
        }
    }

    /// The key's name at Okta. Default: the one in the JWK. Okta needs it where an app has several keys; always give it.
    #[must_use]
    pub fn kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// Signs with another hash than the key's default.
    ///
    /// # Errors
    /// [`Error::Config`] where the key is of another kind.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Result<Self, Error> {
        let fits = match &self.key {
            Key::Rsa(_) => algorithm.rsa().is_some(),
            Key::Ec(_) => algorithm == self.algorithm,
        };
        if !fits {
            return Err(wrong("is of another kind than the algorithm"));
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// A private JWK on P-256, as a key to sign with.
    pub(super) fn p256(json: &str) -> Result<EcdsaKeyPair, &'static str> {
        match jwk::read(json)? {
            Self { key: Key::Ec(key), algorithm: Algorithm::Es256, .. } => Ok(key),
            _ => Err("is a JWK of another kind than EC on P-256"),
        }
    }

    /// A signed JWT with these claims.
    pub(super) fn sign(&self, claims: &serde_json::Value) -> Result<String, Error> {
        let mut header = json!({ "alg": self.algorithm.name(), "typ": "JWT" });
        if let Some(kid) = &self.kid {
            header["kid"] = kid.as_str().into();
        }
        jws::compact(&header, claims, |message| self.signature(message))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let refused = |_| jws::failed("the private key does not sign");
        match &self.key {
            Key::Rsa(key) => {
                let encoding = self.algorithm.rsa().unwrap_or(&RSA_PKCS1_SHA256);
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(refused)?;
                Ok(signature)
            }
            Key::Ec(key) => key
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(refused),
        }
    }

    fn rsa(key: RsaKeyPair, kid: Option<String>) -> Self {
        Self { key: Key::Rsa(key), algorithm: Algorithm::Rs256, kid }
    }

    fn ec(key: EcdsaKeyPair, algorithm: Algorithm, kid: Option<String>) -> Self {
        Self { key: Key::Ec(key), algorithm, kid }
    }
}

fn wrong(reason: &'static str) -> Error {
    Error::config("private_key", reason)
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .field("key", &format_args!("***"))
            .finish()
    }
}

#[cfg(test)]
mod tests;
