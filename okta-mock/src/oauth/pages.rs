//! What a person sees: the sign-in page, an error page, and the page that posts an answer back.
//!
//! Everything written into a page is escaped; a page carries no script but the one line that submits a form.

use std::fmt::Write as _;

use super::client::Client;
use super::form::Form;
use super::refusal::Refusal;
use crate::credentials::people;
use crate::html::Escaped;
use crate::org::Org;
use crate::reply::Reply;

const HTML: &str = "text/html;charset=utf-8";
/// How many users are offered; any other can be typed in.
const MOST_USERS: usize = 50;

/// The sign-in page. It posts to where it came from, with every parameter of the app's request.
pub(super) fn sign_in(org: &Org, client: &Client, form: &Form, wrong: Option<&str>) -> Reply {
    let mut fields = String::new();
    for (name, value) in form.fields().filter(|(name, _)| !["login", "cancel"].contains(name)) {
        hidden(&mut fields, name, value);
    }
    let wrong = wrong.map(|wrong| format!("<p role=\"alert\">{}</p>", Escaped(wrong))).unwrap_or_default();
    let mut users = String::new();
    for person in people::some(org, MOST_USERS) {
        let (login, name) = (Escaped(&person.login), Escaped(&person.name));
        let _ = write!(
            users,
            "<li><button name=\"login\" value=\"{login}\">{name}</button> <small>{login}</small></li>"
        );
    }
    let hint = Escaped(form.get("login_hint").unwrap_or_default());
    // The buttons have a form of their own, or the empty text field would be sent along with them.
    page(
        200,
        "Sign in",
        &format!(
            "{wrong}<p>{label} asks who you are. This is a fake Okta: no password is needed.</p>\
             <form method=\"post\" action=\"/oauth2/v1/authorize\">{fields}<label>Login <input name=\"login\" value=\"{hint}\" autofocus required></label> \
             <button>Sign in</button></form>\
             <form method=\"post\" action=\"/oauth2/v1/authorize\">{fields}<ul>{users}</ul>\
             <button name=\"cancel\" value=\"true\">Cancel</button></form>",
            label = Escaped(&client.label),
        ),
    )
}

/// What is shown when nobody can be told by a redirect.
pub(super) fn error(wrong: &Refusal) -> Reply {
    page(
        400,
        "400 Bad Request",
        &format!("<p>Error: <code>{}</code></p><p>{}</p>", Escaped(wrong.error), Escaped(&wrong.description)),
    )
}

/// `response_mode=form_post`: the answer in a form that submits itself.
pub(super) fn form_post(to: &str, fields: &[(&str, &str)]) -> Reply {
    let mut inputs = String::new();
    for (name, value) in fields {
        hidden(&mut inputs, name, value);
    }
    page(
        200,
        "Back to the app",
        &format!(
            "<form id=\"back\" method=\"post\" action=\"{}\">{inputs}<button>Continue</button></form>\
             <script>document.getElementById('back').submit()</script>",
            Escaped(to)
        ),
    )
}

fn page(status: u16, title: &str, body: &str) -> Reply {
    Reply::new(
        status,
        HTML,
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
             <body style=\"font:16px sans-serif;max-width:40em;margin:3em auto\"><h1>{title}</h1>{body}</body></html>\n"
        ),
    )
}

fn hidden(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", Escaped(name), Escaped(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_sent_becomes_markup() {
        let wrong = Refusal::request("<script>alert('\"&\"')</script>".to_owned());
        let body = String::from_utf8(error(&wrong).body.to_vec()).expect("text");
        assert!(body.contains("&lt;script&gt;alert(&#39;&quot;&amp;&quot;&#39;)&lt;/script&gt;"), "{body}");
    }
}
