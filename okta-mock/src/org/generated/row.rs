//! Writes a generated user's row straight into a page, without a value for it in between.
//!
//! A form for each status with its blanks filled in, then pieces for the names. Members come in the order in which
//! `user_json` writes them. Nothing that was just written is read again: processors wait for that.

use super::pieces::{
    ACTIVATED, ACTIVE, CREATED, DEPARTMENT, DEPROVISIONED, FAMILY, Form, GIVEN, LAST_LOGIN, LAST_UPDATED,
    PASSWORD_CHANGED, PROVISIONED, STAGED, STATUS_CHANGED, SUSPENDED,
};
use super::{DOMAIN, Generated, Who, has_password};
use crate::org::id::Spelled;
use crate::org::users::Status;
use crate::sheet::{Piece, Sheet};
use crate::timestamp::Moment;

/// More than a row takes without its links.
const MOST: usize = 1_280;

impl Generated<'_> {
    /// Appends the row of a list: `_links` holds `self` only.
    pub(crate) fn write_row(&self, out: &mut Sheet, base: &str) {
        let id = self.write_members(out);
        *out.next() = *b"\"self\":{\"href\":\"";
        out.push(base.as_bytes());
        out.reserve(64);
        *out.next() = *b"/api/v1/users/";
        id.put(out.next());
        *out.next() = *b"\"}}}";
    }

    /// Appends everything up to the inside of `_links`, and says the id.
    pub(crate) fn write_members(&self, out: &mut Sheet) -> Spelled {
        out.reserve(MOST);
        let id = self.formula.ids.spell(u64::from(self.n));
        let status = self.status();
        let who = self.who();
        let login = Login::of(&who, self.n);
        self.write_head(out, &id, status, &who);
        out.piece(&DEPARTMENT[who.department]);
        login.write(out);
        out.piece(&GIVEN[who.given].member);
        out.piece(&FAMILY[who.family].member);
        login.write(out);
        *out.next() = *b"\",\"mobilePhone\":null,\"secondEmail\":null},\"credentials\":{";
        if has_password(status) {
            *out.next() = *b"\"password\":{},";
        }
        *out.next() = *b"\"emails\":[{\"value\":\"";
        login.write(out);
        *out.next() = *b"\",\"status\":\"VERIFIED\",\"type\":\"PRIMARY\"}],\
                         \"provider\":{\"type\":\"OKTA\",\"name\":\"OKTA\"}},\"_links\":{";
        id
    }

    /// The id, the times and the cost centre.
    fn write_head(&self, out: &mut Sheet, id: &Spelled, status: Status, who: &Who) {
        let form: &Form = match status {
            Status::Staged => &STAGED,
            Status::Provisioned => &PROVISIONED,
            Status::Suspended => &SUSPENDED,
            Status::Deprovisioned => &DEPROVISIONED,
            _ => &ACTIVE,
        };
        let calendar = &self.formula.calendar;
        let text = out.form(&form.text);
        if let Some(blank) = text[form.id..].first_chunk_mut() {
            id.put(blank);
        }
        let mut fill = |time: usize, moment: Moment| {
            let at = form.times[time];
            if let Some(blank) = text[at..].first_chunk_mut().filter(|_| at > 0) {
                calendar.spell(moment, blank);
            }
        };
        let (past, lately) = (self.past(), self.lately());
        let created = past.created();
        let password = created.later(10, 5);
        fill(CREATED, created);
        fill(ACTIVATED, created.later(0, 5));
        fill(PASSWORD_CHANGED, password);
        fill(STATUS_CHANGED, if status == Status::Active { password } else { past.status_changed() });
        fill(LAST_LOGIN, lately.login());
        fill(LAST_UPDATED, lately.updated());
        let cost = who.cost_center;
        let digit = |n: usize| b"0123456789"[n % 10];
        text[form.cost..form.cost + 3].copy_from_slice(&[digit(cost / 100), digit(cost / 10), digit(cost)]);
    }
}

/// A user as events name one.
pub(crate) struct Person {
    pub(crate) id: Spelled,
    pub(super) login: Login,
    pub(super) who: Who,
}

impl Person {
    /// Needs a [`reserve`](Sheet::reserve) of 64 bytes, as does the next.
    pub(crate) fn write_login(&self, out: &mut Sheet) {
        self.login.write(out);
    }

    pub(crate) fn write_name(&self, out: &mut Sheet) {
        out.piece(&GIVEN[self.who.given].name);
        *out.next() = *b" ";
        out.piece(&FAMILY[self.who.family].name);
    }
}

/// See [`super::login_prefix`].
pub(super) fn login_prefix(given: usize, family: usize) -> String {
    [GIVEN[given].login.text(), FAMILY[family].login.text()].concat()
}

/// The digits of a number, in a place for them.
pub(crate) fn digits_of(n: u32, place: &mut [u8; 10]) -> &[u8] {
    let number = Number::of(n);
    let front = number.front_len;
    place[..2].copy_from_slice(&number.front);
    place[front..front + 8].copy_from_slice(&number.back.to_le_bytes());
    &place[..front + number.back_len]
}

/// Appends a number. Needs a [`reserve`](Sheet::reserve) of 16 bytes.
pub(crate) fn write_number(out: &mut Sheet, n: u32) {
    Number::of(n).write(out);
}

/// `ada.byron.7@example.com`, or `user.7@…` for names that do not fit into a login.
pub(super) struct Login {
    given: &'static Piece<16>,
    family: &'static Piece<16>,
    number: Number,
}

impl Login {
    pub(super) fn of(who: &Who, n: u32) -> Self {
        let (given, family) = (&GIVEN[who.given].login, &FAMILY[who.family].login);
        Self { given, family, number: Number::of(n) }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(48);
        let (front, back) = (self.number.front_piece(), self.number.back_piece());
        for part in [self.given.text(), self.family.text(), front.text(), back.text(), DOMAIN] {
            text.push_str(part);
        }
        text
    }

    /// Needs a [`reserve`](Sheet::reserve) of 64 bytes.
    pub(super) fn write(&self, out: &mut Sheet) {
        out.piece(self.given);
        out.piece(self.family);
        self.number.write(out);
        *out.next() = *b"@example.com";
    }
}

/// The decimal digits of a number, as they are stored.
struct Number {
    /// The digits before the last eight, where there are any.
    front: [u8; 2],
    front_len: usize,
    back: u64,
    back_len: usize,
}

impl Number {
    fn of(n: u32) -> Self {
        let (front, back) = (n / 100_000_000, n % 100_000_000);
        let digits = digits(back);
        let digit = |value: u32| b"0123456789"[(value % 10) as usize];
        let (front, front_len) = match front {
            0 => ([b' '; 2], 0),
            1..10 => ([digit(front), b' '], 1),
            _ => ([digit(front / 10), digit(front)], 2),
        };
        let zeros = if front_len > 0 { 0 } else { (digits.trailing_zeros() / 8).min(7) };
        let back = (digits | 0x3030_3030_3030_3030) >> (8 * zeros);
        Self { front, front_len, back, back_len: 8 - zeros as usize }
    }

    fn write(&self, out: &mut Sheet) {
        if self.front_len > 0 {
            out.piece(&self.front_piece());
        }
        out.piece(&self.back_piece());
    }

    fn front_piece(&self) -> Piece<2> {
        Piece::new(self.front, self.front_len)
    }

    fn back_piece(&self) -> Piece<8> {
        Piece::new(self.back.to_le_bytes(), self.back_len)
    }
}

/// The eight digits of a number below 10^8, each in a byte, the first in the lowest: halves, quarters and digits are
/// split all at once, by multiplying with the inverse.
fn digits(n: u32) -> u64 {
    let fours = u64::from(n / 10_000) | u64::from(n % 10_000) << 32;
    let high = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = high | (fours - 100 * high) << 16;
    let high = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    high | (pairs - 10 * high) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        let mut numbers: Vec<u32> = (0..10).flat_map(|n| [10_u32.pow(n), 10_u32.pow(n) - 1]).collect();
        numbers.extend((0..100_000).map(|n: u32| n.wrapping_mul(42_949)));
        numbers.extend([u32::MAX, 4_000_000_007]);
        for n in numbers {
            let mut out = Sheet::new();
            out.reserve(64);
            Number::of(n).write(&mut out);
            assert_eq!(out.finish(), n.to_string());
        }
    }
}
