//! Configuration from the environment and from `okta.yaml`, under the names that Okta's own SDKs use.

#[cfg_attr(not(feature = "oauth"), path = "env/no_service_app.rs")]
mod service_app;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Client, ClientBuilder};
use crate::error::Error;

impl ClientBuilder {
    /// A builder with the URL and credential that [`Client::from_env`] would use, for further settings.
    ///
    /// # Errors
    /// As [`Client::from_env`].
    pub fn from_env() -> Result<Self, Error> {
        from_sources(None, |name| std::env::var_os(name), |path| std::fs::read_to_string(path))
    }

    /// As [`ClientBuilder::from_env`], but for the org at `org_url`, whatever the environment names: for programs that take
    /// the org as an argument and its credential from the environment.
    ///
    /// # Errors
    /// As [`Client::from_env`].
    pub fn from_env_for(org_url: &str) -> Result<Self, Error> {
        from_sources(Some(org_url), |name| std::env::var_os(name), |path| std::fs::read_to_string(path))
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
    authorization_mode: Option<String>,
    token: Option<String>,
    private_key: Option<String>,
    client_id: Option<String>,
    /// One text, or a list.
    scopes: Option<Value>,
    #[serde(alias = "keyId")]
    kid: Option<String>,
    /// A YAML boolean, or the word that a variable holds.
    dpop_enabled: Option<Value>,
}

const URL: &str = "OKTA_CLIENT_ORGURL";
const TOKEN: &str = "OKTA_CLIENT_TOKEN";
const MODE: &str = "OKTA_CLIENT_AUTHORIZATIONMODE";
const CLIENT_ID: &str = "OKTA_CLIENT_CLIENTID";
const SCOPES: &str = "OKTA_CLIENT_SCOPES";
const PRIVATE_KEY: &str = "OKTA_CLIENT_PRIVATEKEY";
const KID: &str = "OKTA_CLIENT_KID";
const DPOP: &str = "OKTA_CLIENT_DPOPENABLED";

/// How a client proves who it is, and which setting holds the secret for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ssws,
    Bearer,
    PrivateKey,
}

impl Mode {
    /// `key_only` is whether there is a private key and no token: a key says by itself how it is to be used.
    fn of(text: Option<&str>, key_only: bool) -> Result<Self, Error> {
        let is = |name: &str| text.unwrap_or("SSWS").trim().eq_ignore_ascii_case(name);
        match () {
            () if text.is_none() && key_only => Ok(Self::PrivateKey),
            () if is("SSWS") => Ok(Self::Ssws),
            () if is("Bearer") => Ok(Self::Bearer),
            () if is("PrivateKey") => Ok(Self::PrivateKey),
            () => Err(Error::config(MODE, "must be SSWS, Bearer or PrivateKey")),
        }
    }

    /// The variable with the secret, and its name in a file.
    fn secret(self) -> (&'static str, &'static str) {
        match self {
            Self::Ssws | Self::Bearer => (TOKEN, "okta.client.token"),
            Self::PrivateKey => (PRIVATE_KEY, "okta.client.privateKey"),
        }
    }
}

impl Settings {
    fn of_environment(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let text = |name| match variable(name).map(OsString::into_string) {
            Some(Ok(value)) if value.trim().is_empty() => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(Error::config(name, "is not UTF-8")),
            None => Ok(None),
        };
        Ok(Self {
            org_url: text(URL)?,
            authorization_mode: text(MODE)?,
            token: text(TOKEN)?,
            private_key: text(PRIVATE_KEY)?,
            client_id: text(CLIENT_ID)?,
            scopes: text(SCOPES)?.map(Value::from),
            kid: text(KID)?,
            dpop_enabled: text(DPOP)?.map(Value::from),
        })
    }

    /// How to use these, where nobody says so `before` them.
    fn mode(&self, before: Option<&str>) -> Result<Mode, Error> {
        let text = before.or(self.authorization_mode.as_deref());
        Mode::of(text, self.private_key.is_some() && self.token.is_none())
    }

    fn secret(&self, mode: Mode) -> Option<&String> {
        if mode == Mode::PrivateKey { self.private_key.as_ref() } else { self.token.as_ref() }
    }

    /// These, and where they are silent, others.
    fn or(self, other: Self) -> Self {
        Self {
            org_url: self.org_url.or(other.org_url),
            authorization_mode: self.authorization_mode.or(other.authorization_mode),
            token: self.token.or(other.token),
            private_key: self.private_key.or(other.private_key),
            client_id: self.client_id.or(other.client_id),
            scopes: self.scopes.or(other.scopes),
            kid: self.kid.or(other.kid),
            dpop_enabled: self.dpop_enabled.or(other.dpop_enabled),
        }
    }
}

/// The environment and the file system as functions, so that tests need neither.
///
/// A secret goes where its own source says, or where the caller says, and nowhere else: a file in the working directory must
/// not be able to name the place that another file's token, or the environment's, is sent to.
fn from_sources(
    org_url: Option<&str>,
    variable: impl Fn(&str) -> Option<OsString>,
    read: impl Fn(&Path) -> std::io::Result<String>,
) -> Result<ClientBuilder, Error> {
    let mut environment = Settings::of_environment(&variable)?;
    if let Some(given) = org_url {
        environment.org_url = Some(given.to_owned());
    }
    let mode = environment.mode(None)?;
    let settings = if environment.secret(mode).is_some() {
        if environment.org_url.is_none() {
            let (secret, _) = mode.secret();
            return Err(Error::config(
                URL,
                format!("is not set, and {secret} is not used for the orgUrl of an okta.yaml: set both"),
            ));
        }
        environment
    } else {
        let home = variable("HOME").filter(|home| !home.is_empty());
        let home = home.map(|home| PathBuf::from(home).join(".okta").join("okta.yaml"));
        let file = from_files(&environment, home, &read)?;
        // The file has been found to be of the org that was asked for.
        environment.or(file)
    };
    let mode = settings.mode(None)?;
    let missing = |variable, key: &str| {
        Error::config(variable, format!("is not set, nor okta.client.{key} in okta.yaml"))
    };
    let org_url = settings.org_url.clone().ok_or_else(|| missing(URL, "orgUrl"))?;
    let builder = Client::builder(org_url);
    match mode {
        Mode::PrivateKey => service_app::add(builder, settings, &read),
        Mode::Ssws => Ok(builder.api_token(settings.token.ok_or_else(|| missing(TOKEN, "token"))?)),
        Mode::Bearer => Ok(builder.bearer_token(settings.token.ok_or_else(|| missing(TOKEN, "token"))?)),
    }
}

/// The settings of the first file that has a secret for the org, or that names an org if the environment does not.
fn from_files(
    environment: &Settings,
    home: Option<PathBuf>,
    read: &impl Fn(&Path) -> std::io::Result<String>,
) -> Result<Settings, Error> {
    let org_url = &environment.org_url;
    let (mut foreign, mut wanted) = (false, Mode::Ssws);
    for path in std::iter::once(PathBuf::from("okta.yaml")).chain(home) {
        let file = load(&path, read)?;
        wanted = file.mode(environment.authorization_mode.as_deref())?;
        let (variable, key) = wanted.secret();
        match (org_url, &file.org_url, file.secret(wanted)) {
            (None, Some(_), Some(_)) => return Ok(file),
            (Some(asked), Some(named), Some(_)) if is_same_org(asked, named) => return Ok(file),
            (None, Some(_), None) => {
                return Err(Error::config(
                    variable,
                    format!(
                        "is not set, nor {key} in the okta.yaml that sets orgUrl; no other file's secret goes there"
                    ),
                ));
            }
            (None, None, Some(_)) => {
                return Err(Error::config(
                    URL,
                    format!(
                        "is not set, nor okta.client.orgUrl in the okta.yaml that sets {key}; it goes to no other file's orgUrl"
                    ),
                ));
            }
            (Some(_), _, Some(_)) => foreign = true,
            (_, _, None) => {}
        }
    }
    let (variable, key) = wanted.secret();
    Err(match org_url {
        None => Error::config(URL, "is not set, nor okta.client.orgUrl in okta.yaml"),
        Some(_) if foreign => Error::config(
            variable,
            format!(
                "is not set, and {key} in okta.yaml is not for the org that was asked for: its orgUrl is another"
            ),
        ),
        Some(_) => Error::config(variable, format!("is not set, nor {key} in okta.yaml")),
    })
}

/// Whether two URLs name one origin. What cannot be read names none.
fn is_same_org(one: &str, other: &str) -> bool {
    match (Url::parse(one.trim()), Url::parse(other.trim())) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

/// A file that is not there sets nothing; a file that cannot be read is an error, or a typing mistake would look like a missing token.
fn load(path: &Path, read: &impl Fn(&Path) -> std::io::Result<String>) -> Result<Settings, Error> {
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
mod tests;
