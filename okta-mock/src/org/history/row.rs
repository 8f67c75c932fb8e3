//! Writes an event of the history straight into a page: the bytes that `render` makes of its record, without the record.
//!
//! What is the same for every event of a kind, of a browser or of a place is spelled once in the life of the process.

use std::sync::LazyLock;

use super::scene::{ACTS, Act, Figure, Scene};
use super::{ENROLMENT, History, POLICY, RULE};
use crate::json::{self, Out};
use crate::org::event::Party;
use crate::org::event_kind;
use crate::org::generated::Person;
use crate::org::id::{event_uuid_bytes, mix, pick};
use crate::org::{apps, names, render, seed};
use crate::sheet::{Piece, Sheet};
use crate::timestamp::stamp;

/// More than an event takes.
const MOST: usize = 6_144;

/// The text of a kind of event between what differs.
struct ActText {
    /// From behind the session to `published`.
    message: String,
    /// From behind `published` to the request's id.
    severity: String,
    /// From there to the hash.
    uri: String,
    /// From there to the transaction's id.
    debug: String,
}

static ACT_TEXTS: LazyLock<Vec<ActText>> = LazyLock::new(|| ACTS.iter().map(ActText::of).collect());

impl ActText {
    fn of(act: &Act) -> Self {
        let kind = event_kind::of(act.event_type);
        let (mut message, mut severity, mut uri, mut debug) =
            (String::from("\"}"), String::from("\""), String::from("\""), String::from("\""));
        json::text(&mut message, "displayMessage", kind.map_or("", |kind| kind.message));
        json::text(&mut message, "eventType", act.event_type);
        let (result, reason) = act.outcome.map_or(("SUCCESS", None), |(result, why)| (result, Some(why)));
        json::raw(&mut message, "outcome", "");
        json::open(&mut message, "result", result);
        json::maybe(&mut message, "reason", reason);
        message.push_str("},\"published\":\"");
        json::raw(&mut severity, "securityContext", render::SECURITY);
        json::text(&mut severity, "severity", kind.map_or("INFO", |kind| kind.severity));
        json::raw(&mut severity, "debugContext", "{\"debugData\":{\"requestId\":\"");
        json::text(&mut uri, "requestUri", act.uri);
        json::text(&mut uri, "url", &format!("{}?", act.uri));
        json::raw(&mut uri, "dtHash", "\"");
        for (key, value) in act.debug {
            json::text(&mut debug, key, value);
        }
        debug.push_str("}}");
        json::maybe(&mut debug, "legacyEventType", kind.and_then(|kind| kind.legacy));
        json::raw(&mut debug, "transaction", "{\"type\":\"WEB\",\"id\":\"");
        Self { message, severity, uri, debug }
    }
}

/// Of each browser: from behind the actor to the address.
static BROWSER_TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = |(agent, os, browser): &(&str, &str, &str)| {
        let mut out = String::from(",\"client\":{\"userAgent\":");
        json::open(&mut out, "rawUserAgent", agent);
        json::text(&mut out, "os", os);
        json::text(&mut out, "browser", browser);
        out.push_str("},\"zone\":\"null\",\"device\":\"Computer\",\"id\":null,\"ipAddress\":\"203.0.113.");
        out
    };
    render::BROWSERS.iter().map(text).collect()
});

/// Of each place: from behind the address to the session, and the same in the IP chain up to the targets.
static PLACE_TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    (0..render::PLACES.len())
        .map(|place| {
            let mut client = String::from("\"");
            json::raw(&mut client, "geographicalContext", "");
            render::geography(&mut client, place);
            let mut chain = client.clone();
            client.push_str("},\"device\":null");
            client.push_str(render::AUTHENTICATION);
            client.push_str(",\"rootSessionId\":\"");
            json::text(&mut chain, "version", "V4");
            json::raw(&mut chain, "source", "null}]},\"target\":");
            (client, chain)
        })
        .collect()
});

/// Parties that are always the same.
static FIXED: LazyLock<[String; 4]> = LazyLock::new(|| {
    let text = |party: Party| {
        let mut out = String::new();
        render::party(&mut out, &party);
        out
    };
    [text(ENROLMENT.party()), text(POLICY.party()), text(RULE.party()), text(Party::system())]
});

impl History {
    /// Appends the `k`th event as `GET /api/v1/logs` shows it.
    pub(crate) fn write(&self, k: u64, out: &mut Sheet) {
        let seed = self.formula.seed;
        let scene = self.scene(k);
        let Scene { act, actor, targets, place } = scene;
        let (act, browser) = (&ACT_TEXTS[act], &BROWSER_TEXTS[pick(place, 1, 0, render::BROWSERS.len())]);
        let (client, chain) = &PLACE_TEXTS[pick(place, 3, 0, render::PLACES.len())];
        let actor = Cast::of(self, actor);
        let address = Address::of(place);
        let request_id = [json::digits_of(mix(seed, 42, k)), json::digits_of(mix(seed, 43, k))];
        out.reserve(MOST);
        *out.next() = *b"{\"actor\":";
        actor.write(out, None);
        out.push_str(browser);
        address.write(out);
        out.push_str(client);
        actor.session(out, place);
        *out.next() = *b"\",\"externalSessionId\":\"";
        actor.session(out, place);
        out.push_str(&act.message);
        let published = self.published(k);
        stamp(published, out.next());
        out.push_str(&act.severity);
        request_id.iter().for_each(|digits| *out.next() = *digits);
        out.push_str(&act.uri);
        (4..8).for_each(|kind| *out.next() = json::digits_of(mix(place, kind, 0)));
        out.push_str(&act.debug);
        request_id.iter().for_each(|digits| *out.next() = *digits);
        *out.next() = *b"\",\"detail\":{}},\"uuid\":\"";
        *out.next() = event_uuid_bytes(seed, k + 1, published);
        *out.next() = *b"\",\"version\":\"0\",\"request\":{\"ipChain\":[{\"ip\":\"203.0.113.";
        address.write(out);
        out.push_str(chain);
        out.reserve(MOST / 2);
        let mut before = b'[';
        for target in targets.into_iter().flatten() {
            *out.next() = [before];
            self.target(out, target, scene.actor, &actor);
            before = b',';
        }
        *out.next() = *b"]}";
    }

    fn target(&self, out: &mut Sheet, target: Figure, actor: Figure, cast: &Cast) {
        match target {
            Figure::User(_) if target == actor => cast.write(out, None),
            Figure::AppUser { user, number } => {
                let id = self.assignments.spell(number);
                if actor == Figure::User(user) {
                    cast.write(out, Some(&id));
                } else {
                    Cast::of(self, Figure::User(user)).write(out, Some(&id));
                }
            }
            Figure::App { app, detailed } => {
                *out.next() = *b"{\"id\":\"";
                self.app_ids.spell(u64::from(app)).put(out.next());
                *out.next() = *b"\",\"type\":\"AppInstance\",\"alternateId\":\"";
                name(out, &names::APPS, "App ", app);
                *out.next() = *b"\",\"displayName\":\"";
                name(out, &names::APPS, "App ", app);
                *out.next() = *b"\",\"detailEntry\":";
                let detail = apps::sign_on_detail(seed::app_is_oidc(app));
                out.push_str(if detailed { detail } else { "null" });
                *out.next() = *b"}";
            }
            Figure::Group(group) => {
                *out.next() = *b"{\"id\":\"";
                self.group_ids.spell(u64::from(group) + 1).put(out.next());
                *out.next() = *b"\",\"type\":\"UserGroup\",\"alternateId\":\"unknown\",\"displayName\":\"";
                name(out, &names::DEPARTMENTS, "Team ", group);
                *out.next() = *b"\",\"detailEntry\":null}";
            }
            other => Cast::of(self, other).write(out, None),
        }
    }
}

/// A listed name, or the general one with its number.
fn name(out: &mut Sheet, listed: &[&str], general: &str, n: u32) {
    match listed.get(n as usize) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str(general);
            crate::org::generated::write_number(out, n + 1);
        }
    }
}

/// A user or a fixed party, ready to be written more than once.
enum Cast {
    User(Person),
    Fixed(&'static str),
}

impl Cast {
    fn of(history: &History, figure: Figure) -> Self {
        match figure {
            Figure::User(n) => match history.formula.user(n) {
                Some(user) => Self::User(user.person()),
                None => Self::Fixed(&FIXED[3]),
            },
            Figure::Enrolment => Self::Fixed(&FIXED[0]),
            Figure::Policy => Self::Fixed(&FIXED[1]),
            Figure::Rule => Self::Fixed(&FIXED[2]),
            _ => Self::Fixed(&FIXED[3]),
        }
    }

    /// The party, or its assignment with that id.
    fn write(&self, out: &mut Sheet, assignment: Option<&crate::org::id::Spelled>) {
        let person = match self {
            Self::User(person) => person,
            Self::Fixed(text) => return out.push_str(text),
        };
        *out.next() = *b"{\"id\":\"";
        assignment.unwrap_or(&person.id).put(out.next());
        match assignment {
            Some(_) => *out.next() = *b"\",\"type\":\"AppUser\",\"alternateId\":\"",
            None => *out.next() = *b"\",\"type\":\"User\",\"alternateId\":\"",
        }
        person.write_login(out);
        *out.next() = *b"\",\"displayName\":\"";
        person.write_name(out);
        *out.next() = *b"\",\"detailEntry\":null}";
    }

    /// Appends the id of a session.
    fn session(&self, out: &mut Sheet, place: u64) {
        let mut id = *b"sprmock0000000000000";
        if let Self::User(person) = self {
            person.id.put(&mut id);
        }
        *out.next() = *b"idx";
        out.push(&id[3..]);
        let digits = json::digits_of(place & 0xf_ffff);
        out.push(&digits[11..]);
    }
}

/// The last number of an address.
struct Address(Piece<3>);

impl Address {
    fn of(place: u64) -> Self {
        let last = render::last_of_address(place);
        let digit = |value: u64| b"0123456789"[(value % 10) as usize];
        let [hundreds, tens, ones] = [digit(last / 100), digit(last / 10), digit(last)];
        Self(match last {
            0..10 => Piece::new([ones, b' ', b' '], 1),
            10..100 => Piece::new([tens, ones, b' '], 2),
            _ => Piece::new([hundreds, tens, ones], 3),
        })
    }

    fn write(&self, out: &mut Sheet) {
        out.piece(&self.0);
    }
}
