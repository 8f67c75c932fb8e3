//! A factor as Okta sends it.

use serde::Deserialize;

use crate::id::FactorId;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;

/// A factor of a user.
///
/// **Shape**: the profile differs by type and is read with [`Raw::extra`](crate::Raw::extra): `factor.extra::<String>("/profile/phoneNumber")`.
///
/// **Source**: Okta, "Factors".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Factor {
    /// `id`.
    pub id: FactorId,
    /// `factorType`.
    pub factor_type: Option<FactorType>,
    /// `provider`.
    pub provider: Option<FactorProvider>,
    /// `vendorName`.
    pub vendor_name: Option<String>,
    /// `status`.
    pub status: Option<FactorStatus>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// A factor that a user may enrol.
///
/// **Source**: Okta, "Factors".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SupportedFactor {
    /// `factorType`.
    pub factor_type: Option<FactorType>,
    /// `provider`.
    pub provider: Option<FactorProvider>,
    /// `vendorName`.
    pub vendor_name: Option<String>,
    /// `status`: `NOT_SETUP`, or what the enrolled one has.
    pub status: Option<FactorStatus>,
    /// `enrollment`: `OPTIONAL` or `REQUIRED`.
    pub enrollment: Option<String>,
}

open_enum! {
    /// What a factor is.
    FactorType {
        Call = "call",
        Email = "email",
        Push = "push",
        Question = "question",
        /// Okta FastPass:
        SignedNonce = "signed_nonce",
        Sms = "sms",
        Token = "token",
        TokenHardware = "token:hardware",
        TokenHotp = "token:hotp",
        TokenSoftwareTotp = "token:software:totp",
        U2f = "u2f",
        Web = "web",
        WebAuthn = "webauthn",
    }
}

open_enum! {
    /// Who provides a factor.
    FactorProvider {
        Custom = "CUSTOM",
        Duo = "DUO",
        Fido = "FIDO",
        Google = "GOOGLE",
        Okta = "OKTA",
        Rsa = "RSA",
        Symantec = "SYMANTEC",
        Yubico = "YUBICO",
    }
}

open_enum! {
    /// Where a factor is in its life.
    FactorStatus {
        Active = "ACTIVE",
        Disabled = "DISABLED",
        Enrolled = "ENROLLED",
        Expired = "EXPIRED",
        Inactive = "INACTIVE",
        NotSetup = "NOT_SETUP",
        /// Not enrolled yet:
        PendingActivation = "PENDING_ACTIVATION",
    }
}
