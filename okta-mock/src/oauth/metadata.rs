//! What anybody may read about the authorization server: its metadata and its public keys. In no rate-limit bucket.

use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::test_keys;
use crate::credentials::scopes;
use crate::reply::Reply;

/// The answer at one of the public addresses.
pub(crate) fn answer(base: &str, path: &str) -> Option<Reply> {
    let body = match path {
        "/.well-known/openid-configuration" => document(base, true).to_string(),
        "/.well-known/oauth-authorization-server" => document(base, false).to_string(),
        "/oauth2/v1/keys" => format!("{{\"keys\":[{}]}}", test_keys::ORG_SIGNING_JWK.trim()),
        _ => return None,
    };
    let mut reply = Reply::json(200, body);
    reply.set(CACHE_CONTROL, "max-age=86400, must-revalidate");
    Some(reply)
}

fn document(base: &str, openid: bool) -> Value {
    let at = |name: &str| format!("{base}/oauth2/v1/{name}");
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384"];
    let mut document = json!({
        "issuer": base,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "scopes_supported": scopes::OPENID,
        "token_endpoint_auth_methods_supported": methods,
        "claims_supported": ["iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce",
            "name", "preferred_username", "given_name", "family_name", "locale", "zoneinfo", "email",
            "email_verified", "at_hash"],
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": at("introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": at("revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "request_parameter_supported": false,
        "dpop_signing_alg_values_supported": algorithms,
    });
    if openid {
        document["userinfo_endpoint"] = at("userinfo").into();
        document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    }
    document
}
