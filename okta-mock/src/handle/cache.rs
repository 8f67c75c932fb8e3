//! Pages served lately, as they were sent: a client that reads the same page of an unchanged org costs next to nothing.
//!
//! A page is remembered under its whole target once it was asked for twice, so that a walk through a long list keeps
//! nothing, and forgotten as soon as anything in the org changes. What depends on the time or on who asks is never
//! remembered; `logs` and `users/me` are such. A listing is the same for everybody who may see it: whether one may is
//! decided before, for every request. Should listings ever differ by caller, the caller belongs into the key.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderValue, Method, Request};

use crate::reply::Reply;

/// How many bytes of pages are kept. Small, so that the whole fake stays small.
const MOST: usize = 640 * 1_024;
/// Shorter answers are made as fast as they are found.
const LEAST: usize = 16 * 1_024;
/// How many targets that were asked for once are known.
const ASKED: usize = 16;

/// Pages by target.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    revision: u64,
    bytes: usize,
    pages: HashMap<String, Kept>,
    /// Targets in the order of coming.
    order: VecDeque<String>,
    /// Targets asked for once, in the order of coming.
    asked: VecDeque<String>,
}

/// A page: what differs from one listing to another.
#[derive(Debug)]
struct Kept {
    body: Bytes,
    links: Vec<HeaderValue>,
}

impl Kept {
    fn reply(&self) -> Reply {
        let mut reply = Reply::json(200, self.body.clone());
        for link in &self.links {
            reply.headers.append(LINK, link.clone());
        }
        reply
    }
}

impl Pages {
    /// The page as it was sent, if nothing changed since.
    pub(crate) fn get<B>(&mut self, request: &Request<B>, revision: u64) -> Option<Reply> {
        if revision != self.revision {
            *self = Self { revision, ..Self::default() };
        }
        if self.pages.is_empty() {
            return None;
        }
        self.pages.get(key(request)?).map(Kept::reply)
    }

    /// Remembers a page made at the revision last asked for, when it was asked for before.
    pub(crate) fn put<B>(&mut self, request: &Request<B>, revision: u64, reply: &Reply) {
        let size = reply.body.len();
        if reply.status != 200 || revision != self.revision || !(LEAST..=MOST).contains(&size) {
            return;
        }
        let Some(key) = key(request) else { return };
        if !self.asked.iter().any(|asked| asked == key) {
            // The oldest one's memory serves the new one.
            let mut target =
                if self.asked.len() < ASKED { None } else { self.asked.pop_front() }.unwrap_or_default();
            target.clear();
            target.push_str(key);
            self.asked.push_back(target);
            return;
        }
        while self.bytes + size > MOST {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.pages.remove(&oldest).map_or(0, |page| page.body.len());
        }
        // A copy: the memory that the page was written into is larger, and wanted for the next.
        let links = reply.headers.get_all(LINK).iter().cloned().collect();
        let page = Kept { body: Bytes::copy_from_slice(&reply.body), links };
        if self.pages.insert(key.to_owned(), page).is_none() {
            self.bytes += size;
            self.order.push_back(key.to_owned());
        }
    }
}

/// The target, where its answer follows from it and the org alone.
fn key<B>(request: &Request<B>) -> Option<&str> {
    let path = request.uri().path().strip_prefix("/api/v1/")?;
    let mut segments = path.split('/');
    let listing = matches!(
        (segments.next()?, segments.next(), segments.next(), segments.next()),
        ("users" | "groups" | "apps", None, ..) | ("groups" | "apps", Some(_), Some("users"), None)
    );
    // A search may find something else a moment later, and a header may ask for other members.
    let lasting = |pair: &str| ["limit=", "after=", "filter="].iter().any(|name| pair.starts_with(name));
    let query = request.uri().query();
    let plain = query.is_none_or(|query| query.split('&').all(lasting))
        && !request.headers().contains_key(CONTENT_TYPE);
    let wanted = plain && listing && request.method() == Method::GET;
    wanted.then(|| request.uri().path_and_query())?.map(|target| target.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request<()> {
        Request::get(target).body(()).expect("a request")
    }

    #[test]
    fn a_page_is_remembered_when_it_is_asked_for_twice() {
        let mut pages = Pages::default();
        let page = Reply::json(200, vec![b' '; 100_000]);
        for n in 0..200 {
            let request = request(&format!("/api/v1/users?after={n}"));
            assert!(pages.get(&request, 5).is_none());
            pages.put(&request, 5, &page);
            assert!(pages.get(&request, 5).is_none(), "it was asked for once");
        }
        assert_eq!((pages.bytes, pages.asked.len()), (0, ASKED), "a walk keeps nothing");
    }

    #[test]
    fn pages_are_forgotten_when_the_org_changes_and_when_there_are_too_many() {
        let mut pages = Pages::default();
        let page = Reply::json(200, vec![b' '; 300_000]);
        for n in 0..20 {
            let request = request(&format!("/api/v1/users?after={n}"));
            for _ in 0..2 {
                assert!(pages.get(&request, 5).is_none());
                pages.put(&request, 5, &page);
            }
            assert!(pages.get(&request, 5).is_some());
            assert!(pages.bytes <= MOST && pages.pages.len() == pages.order.len());
        }
        assert!(pages.get(&request("/api/v1/users?after=0"), 5).is_none(), "there were too many");
        assert!(pages.get(&request("/api/v1/users?after=19"), 5).is_some());
        assert!(pages.get(&request("/api/v1/users?after=19"), 6).is_none(), "something changed");
        assert_eq!((pages.bytes, pages.pages.len()), (0, 0));
    }

    #[test]
    fn only_listings_are_remembered() {
        for (target, listing) in [
            ("/api/v1/users?limit=2", true),
            ("/api/v1/groups/00g1/users", true),
            ("/api/v1/users?search=id+pr", false),
            ("/api/v1/users/me", false),
            ("/api/v1/users/00u1/groups", false),
            ("/api/v1/logs", false),
            ("/oauth2/v1/keys", false),
        ] {
            assert_eq!(key(&request(target)).is_some(), listing, "{target}");
        }
    }
}
