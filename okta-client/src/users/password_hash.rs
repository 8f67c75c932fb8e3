//! `PasswordHash`: a password that another store has hashed, so that its user need not choose a new one.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::edit::Edit;
use crate::open_enum::open_enum;

/// A hashed password. Okta checks the first sign-in against it. `Debug` shows nothing of it.
///
/// ```
/// use okta_client::users::{HashAlgorithm, NewUser, PasswordHash, SaltOrder};
///
/// # fn of(profile: okta_client::users::UserProfile, salt: &str, digest: &str) -> NewUser {
/// let hash = PasswordHash::of(HashAlgorithm::Sha512, digest).salt(salt, SaltOrder::Postfix);
/// let moved_here = NewUser::new(&profile).password_hash(hash);
/// # moved_here
/// # }
/// ```
///
/// **Source**: Okta, "Create a user", hashed passwords.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[must_use = "it belongs to a user"]
pub struct PasswordHash(Edit);

open_enum! {
    /// How a password was hashed, once.
    HashAlgorithm { Sha512 = "SHA-512", Sha256 = "SHA-256", Sha1 = "SHA-1", Md5 = "MD5" }
}

open_enum! {
    /// On which side of the password the salt was.
    SaltOrder { Prefix = "PREFIX", Postfix = "POSTFIX" }
}

open_enum! {
    /// What PBKDF2 was made of.
    Pbkdf2Digest { Sha256Hmac = "SHA256_HMAC", Sha512Hmac = "SHA512_HMAC" }
}

impl PasswordHash {
    /// The base64 of a digest of the password, and of its [`salt`](Self::salt) if it had one.
    pub fn of(algorithm: HashAlgorithm, value: impl Into<SecretString>) -> Self {
        let value = value.into();
        Self(Edit::new().set("/algorithm", algorithm).set("/value", value.expose_secret()))
    }

    /// The salt, in base64.
    pub fn salt(self, salt: impl Into<SecretString>, order: SaltOrder) -> Self {
        let salt = salt.into();
        Self(self.0.set("/salt", salt.expose_secret()).set("/saltOrder", order))
    }

    /// Bcrypt: a work factor of 1 to 20, a salt of 22 characters and a hash of 31, both in bcrypt's own base64.
    pub fn bcrypt(work_factor: u8, salt: impl Into<SecretString>, value: impl Into<SecretString>) -> Self {
        let (salt, value) = (salt.into(), value.into());
        let hash = Edit::new().set("/algorithm", "BCRYPT").set("/workFactor", work_factor);
        Self(hash.set("/salt", salt.expose_secret()).set("/value", value.expose_secret()))
    }

    /// PBKDF2: at least 4,096 iterations, the size of the derived key in bytes, and salt and key in base64.
    pub fn pbkdf2(
        digest: Pbkdf2Digest,
        iterations: u32,
        key_size_bytes: u32,
        salt: impl Into<SecretString>,
        value: impl Into<SecretString>,
    ) -> Self {
        let (salt, value) = (salt.into(), value.into());
        let hash = Edit::new().set("/algorithm", "PBKDF2").set("/digestAlgorithm", digest);
        let hash = hash.set("/iterationCount", iterations).set("/keySize", key_size_bytes);
        Self(hash.set("/salt", salt.expose_secret()).set("/value", value.expose_secret()))
    }
}
