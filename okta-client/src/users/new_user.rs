//! `NewUser`: a user to be created, with whatever proves later who it is.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::PasswordHash;
use crate::client::Client;
use crate::edit::Edit;
use crate::id::GroupId;
use crate::request::RequestBuilder;

/// A user to be created. Begins as one that Okta invites by mail: `PROVISIONED`.
///
/// ```
/// use okta_client::users::{NewUser, UserProfile};
///
/// let mut profile = UserProfile::default();
/// profile.login = Some("ada@example.com".into());
/// profile.email = profile.login.clone();
/// let ada = NewUser::new(&profile).attribute("costCenter", "CC-1").password("correct horse");
/// ```
///
/// **Source**: Okta, "Create a user".
#[derive(Debug, Clone)]
#[must_use = "a user is created by `Users::create`"]
pub struct NewUser {
    body: Edit,
    groups: Vec<GroupId>,
    activate: bool,
    change_password: bool,
    outer_provider: bool,
}

impl NewUser {
    /// A user with a profile: [`UserProfile`](super::UserProfile), or a struct of yours with your org's attributes. `login` and
    /// `email` are always needed.
    pub fn new(profile: impl Serialize) -> Self {
        Self::of(Edit::new().set("/profile", profile))
    }

    /// A user by the whole body, as Okta documents it: a struct of yours, or an [`Edit`]. What the other setters set is put into it.
    pub fn from_body(body: impl Serialize) -> Self {
        Self::of(serde_json::to_vec(&body).map_or_else(|_| Edit::of(b""), |body| Edit::of(&body)))
    }

    fn of(body: Edit) -> Self {
        Self { body, groups: Vec::new(), activate: true, change_password: false, outer_provider: false }
    }

    /// One more attribute of the profile, by its name in the org's schema.
    pub fn attribute(mut self, name: &str, value: impl Serialize) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        self.body = self.body.set(&format!("/profile/{name}"), value);
        self
    }

    /// A first password: the user is `ACTIVE` at once.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.body = self.body.set("/credentials/password/value", password.into().expose_secret());
        self
    }

    /// A password that another store has hashed: the user is `ACTIVE` at once, and signs in with the password of there.
    pub fn password_hash(mut self, hash: PasswordHash) -> Self {
        self.body = self.body.set("/credentials/password/hash", hash);
        self
    }

    /// The first sign-in asks your password import inline hook whether the password is right; Okta keeps it from then on.
    pub fn password_hook(mut self) -> Self {
        self.body = self.body.set("/credentials/password/hook/type", "default");
        self
    }

    /// What a user who has forgotten the password is asked: question and answer of 1 to 100 characters each.
    pub fn recovery_question(mut self, question: impl AsRef<str>, answer: impl Into<SecretString>) -> Self {
        let (question, answer) = (question.as_ref(), answer.into());
        let asked = json!({ "question": question, "answer": answer.expose_secret() });
        self.body = self.body.set("/credentials/recovery_question", asked);
        self
    }

    /// Somebody else than Okta checks who it is, such as `FEDERATION` with its name, `FEDERATION` too: the user is `ACTIVE` at once and
    /// has neither password nor recovery question here.
    pub fn provider(mut self, kind: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        let provider = json!({ "type": kind.as_ref(), "name": name.as_ref() });
        self.body = self.body.set("/credentials/provider", provider);
        self.outer_provider = true;
        self
    }

    /// The first password has to be changed at the next sign-in: `PASSWORD_EXPIRED`.
    pub fn change_password(mut self) -> Self {
        self.change_password = true;
        self
    }

    /// Not activated, and not invited: `STAGED`.
    pub fn staged(mut self) -> Self {
        self.activate = false;
        self
    }

    /// A member of a group from the beginning. At most 20.
    pub fn group(mut self, group: impl Into<GroupId>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Of another type than the org's default.
    pub fn user_type(mut self, id: impl AsRef<str>) -> Self {
        self.body = self.body.set("/type/id", id.as_ref());
        self
    }

    /// In another realm than the default one.
    #[doc(alias = "realmId")]
    pub fn realm(mut self, id: impl AsRef<str>) -> Self {
        self.body = self.body.set("/realmId", id.as_ref());
        self
    }

    pub(super) fn request(&self, client: &Client) -> RequestBuilder {
        let mut body = self.body.clone();
        if !self.groups.is_empty() {
            body = body.set("/groupIds", &self.groups);
        }
        let mut request = client.api(Method::POST, &["users"]).query("activate", self.activate.to_string());
        if self.outer_provider {
            request = request.query("provider", "true");
        }
        if self.change_password {
            request = request.query("nextLogin", "changePassword");
        }
        request.json(&body)
    }
}
