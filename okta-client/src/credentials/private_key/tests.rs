use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm,
};
use aws_lc_rs::signature::{KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn app() -> okta_mock::ServiceApp {
    okta_mock::OktaMock::builder().in_process().service_app()
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The bytes within a PEM text.
fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).expect("base64")
}

fn signature(key: &PrivateKey) -> Vec<u8> {
    key.signature(b"a message").expect("a signature")
}

#[test]
fn an_rsa_key_is_the_same_in_every_form() {
    let app = app();
    let pkcs8 = PrivateKey::from_pem(&app.private_key_pem).expect("PKCS#8");
    // What PKCS#8 wraps: a version and the algorithm's name stand before it, 26 bytes for RSA of 2,048 bits.
    let pkcs1 = pem("RSA PRIVATE KEY", &der(&app.private_key_pem)[26..]);
    let pkcs1 = PrivateKey::from_pem(&pkcs1).expect("PKCS#1");
    let jwk = PrivateKey::from_jwk(&app.private_key_jwk.to_string()).expect("a JWK");
    // RSA signatures of this kind are deterministic.
    assert_eq!(signature(&pkcs8), signature(&pkcs1));
    assert_eq!(signature(&pkcs8), signature(&jwk));
    assert_eq!((jwk.kid.as_deref(), pkcs8.kid.as_deref()), (Some(app.kid.as_str()), None));
    let escaped = format!("  {}", app.private_key_pem.replace('\n', "\\n"));
    assert_eq!(signature(&PrivateKey::from_text_or_file(&escaped).expect("one line")), signature(&pkcs8));
}

#[test]
fn every_algorithm_signs_what_its_public_key_verifies() {
    let ec: [(&str, &EcdsaSigningAlgorithm, &'static EcdsaVerificationAlgorithm); 3] = [
        ("ES256", &ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_FIXED),
        ("ES384", &ECDSA_P384_SHA384_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED),
        ("ES512", &ECDSA_P521_SHA512_FIXED_SIGNING, &ECDSA_P521_SHA512_FIXED),
    ];
    for ((name, _, verification), (_, curve, _)) in ec.into_iter().zip(CURVES) {
        let made = EcdsaKeyPair::generate(curve).expect("a key");
        let public = UnparsedPublicKey::new(verification, made.public_key().as_ref().to_vec());
        let pkcs8 = pem("PRIVATE KEY", made.to_pkcs8v1().expect("PKCS#8").as_ref());
        let sec1: EcPrivateKeyRfc5915Der<'_> = made.private_key().as_der().expect("SEC 1");
        // openssl writes the curve before the key.
        let sec1 = format!(
            "-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n{}",
            pem("EC PRIVATE KEY", sec1.as_ref())
        );
        for text in [pkcs8, sec1] {
            let key = PrivateKey::from_pem(&text).expect(name);
            assert_eq!(key.algorithm.name(), name);
            assert!(public.verify(b"a message", &signature(&key)).is_ok(), "{name}");
            assert!(key.algorithm(Algorithm::Rs256).is_err(), "{name}");
        }
    }
    for algorithm in [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512] {
        let key = PrivateKey::from_pem(&app().private_key_pem).expect("a key");
        assert_eq!(signature(&key.algorithm(algorithm).expect("RSA")).len(), 256);
    }
    let ec = app().ec_key;
    assert_eq!(PrivateKey::from_jwk(&ec.private_key_jwk.to_string()).expect("a JWK").kid, Some(ec.kid));
}

#[test]
fn xa14_what_is_no_key_is_refused_in_words_that_show_nothing_of_it() {
    let app = app();
    let without = |member: &str| {
        let mut jwk = app.private_key_jwk.clone();
        jwk.as_object_mut().expect("an object").remove(member);
        jwk.to_string()
    };
    let mut cut = app.private_key_jwk.clone();
    cut["q"] = cut["p"].clone();
    let good = &app.private_key_pem;
    for (text, reason) in [
        (String::new(), "neither"),
        ("{}".to_owned(), "no JWK"),
        ("{\"kty\":\"oct\",\"d\":\"AAAA\"}".to_owned(), "neither RSA nor EC"),
        ("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"d\":\"AAAA\"}".to_owned(), "crv"),
        (without("d"), "private part"),
        (without("qi"), "qi"),
        (cut.to_string(), "make no RSA key"),
        (good.replace("PRIVATE KEY", "PUBLIC KEY"), "public key"),
        (good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "encrypted"),
        (good.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"), "kind"),
        (good.split("-----END").next().expect("a part").to_owned(), "without its end"),
        (pem("PRIVATE KEY", &der(good)[..200]), "neither an RSA key"),
        (pem("EC PRIVATE KEY", &der(good)), "no EC key"),
        (der(good).iter().map(|byte| format!("{byte:02x}")).collect(), "nor a path"),
        (good.lines().nth(1).expect("base64").to_owned(), "no file"),
    ] {
        let error = PrivateKey::from_text_or_file(&text).expect_err(reason);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(reason), "{reason}: {shown}");
        let pieces = der(good);
        let secret = STANDARD.encode(&pieces);
        assert!(
            !secret
                .as_bytes()
                .windows(12)
                .any(|piece| shown.as_bytes().windows(12).any(|text| text == piece)),
            "{shown}"
        );
    }
}

#[test]
fn a_path_names_a_file_with_pem_or_a_jwk() {
    let app = app();
    let file = |path: &Path| match path.to_str() {
        Some("/keys/app.pem") => Ok(app.private_key_pem.clone()),
        Some("app.json") => Ok(app.private_key_jwk.to_string()),
        Some("empty") => Ok(String::new()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    for path in ["/keys/app.pem", " app.json\n"] {
        assert!(PrivateKey::read(path, file).is_ok(), "{path}");
    }
    assert!(PrivateKey::read("empty", file).expect_err("empty").to_string().contains("holds neither"));
    assert!(PrivateKey::read("absent", file).expect_err("absent").to_string().contains("no file"));
}
