use super::*;

fn find(entries: &[(&str, &str)], name: &str) -> Option<String> {
    entries.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

fn load_for(
    org_url: Option<&str>,
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Result<Client, Error> {
    let read = |path: &Path| {
        find(files, path.to_str().expect("a plain path")).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    // Answers with what it was sent.
    let echo = |request: http::Request<bytes::Bytes>| {
        let sent = request.headers()[http::header::AUTHORIZATION].to_str().expect("text").to_owned();
        std::future::ready(http::Response::new(bytes::Bytes::from(format!("\"{sent}\""))))
    };
    from_sources(org_url, |name| find(variables, name).map(OsString::from), read)?
        .transport(crate::transport::from_fn(echo))
        .build()
}

/// Host and token that a client would use, or the setting that was refused.
fn used(client: Result<Client, Error>) -> Result<String, String> {
    match client {
        Ok(client) => {
            let request = client.get::<serde_json::Value>("/api/v1/org");
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let echoed = runtime.block_on(request).expect("an answer");
            Ok(format!("{} {}", client.org_url().host_str().expect("a host"), echoed.as_str().expect("text")))
        }
        Err(error) => Err(error.to_string()),
    }
}

const NEAR: &str =
    "okta:\n  client:\n    orgUrl: https://near.okta.com\n    token: 00Tnear\n    connectionTimeout: 30\n";
const FAR: &str =
    "okta:\n  client:\n    orgUrl: https://far.okta.com/\n    token: 00Tfar\n    authorizationMode: Bearer\n";
const FAR_PATH: &str = "/home/ada/.okta/okta.yaml";
const HOME: (&str, &str) = ("HOME", "/home/ada");
const ENV_URL: (&str, &str) = (URL, "https://env.okta.com");
const ENV_TOKEN: (&str, &str) = (TOKEN, "00Tenv");

#[test]
fn the_environment_comes_before_the_files_and_the_near_file_before_the_far_one() {
    let both = [("okta.yaml", NEAR), (FAR_PATH, FAR)];
    for (variables, files, expected) in [
        (&[ENV_URL, ENV_TOKEN, HOME][..], &both[..], "env.okta.com SSWS 00Tenv"),
        (&[HOME], &both, "near.okta.com SSWS 00Tnear"),
        (&[], &both, "near.okta.com SSWS 00Tnear"),
        (&[HOME], &both[1..], "far.okta.com Bearer 00Tfar"),
        (&[HOME, (URL, "https://FAR.okta.com")], &both, "far.okta.com Bearer 00Tfar"),
        (&[HOME, (URL, "https://far.okta.com"), (MODE, "ssws")], &both, "far.okta.com SSWS 00Tfar"),
        (&[HOME, (URL, " "), (TOKEN, "")], &both, "near.okta.com SSWS 00Tnear"),
    ] {
        assert_eq!(used(load_for(None, variables, files)).as_deref(), Ok(expected), "{variables:?}");
    }
    let given = "https://given.okta.com";
    assert_eq!(
        used(load_for(Some(given), &[ENV_URL, ENV_TOKEN], &both)).as_deref(),
        Ok("given.okta.com SSWS 00Tenv")
    );
    assert_eq!(
        used(load_for(Some("https://near.okta.com/"), &[ENV_URL], &both)).as_deref(),
        Ok("near.okta.com SSWS 00Tnear")
    );
}

#[test]
fn a_token_is_never_sent_to_a_url_from_another_source() {
    let evil = "okta:\n  client:\n    orgUrl: https://evil.example\n";
    let bare = "okta:\n  client:\n    token: 00Tnear\n";
    for (org_url, variables, files) in [
        // A file in the working directory names the place, the token is somebody else's.
        (None, &[ENV_TOKEN, HOME][..], &[("okta.yaml", evil)][..]),
        (None, &[HOME], &[("okta.yaml", evil), (FAR_PATH, FAR)]),
        // A file's token, and a place that is not its own.
        (None, &[ENV_URL, HOME], &[("okta.yaml", NEAR), (FAR_PATH, FAR)]),
        (Some("https://evil.example"), &[HOME], &[("okta.yaml", NEAR), (FAR_PATH, FAR)]),
        (Some(""), &[HOME], &[("okta.yaml", NEAR)]),
        (Some("http://near.okta.com"), &[HOME], &[("okta.yaml", NEAR)]),
        (None, &[ENV_URL], &[("okta.yaml", bare)]),
        (None, &[HOME], &[("okta.yaml", bare), (FAR_PATH, evil)]),
    ] {
        let refused = used(load_for(org_url, variables, files)).expect_err("refused");
        assert!(refused.contains(URL) || refused.contains(TOKEN), "{refused}");
        assert!(refused.contains("okta.yaml") && !refused.contains("00T"), "{refused}");
    }
}

#[test]
fn no_file_is_read_where_the_environment_says_all() {
    let variables = |name: &str| find(&[ENV_URL, ENV_TOKEN, HOME], name).map(OsString::from);
    let read = |path: &Path| panic!("{} is read", path.display());
    assert!(from_sources(None, variables, read).is_ok());
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_an_error_and_not_absent() {
    use std::os::unix::ffi::OsStringExt;
    for name in [URL, TOKEN, MODE] {
        let variable = |asked: &str| (asked == name).then(|| OsString::from_vec(vec![b'0', 0xff]));
        let read = |_: &Path| Ok(NEAR.to_owned());
        let error = from_sources(None, variable, read).map(|_| ()).expect_err(name);
        assert!(matches!(error, Error::Config { field, .. } if field == name), "{error:?}");
    }
}

#[test]
fn modes_are_those_of_oktas_sdks() {
    let with = |mode| used(load_for(None, &[ENV_URL, ENV_TOKEN, (MODE, mode)], &[]));
    assert_eq!(with("SSWS").as_deref(), Ok("env.okta.com SSWS 00Tenv"));
    assert_eq!(with("bearer").as_deref(), Ok("env.okta.com Bearer 00Tenv"));
    assert!(with("PrivateKey").expect_err("a token is no key").contains(PRIVATE_KEY));
    assert!(with("magic").is_err());
}

#[test]
fn what_is_missing_is_named_and_a_broken_file_is_not_ignored() {
    assert!(used(load_for(None, &[], &[])).expect_err("nothing set").contains(URL));
    assert!(used(load_for(None, &[ENV_URL], &[])).expect_err("no token").contains(TOKEN));
    let broken = load_for(None, &[], &[("okta.yaml", "okta: [00Tsecret")]).expect_err("broken");
    assert!(!format!("{broken:?}").contains("00Tsecret"));
}

#[cfg(feature = "oauth")]
mod service_app {
    use okta_mock::{Clock, OktaMock};

    use super::*;

    fn org() -> OktaMock {
        // A minute ahead, so that nothing is dated in its future.
        let now = crate::timestamp::Timestamp::now().as_millis();
        OktaMock::builder().require_dpop(true).clock(Clock::Tokio(now + 60_000)).in_process()
    }

    /// How the token is sent that a configured client got, or what was refused.
    fn scheme(org: &OktaMock, variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<String, String> {
        let read = |path: &Path| {
            find(files, path.to_str().expect("a plain path"))
                .ok_or_else(|| std::io::ErrorKind::NotFound.into())
        };
        let builder = from_sources(None, |name| find(variables, name).map(OsString::from), read);
        let service = org.service();
        let sent = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let transport = crate::transport::from_fn({
            let sent = std::sync::Arc::clone(&sent);
            move |request: http::Request<bytes::Bytes>| {
                if let Some(value) = request.headers().get(http::header::AUTHORIZATION) {
                    let scheme = value.to_str().expect("text").split(' ').next().unwrap_or_default();
                    scheme.clone_into(&mut sent.lock().expect("no panic"));
                }
                service.call(request)
            }
        });
        let client = builder.and_then(|builder| builder.transport(transport).build());
        let client = client.map_err(|error| format!("{error} {error:?}"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let listed = runtime.expect("a runtime").block_on(client.users().list().paginate().collect_all());
        listed.map_err(|error| format!("{error:?}"))?;
        let scheme = sent.lock().expect("no panic").clone();
        Ok(scheme)
    }

    #[test]
    fn a_service_app_comes_from_the_environment_with_its_key_in_any_form() {
        let org = org();
        let app = org.service_app();
        let (jwk, one_line) = (app.private_key_jwk.to_string(), app.private_key_pem.replace('\n', "\\n"));
        let file = [("keys/app.pem", app.private_key_pem.as_str())];
        for (key, kid, mode) in [
            (app.private_key_pem.as_str(), app.kid.as_str(), "PrivateKey"),
            (&one_line, &app.kid, "privatekey"),
            (&jwk, "", "PrivateKey"),
            ("keys/app.pem", &app.kid, "PrivateKey"),
            // A key says by itself how it is used.
            (&jwk, "", ""),
        ] {
            for scopes in
                ["okta.users.read okta.groups.read", "okta.users.read,okta.groups.read", "okta.users.read"]
            {
                let variables = [
                    (URL, org.url()),
                    (MODE, mode),
                    (CLIENT_ID, &app.client_id),
                    (SCOPES, scopes),
                    (PRIVATE_KEY, key),
                    (KID, kid),
                ];
                assert_eq!(scheme(&org, &variables, &file).as_deref(), Ok("DPoP"), "{mode} {kid} {scopes}");
            }
        }
    }

    #[test]
    fn a_service_app_comes_from_a_file_and_the_environment_may_name_the_rest() {
        let org = org();
        let app = org.service_app();
        let yaml = format!(
            "okta:\n  client:\n    orgUrl: {}\n    authorizationMode: PrivateKey\n    clientId: {}\n    scopes:\n      - okta.users.read\n      - okta.logs.read\n    privateKey: '{}'\n",
            org.url(),
            app.client_id,
            app.private_key_jwk
        );
        let files = [("okta.yaml", yaml.as_str())];
        assert_eq!(scheme(&org, &[], &files).as_deref(), Ok("DPoP"));
        let without = scheme(&org, &[(DPOP, "false")], &files).expect_err("DPoP is required");
        assert!(without.contains("invalid_dpop_proof"), "{without}");
        let off = format!("{yaml}    dpopEnabled: false\n");
        assert!(
            scheme(&org, &[], &[("okta.yaml", &off)]).expect_err("required").contains("invalid_dpop_proof")
        );
        assert_eq!(scheme(&org, &[(DPOP, "True")], &[("okta.yaml", &off)]).as_deref(), Ok("DPoP"));
        let other = scheme(&org, &[(SCOPES, "okta.nothing.read")], &files).expect_err("no such scope");
        assert!(other.contains("invalid_scope"), "{other}");
    }

    #[test]
    fn what_a_service_app_lacks_is_named_and_its_key_goes_to_no_other_files_org() {
        let org = org();
        let app = org.service_app();
        let (pem, jwk) = (app.private_key_pem.as_str(), app.private_key_jwk.to_string());
        let all = [
            (URL, org.url()),
            (MODE, "PrivateKey"),
            (CLIENT_ID, app.client_id.as_str()),
            (SCOPES, "okta.users.read"),
            (PRIVATE_KEY, pem),
        ];
        let but = |name: &str| all.into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>();
        let with = |name: &'static str, value: &'static str| {
            let mut changed = but(name);
            changed.push((name, value));
            changed
        };
        let evil = "okta:\n  client:\n    orgUrl: https://evil.example\n";
        let keyed = format!(
            "okta:\n  client:\n    privateKey: '{jwk}'\n    clientId: 0oa1\n    scopes: okta.users.read\n"
        );
        for (variables, files, named, word) in [
            (but(CLIENT_ID), &[][..], CLIENT_ID, "clientId"),
            (but(SCOPES), &[], SCOPES, "scopes"),
            (but(PRIVATE_KEY), &[], PRIVATE_KEY, "privateKey"),
            (but(URL), &[], URL, PRIVATE_KEY),
            (but(URL), &[("okta.yaml", evil)], URL, PRIVATE_KEY),
            (vec![], &[("okta.yaml", keyed.as_str())], URL, "privateKey"),
            (vec![(URL, org.url())], &[("okta.yaml", keyed.as_str())], PRIVATE_KEY, "another"),
            (with(PRIVATE_KEY, "no/such/key.pem"), &[], PRIVATE_KEY, "no file"),
            (with(PRIVATE_KEY, "{}"), &[], PRIVATE_KEY, "JWK"),
            (with(SCOPES, " , "), &[], SCOPES, "are missing"),
            (with(CLIENT_ID, "0oa 1"), &[], CLIENT_ID, "space"),
            (with(DPOP, "maybe"), &[], DPOP, "true or false"),
            (with(MODE, "JWT"), &[], MODE, "PrivateKey"),
        ] {
            let refused = scheme(&org, &variables, files).expect_err(named);
            assert!(refused.starts_with(named) && refused.contains(word), "{named} {word}: {refused}");
            assert!(!refused.contains("MII") && !refused.contains(&app.private_key_pem[40..60]), "{refused}");
        }
    }
}
