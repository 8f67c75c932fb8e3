//! What a rule looks at: requests by path, caller and cursor, or pushes by channel.

use super::Pattern;
use crate::push::record::Channel;

/// A request as rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) principal: Option<&'a str>,
    /// Which page of its list, where that is known.
    pub(crate) page: Option<u64>,
}

impl<'a> Asked<'a> {
    /// The value of `after`, as sent.
    pub(crate) fn cursor(&self) -> Option<&'a str> {
        cursor_of(self.query)
    }
}

/// The value of `after` in a query, as sent.
pub(crate) fn cursor_of(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("after="))
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Match {
    /// Requests.
    Request {
        pattern: Pattern,
        /// A text that the query has to contain.
        query: Option<String>,
        principal: Option<String>,
        /// Whether there has to be a cursor, or must not be.
        cursor: Option<bool>,
        /// Which page of its list, from 1.
        page: Option<u64>,
    },
    /// Pushes over a channel, to one hook or stream or to all.
    Push { channel: Channel, target: Option<String> },
}

impl Match {
    pub(crate) fn path(pattern: Pattern) -> Self {
        Self::Request { pattern, query: None, principal: None, cursor: None, page: None }
    }

    pub(super) fn request(&self, asked: &Asked<'_>) -> bool {
        let Self::Request { pattern, query, principal, cursor, page } = self else { return false };
        pattern.matches(asked.method, asked.path)
            && query.as_ref().is_none_or(|part| asked.query.contains(part.as_str()))
            && principal.as_ref().is_none_or(|wanted| asked.principal == Some(wanted))
            && cursor.is_none_or(|wanted| asked.cursor().is_some() == wanted)
            && page.is_none_or(|wanted| asked.page == Some(wanted))
    }

    /// The method and path asked for, stars included; `None` for pushes.
    pub(crate) fn route(&self) -> Option<(&str, &str)> {
        let Self::Request { pattern, .. } = self else { return None };
        pattern.text.split_once(' ')
    }

    /// Whether method and path are those asked for, whatever else is.
    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        matches!(self, Self::Request { pattern, .. } if pattern.matches(method, path))
    }

    pub(super) fn asks_for_a_page(&self) -> bool {
        matches!(self, Self::Request { page: Some(_), .. })
    }

    pub(super) fn push(&self, channel: Channel, target: &str) -> bool {
        match self {
            Self::Push { channel: wanted, target: only } => {
                *wanted == channel && only.as_ref().is_none_or(|only| only == target)
            }
            Self::Request { .. } => false,
        }
    }
}

/// The pattern of a route's name, or of a method and a path.
pub(super) fn route(name: &str) -> Result<Pattern, String> {
    match ROUTES.iter().find(|(known, _)| *known == name) {
        Some((_, pattern)) => Pattern::parse(pattern),
        None if name.contains(' ') => Pattern::parse(name),
        None => Err(format!("route: {name:?} is none of {}", ROUTES.map(|(name, _)| name).join(", "))),
    }
}

/// Names for routes, so that a rule reads like the endpoint's documentation.
pub(super) const ROUTES: [(&str, &str); 13] = [
    ("users.list", "GET /api/v1/users"),
    ("users.get", "GET /api/v1/users/*"),
    ("users.create", "POST /api/v1/users"),
    ("groups.list", "GET /api/v1/groups"),
    ("groups.get", "GET /api/v1/groups/*"),
    ("groups.users", "GET /api/v1/groups/*/users"),
    ("apps.list", "GET /api/v1/apps"),
    ("apps.get", "GET /api/v1/apps/*"),
    ("apps.users", "GET /api/v1/apps/*/users"),
    ("apps.groups", "GET /api/v1/apps/*/groups"),
    ("logs", "GET /api/v1/logs"),
    ("eventHooks", "* /api/v1/eventHooks*"),
    ("token", "POST /oauth2/v1/token"),
];
