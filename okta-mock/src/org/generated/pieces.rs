//! The text of generated rows, cut where it differs from row to row.
//!
//! Names hold nothing that JSON escapes, and each comes with the members' text around it.

use crate::org::names::{DEPARTMENTS, FIRST, LAST, UNICODE};
use crate::org::users::{OTY, Status};
use crate::sheet::Piece;

/// A name as it stands in a profile, and in a login.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) name: Piece<24>,
    pub(super) member: Piece<32>,
    pub(super) login: Piece<16>,
}

/// A family name, in the same two ways.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub(super) name: Piece<24>,
    pub(super) member: Piece<56>,
    pub(super) login: Piece<16>,
}

/// Given names; behind the plain ones those that do not fit into a login.
pub(super) static GIVEN: [Given; 38] = {
    let mut all = [Given { name: Piece::of(&[]), member: Piece::of(&[]), login: Piece::of(&[]) }; 38];
    let mut n = 0;
    while n < all.len() {
        let plain = n < FIRST.len();
        let name = if plain { FIRST[n] } else { UNICODE[n - FIRST.len()].0 };
        let login = if plain { Piece::of(&[name, "."]).lower() } else { Piece::of(&["user."]) };
        all[n] = Given { name: Piece::of(&[name]), member: Piece::of(&["\",\"firstName\":\"", name]), login };
        n += 1;
    }
    all
};

/// Family names in the same order.
pub(super) static FAMILY: [Family; 38] = {
    let mut all = [Family { name: Piece::of(&[]), member: Piece::of(&[]), login: Piece::of(&[]) }; 38];
    let mut n = 0;
    while n < all.len() {
        let plain = n < LAST.len();
        let name = if plain { LAST[n] } else { UNICODE[n - LAST.len()].1 };
        let login = if plain { Piece::of(&[name, "."]).lower() } else { Piece::of(&[]) };
        all[n] = Family {
            name: Piece::of(&[name]),
            member: Piece::of(&["\",\"lastName\":\"", name, "\",\"login\":\""]),
            login,
        };
        n += 1;
    }
    all
};

pub(super) static DEPARTMENT: [Piece<32>; 12] = {
    let mut all = [Piece::of(&[]); 12];
    let mut n = 0;
    while n < all.len() {
        all[n] = Piece::of(&[DEPARTMENTS[n], "\",\"email\":\""]);
        n += 1;
    }
    all
};

/// The start of a row, up to the department, with blanks for what differs.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) text: Piece<416>,
    /// Where the id, each time and the digits of the cost centre go; a blank that is not there is 0.
    pub(super) id: usize,
    pub(super) times: [usize; 6],
    pub(super) cost: usize,
}

/// The names of the times, in the order of [`Form::times`].
const TIMES: [&str; 6] =
    ["created", "activated", "statusChanged", "lastLogin", "lastUpdated", "passwordChanged"];
const TIME: &str = "\"0000-00-00T00:00:00.000Z\"";

pub(super) const CREATED: usize = 0;
pub(super) const ACTIVATED: usize = 1;
pub(super) const STATUS_CHANGED: usize = 2;
pub(super) const LAST_LOGIN: usize = 3;
pub(super) const LAST_UPDATED: usize = 4;
pub(super) const PASSWORD_CHANGED: usize = 5;

pub(super) static ACTIVE: Form = form(Status::Active);
pub(super) static STAGED: Form = form(Status::Staged);
pub(super) static PROVISIONED: Form = form(Status::Provisioned);
pub(super) static SUSPENDED: Form = form(Status::Suspended);
pub(super) static DEPROVISIONED: Form = form(Status::Deprovisioned);

const fn form(status: Status) -> Form {
    let mut text = Piece::of(&["{\"id\":\"00000000000000000000\",\"status\":\"", status.name(), "\""]);
    let mut times = [0; 6];
    let mut n = 0;
    while n < 6 {
        let none = match n {
            ACTIVATED | STATUS_CHANGED => matches!(status, Status::Staged),
            LAST_LOGIN | PASSWORD_CHANGED => !super::has_password(status),
            _ => false,
        };
        text = text.with(&[",\"", TIMES[n], "\":"]);
        if !none {
            times[n] = text.len() + 1;
        }
        text = text.with(&[if none { "null" } else { TIME }]);
        n += 1;
    }
    text = text.with(&[",\"type\":{\"id\":\"", OTY, "\"},\"profile\":{\"costCenter\":\"CC-"]);
    let cost = text.len();
    Form { text: text.with(&["000\",\"department\":\""]), id: 7, times, cost }
}
