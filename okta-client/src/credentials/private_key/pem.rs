//! Keys in PEM. Source: RFC 7468.

use aws_lc_rs::signature::{EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use super::{CURVES, PrivateKey};

/// Reads the first private key of a PEM text, which may hold other sections before it.
pub(super) fn read(text: &str) -> Result<PrivateKey, &'static str> {
    let text = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"));
    let mut labels = text.split("-----BEGIN ").skip(1);
    let section = labels
        .find(|section| section.split("-----").next().is_some_and(|label| label.ends_with("PRIVATE KEY")));
    let Some((label, rest)) = section.and_then(|section| section.split_once("-----")) else {
        return Err(if text.contains("PUBLIC KEY") {
            "is a public key"
        } else {
            "holds no private key in PEM"
        });
    };
    if label.contains("ENCRYPTED") || rest.contains("Proc-Type: 4,ENCRYPTED") {
        return Err("is encrypted; decrypt it first, with `openssl pkey`");
    }
    let Some((body, _)) = rest.split_once("-----END ") else { return Err("is PEM without its end") };
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(body.as_str()).map_err(|_| "is PEM that is not base64")?);
    match label {
        "RSA PRIVATE KEY" => rsa(RsaKeyPair::from_der(&der)),
        "EC PRIVATE KEY" => ec(&der).ok_or(NO_EC_KEY),
        "PRIVATE KEY" => ec(&der).map_or_else(|| rsa(RsaKeyPair::from_pkcs8(&der)), Ok),
        _ => Err("is a private key of a kind that Okta does not take; use RSA or EC"),
    }
}

const NO_EC_KEY: &str = "is no EC key on P-256, P-384 or P-521";

fn rsa<E>(key: Result<RsaKeyPair, E>) -> Result<PrivateKey, &'static str> {
    let wrong = |_| "is neither an RSA key of 2,048 to 8,192 bits nor an EC key on P-256, P-384 or P-521";
    key.map(|key| PrivateKey::rsa(key, None)).map_err(wrong)
}

fn ec(der: &[u8]) -> Option<PrivateKey> {
    CURVES.iter().find_map(|(_, curve, algorithm)| {
        let key = EcdsaKeyPair::from_private_key_der(curve, der).ok()?;
        Some(PrivateKey::ec(key, *algorithm, None))
    })
}
