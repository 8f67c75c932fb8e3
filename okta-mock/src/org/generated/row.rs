//! Writes a generated user's row straight into a page, without a value for it in between.
//!
//! Generated names hold nothing that JSON escapes. Members come in the order in which `user_json` writes them.

use super::{Generated, cost_center, has_password};
use crate::org::users::{OTY, Status};
use crate::timestamp::Calendar;

impl Generated<'_> {
    /// Appends the row of a list: `_links` holds `self` only.
    pub(crate) fn write_row(&self, out: &mut Vec<u8>, base: &str) {
        let id = self.write_members(out);
        for part in [b"\"self\":{\"href\":\"", base.as_bytes(), b"/api/v1/users/", &id, b"\"}}}"] {
            out.extend_from_slice(part);
        }
    }

    /// Appends everything up to the inside of `_links`, and says the id.
    pub(crate) fn write_members(&self, out: &mut Vec<u8>) -> [u8; 20] {
        let id = self.formula.ids.bytes(u64::from(self.n));
        let calendar = &self.formula.calendar;
        let created = self.created();
        let status = self.status();
        let password = has_password(status);
        let add = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
        add(out, "{\"id\":\"");
        out.extend_from_slice(&id);
        add(out, "\",\"status\":\"");
        add(out, status.name());
        add(out, "\",\"created\":");
        time(out, calendar, Some(created));
        add(out, ",\"activated\":");
        time(out, calendar, (status != Status::Staged).then_some(created + 5_000));
        add(out, ",\"statusChanged\":");
        time(out, calendar, self.status_changed_of(status, created));
        add(out, ",\"lastLogin\":");
        time(out, calendar, password.then(|| self.login_time()));
        add(out, ",\"lastUpdated\":");
        time(out, calendar, Some(self.last_updated()));
        add(out, ",\"passwordChanged\":");
        time(out, calendar, password.then_some(created + 605_000));
        add(out, ",\"type\":{\"id\":\"");
        add(out, OTY);
        add(out, "\"},\"profile\":{\"costCenter\":\"CC-");
        number(out, u32::try_from(cost_center(self.formula.seed, self.n)).unwrap_or(0));
        add(out, "\",\"department\":\"");
        add(out, self.department());
        add(out, "\",\"email\":\"");
        let name = self.name();
        let login = out.len();
        write_login(out, name, self.n);
        let login = login..out.len();
        add(out, "\",\"firstName\":\"");
        add(out, name.0);
        add(out, "\",\"lastName\":\"");
        add(out, name.1);
        add(out, "\",\"login\":\"");
        out.extend_from_within(login.clone());
        add(out, "\",\"mobilePhone\":null,\"secondEmail\":null},\"credentials\":{");
        if password {
            add(out, "\"password\":{},");
        }
        add(out, "\"emails\":[{\"value\":\"");
        out.extend_from_within(login);
        add(
            out,
            "\",\"status\":\"VERIFIED\",\"type\":\"PRIMARY\"}],\"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}},\
             \"_links\":{",
        );
        id
    }

    pub(super) fn write_login(&self, out: &mut Vec<u8>) {
        write_login(out, self.name(), self.n);
    }
}

/// `ada.byron.7@example.com`, or `user.7@…` for names that do not fit into a login.
pub(super) fn write_login(out: &mut Vec<u8>, (first, last): (&str, &str), n: u32) {
    if first.is_ascii() && last.is_ascii() {
        let start = out.len();
        for name in [first, last] {
            out.extend_from_slice(name.as_bytes());
            out.push(b'.');
        }
        out[start..].make_ascii_lowercase();
    } else {
        out.extend_from_slice(b"user.");
    }
    number(out, n);
    out.extend_from_slice(super::DOMAIN.as_bytes());
}

fn time(out: &mut Vec<u8>, calendar: &Calendar, ms: Option<i64>) {
    match ms {
        Some(ms) => calendar.write(out, ms),
        None => out.extend_from_slice(b"null"),
    }
}

fn number(out: &mut Vec<u8>, mut n: u32) {
    let mut reversed = [b'0'; 10];
    let mut used = 0;
    for slot in &mut reversed {
        *slot = b'0' + u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
        used += 1;
        if n == 0 {
            break;
        }
    }
    out.extend(reversed[..used].iter().rev());
}
