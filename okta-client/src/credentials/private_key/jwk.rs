//! Keys as JWK. Sources: RFC 7517; RFC 7518, section 6.

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, RsaKeyPair};
use secrecy::zeroize::{Zeroize, Zeroizing};
use serde::Deserialize;

use super::super::jws::un_base64url;
use super::{Algorithm, CURVES, PrivateKey};

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    d: String,
    #[serde(default)]
    p: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    dp: String,
    #[serde(default)]
    dq: String,
    #[serde(default)]
    qi: String,
}

impl Drop for Jwk {
    fn drop(&mut self) {
        for secret in [&mut self.d, &mut self.p, &mut self.q, &mut self.dp, &mut self.dq, &mut self.qi] {
            secret.zeroize();
        }
    }
}

pub(super) fn read(json: &str) -> Result<PrivateKey, &'static str> {
    // The parser's message may quote what it reads.
    let mut jwk: Jwk = serde_json::from_str(json).map_err(|_| "is JSON that is no JWK")?;
    if jwk.d.is_empty() {
        return Err("is a JWK without its private part `d`");
    }
    let kid = jwk.kid.take();
    match jwk.kty.as_str() {
        "RSA" => {
            let key = PrivateKey::rsa(rsa(&jwk)?, kid);
            let mut other = [Algorithm::Rs384, Algorithm::Rs512].into_iter();
            let named = other.find(|other| jwk.alg.as_deref() == Some(other.name()));
            Ok(PrivateKey { algorithm: named.unwrap_or(key.algorithm), ..key })
        }
        "EC" => {
            let curve = CURVES.iter().find(|(name, ..)| *name == jwk.crv);
            let (_, curve, algorithm) = curve.ok_or("is a JWK whose `crv` is none of P-256, P-384, P-521")?;
            let point = [vec![4], bytes(&jwk.x)?.to_vec(), bytes(&jwk.y)?.to_vec()].concat();
            let key = EcdsaKeyPair::from_private_key_and_public_key(curve, &bytes(&jwk.d)?, &point);
            Ok(PrivateKey::ec(
                key.map_err(|_| "is a JWK whose `d`, `x` and `y` make no key")?,
                *algorithm,
                kid,
            ))
        }
        _ => Err("is a JWK whose `kty` is neither RSA nor EC"),
    }
}

fn rsa(jwk: &Jwk) -> Result<RsaKeyPair, &'static str> {
    if [&jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi].iter().any(|part| part.is_empty()) {
        return Err("is a JWK without `p`, `q`, `dp`, `dq` or `qi`");
    }
    let public_key = PublicKeyComponents { n: bytes(&jwk.n)?, e: bytes(&jwk.e)? };
    let components = KeyPairComponents {
        public_key,
        d: bytes(&jwk.d)?,
        p: bytes(&jwk.p)?,
        q: bytes(&jwk.q)?,
        dP: bytes(&jwk.dp)?,
        dQ: bytes(&jwk.dq)?,
        qInv: bytes(&jwk.qi)?,
    };
    RsaKeyPair::from_components(&components)
        .map_err(|_| "is a JWK whose numbers make no RSA key of 2,048 to 8,192 bits")
}

fn bytes(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    un_base64url(text).map(Zeroizing::new).ok_or("is a JWK with a member that is not base64url")
}
