//! Configuration from the environment and from `okta.yaml`, under the names that Okta's own SDKs use.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Client, ClientBuilder};
use crate::error::Error;

impl ClientBuilder {
    /// A builder with the URL and credential that [`Client::from_env`] would use, for further settings.
    ///
    /// # Errors
    /// As [`Client::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        from_lookup(|name| std::env::var(name).ok(), |path| std::fs::read_to_string(path))
    }

    /// As [`ClientBuilder::from_env`], but for the org at `org_url`, whatever the environment names: for programs that take
    /// the org as an argument and its credential from the environment.
    ///
    /// # Errors
    /// As [`Client::from_env`].
    pub fn from_env_for(org_url: &str) -> Result<Self, Error> {
        let variable = |name: &str| match name {
            "OKTA_CLIENT_ORGURL" => Some(org_url.to_owned()),
            _ => std::env::var(name).ok(),
        };
        from_lookup(variable, |path| std::fs::read_to_string(path))
    }
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    okta: Okta,
}

#[derive(Default, Deserialize)]
struct Okta {
    #[serde(default)]
    client: Settings,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    org_url: Option<String>,
    token: Option<String>,
    authorization_mode: Option<String>,
}

/// The environment and the file system as functions, so that tests need neither.
fn from_lookup(
    variable: impl Fn(&str) -> Option<String>,
    read: impl Fn(&Path) -> std::io::Result<String>,
) -> Result<ClientBuilder, Error> {
    let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let home = variable("HOME").map(|home| PathBuf::from(home).join(".okta").join("okta.yaml"));
    let mut settings = Settings {
        org_url: variable("OKTA_CLIENT_ORGURL"),
        token: variable("OKTA_CLIENT_TOKEN"),
        authorization_mode: variable("OKTA_CLIENT_AUTHORIZATIONMODE"),
    };
    for path in std::iter::once(PathBuf::from("okta.yaml")).chain(home) {
        if settings.org_url.is_some() && settings.token.is_some() && settings.authorization_mode.is_some() {
            break;
        }
        let file = load(&path, &read)?;
        settings.org_url = settings.org_url.or(file.org_url);
        settings.token = settings.token.or(file.token);
        settings.authorization_mode = settings.authorization_mode.or(file.authorization_mode);
    }
    let org_url = settings.org_url.ok_or_else(|| {
        Error::config("OKTA_CLIENT_ORGURL", "is not set, nor okta.client.orgUrl in okta.yaml")
    })?;
    let token = || {
        settings.token.ok_or_else(|| {
            Error::config("OKTA_CLIENT_TOKEN", "is not set, nor okta.client.token in okta.yaml")
        })
    };
    let builder = Client::builder(org_url);
    match settings.authorization_mode.as_deref().unwrap_or("SSWS") {
        mode if mode.eq_ignore_ascii_case("SSWS") => Ok(builder.api_token(token()?)),
        mode if mode.eq_ignore_ascii_case("Bearer") => Ok(builder.bearer_token(token()?)),
        mode if mode.eq_ignore_ascii_case("PrivateKey") => Err(Error::config(
            "OKTA_CLIENT_AUTHORIZATIONMODE",
            "PrivateKey is not supported yet; use SSWS or Bearer",
        )),
        _ => Err(Error::config("OKTA_CLIENT_AUTHORIZATIONMODE", "must be SSWS or Bearer")),
    }
}

/// A file that is not there sets nothing; a file that cannot be read is an error, or a typing mistake would look like a missing token.
fn load(path: &Path, read: impl Fn(&Path) -> std::io::Result<String>) -> Result<Settings, Error> {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => {
            return Err(Error::Config {
                field: "okta.yaml",
                reason: "cannot be read".into(),
                source: Some(error.into()),
            });
        }
    };
    // The parser's message may quote the file, and the file holds a token.
    let file: File = serde_saphyr::from_str(&text)
        .map_err(|_| Error::config("okta.yaml", "is not YAML of the expected shape"))?;
    Ok(file.okta.client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_from(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Client, Error> {
        let find = |entries: &[(&str, &str)], name: &str| {
            entries.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let read = |path: &Path| {
            find(files, path.to_str().expect("a plain path"))
                .ok_or_else(|| std::io::ErrorKind::NotFound.into())
        };
        let empty = |_| std::future::ready(http::Response::new(bytes::Bytes::new()));
        from_lookup(|name| find(variables, name), read)?.transport(crate::transport::from_fn(empty)).build()
    }

    const YAML: &str = "okta:\n  client:\n    orgUrl: https://file.okta.com\n    token: 00Tfile\n    connectionTimeout: 30\n";

    #[test]
    fn the_environment_comes_before_the_files_and_the_near_file_before_the_far_one() {
        let org = |client: Result<Client, Error>| {
            client.expect("configured").org_url().host_str().map(str::to_owned).unwrap_or_default()
        };
        let environment = [
            ("OKTA_CLIENT_ORGURL", "https://env.okta.com"),
            ("OKTA_CLIENT_TOKEN", "00Tenv"),
            ("HOME", "/home/ada"),
        ];
        assert_eq!(org(load_from(&environment, &[("okta.yaml", YAML)])), "env.okta.com");
        assert_eq!(org(load_from(&environment[..1], &[("okta.yaml", YAML)])), "env.okta.com");
        assert_eq!(org(load_from(&[], &[("okta.yaml", YAML)])), "file.okta.com");
        let far = YAML.replace("file", "far");
        assert_eq!(org(load_from(&environment[2..], &[("/home/ada/.okta/okta.yaml", &far)])), "far.okta.com");
        assert_eq!(
            org(load_from(&environment[2..], &[("okta.yaml", YAML), ("/home/ada/.okta/okta.yaml", &far)])),
            "file.okta.com"
        );
    }

    #[test]
    fn modes_are_those_of_oktas_sdks() {
        let with = |mode| {
            load_from(
                &[
                    ("OKTA_CLIENT_ORGURL", "https://env.okta.com"),
                    ("OKTA_CLIENT_TOKEN", "00Tenv"),
                    ("OKTA_CLIENT_AUTHORIZATIONMODE", mode),
                ],
                &[],
            )
        };
        assert!(format!("{:?}", with("SSWS").expect("supported")).contains("ApiToken"));
        assert!(format!("{:?}", with("bearer").expect("supported")).contains("Bearer"));
        assert!(with("PrivateKey").expect_err("not yet").to_string().contains("not supported yet"));
        assert!(with("magic").is_err());
    }

    #[test]
    fn what_is_missing_is_named_and_a_broken_file_is_not_ignored() {
        assert!(load_from(&[], &[]).expect_err("nothing set").to_string().contains("OKTA_CLIENT_ORGURL"));
        assert!(
            load_from(&[("OKTA_CLIENT_ORGURL", "https://env.okta.com")], &[])
                .expect_err("no token")
                .to_string()
                .contains("OKTA_CLIENT_TOKEN")
        );
        let broken = load_from(&[], &[("okta.yaml", "okta: [00Tsecret")]).expect_err("broken");
        assert!(!format!("{broken:?}").contains("00Tsecret"));
    }
}
