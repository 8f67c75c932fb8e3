//! `Paginated<T>`: a listing as a stream of items, or of pages.
//!
//! Lazy: nothing is sent before it is polled. Finite: it ends where Okta stops linking to a next page, never at an empty
//! one, and a listing that cannot get there ends in an `Err`. The next page is fetched while this one is consumed.

mod pump;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{Stream, StreamExt};
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use self::pump::Pump;
use crate::client::Client;
use crate::cursor::{Cursor, ResumeToken};
use crate::decode::Item;
use crate::error::{Error, PagingProblem};
use crate::operation;
use crate::page::Page;
use crate::raw::Raw;

/// A listing, item by item.
///
/// An item that cannot be decoded is one `Err` (see [`Error::bad_item`]) and the stream goes on; a page that cannot be had
/// is an `Err`, and then the end. Must be polled within a tokio runtime: a task of its own reads ahead.
///
/// A page that Okta answers with 500 is usually too large for Okta to make in time: it is asked for twice more, with half the
/// `limit` each time. The listing goes on with the size that came.
///
/// # Panics
/// As [`Client`].
///
/// # Cancel safety
/// Dropping it, or the future of its `next()`, loses nothing that was not yielded: [`resume_token`](Self::resume_token)
/// says where to go on.
#[must_use = "a listing does nothing until it is polled"]
pub struct Paginated<T> {
    pages: Pages<T>,
    /// Items of the page at hand, and the rest of it.
    items: std::vec::IntoIter<Item<T>>,
    page: Option<Page<T>>,
}

/// A listing, page by page. Made by [`Paginated::pages`].
#[must_use = "a listing does nothing until it is polled"]
pub struct Pages<T> {
    state: State<T>,
    /// Empty where there is nothing to ask for.
    operation: String,
    /// What was left of a page when a listing of items became one of pages.
    rest: Option<Page<T>>,
    /// Where the page at hand came from.
    at: Option<Cursor>,
    /// Where the next page to be yielded is.
    next: Option<Cursor>,
}

enum State<T> {
    Ready { client: Client, ahead: usize, headers: HeaderMap },
    Refused(Option<Error>),
    Running(Pump<T>),
    Ended,
}

impl<T: DeserializeOwned + Send + 'static> Paginated<T> {
    pub(crate) fn new(client: Client, first: Result<Cursor, Error>) -> Self {
        let (state, next) = match first {
            Ok(first) => (State::Ready { client, ahead: 1, headers: HeaderMap::new() }, Some(first)),
            Err(error) => (State::Refused(Some(error)), None),
        };
        let path = next.as_ref().map(|first| first.parts().0);
        let operation = path.map_or_else(String::new, |path| operation::of(&Method::GET, path));
        Self {
            pages: Pages { state, operation, rest: None, at: None, next },
            items: Vec::new().into_iter(),
            page: None,
        }
    }

    /// The same listing with these headers in the request for every page.
    pub(crate) fn headers(mut self, along: HeaderMap) -> Self {
        if let State::Ready { headers, .. } = &mut self.pages.state {
            *headers = along;
        }
        self
    }

    /// The same listing from a stored position.
    pub(crate) fn resumed(mut self, token: &ResumeToken) -> Self {
        match &mut self.pages.next {
            Some(next) if next.parts().0 == token.0.parts().0 => *next = token.0.clone(),
            Some(_) => {
                let operation = self.pages.operation.clone();
                self.pages.state = State::Refused(Some(Error::Cursor { operation, source: None }));
                self.pages.next = None;
            }
            None => {}
        }
        self
    }

    /// How many pages are fetched before they are asked for: 1 (default), or 0 to fetch each page on demand. More cannot be had, because
    /// each page says where the next one is: the listing is then one [`Error::Config`]. To be said before the listing is first polled;
    /// later it changes nothing.
    pub fn pages_ahead(mut self, pages: usize) -> Self {
        match &mut self.pages.state {
            State::Ready { ahead, .. } if pages <= 1 => *ahead = pages,
            State::Ready { .. } => {
                let refused = Error::config("pages_ahead", "is 0 or 1: a page says where the next one is");
                self.pages.state = State::Refused(Some(refused));
            }
            _ => {}
        }
        self
    }

    /// The same listing, page by page. Items of a page that were not yielded yet are the first page.
    pub fn pages(self) -> Pages<T> {
        let Self { mut pages, items, page } = self;
        if items.len() > 0 {
            pages.rest = page.map(|mut page| {
                page.items = items.collect();
                page
            });
        }
        pages
    }

    /// The path that will be asked for.
    pub(crate) fn path(&self) -> Option<&str> {
        self.pages.next.as_ref().map(|next| next.parts().0)
    }

    /// Where to go on: the page that holds the next unseen item. Resuming may repeat items of that page and never skips
    /// one. `None` when everything has been yielded, or where an error left no position.
    pub fn resume_token(&self) -> Option<ResumeToken> {
        let token = if self.items.len() > 0 { &self.pages.at } else { &self.pages.next };
        token.clone().map(ResumeToken)
    }

    /// Every item.
    ///
    /// # Errors
    /// The first `Err` of the stream, be it one undecodable item: what is returned is the whole listing or nothing.
    ///
    /// # Cancel safety
    /// Dropping the future loses what was read.
    pub async fn collect_all(mut self) -> Result<Vec<Raw<T>>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }
}

impl<T> Pages<T> {
    fn cut_off(&self) -> Error {
        let source = "the task that reads the listing has stopped".into();
        Error::Transport {
            operation: self.operation.clone(),
            sent: true,
            attempts: 0,
            repeatable: true,
            source,
        }
    }

    /// Where to go on: the page that would be yielded next. `None` at the end, or where an error left no position.
    pub fn resume_token(&self) -> Option<ResumeToken> {
        let token = if self.rest.is_some() { &self.at } else { &self.next };
        token.clone().map(ResumeToken)
    }
}

/// Nothing in it is pinned in place.
impl<T> Unpin for Paginated<T> {}
/// Nothing in it is pinned in place.
impl<T> Unpin for Pages<T> {}

impl<T: DeserializeOwned + Send + 'static> Stream for Paginated<T> {
    type Item = Result<Raw<T>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.items.next() {
                return Poll::Ready(Some(item.map_err(|bad| Error::Decode {
                    operation: this.pages.operation.clone(),
                    problem: bad.problem().clone(),
                    item: Some(Box::new(bad)),
                    repeatable: true,
                    request_id: this.page.as_ref().and_then(|page| page.request_id().map(str::to_owned)),
                })));
            }
            match ready!(this.pages.poll_next_unpin(cx)) {
                Some(Ok(mut page)) => {
                    this.items = std::mem::take(&mut page.items).into_iter();
                    this.page = Some(page);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// What is left of the page at hand is certain to come.
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.items.len(), None)
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(rest) = this.rest.take() {
            return Poll::Ready(Some(Ok(rest)));
        }
        loop {
            match &mut this.state {
                State::Ready { client, ahead, headers } => {
                    let Some(first) = this.next.clone() else {
                        this.state = State::Ended;
                        continue;
                    };
                    this.state = match Pump::start(client.clone(), first, *ahead, std::mem::take(headers)) {
                        Ok(pump) => State::Running(pump),
                        Err(error) => State::Refused(Some(error)),
                    };
                }
                State::Refused(error) => {
                    let error = error.take();
                    this.state = State::Ended;
                    return Poll::Ready(error.map(Err));
                }
                State::Running(pump) => {
                    let page = ready!(pump.poll_page(cx));
                    match &page {
                        // A page behind which the way is lost stays the place to go on from.
                        Some(Ok(page)) if page.problem().is_some() => this.at.clone_from(&this.next),
                        Some(Ok(page)) => this.at = std::mem::replace(&mut this.next, page.next().cloned()),
                        Some(Err(error)) => {
                            // Whoever went on from a place that was read already would go round for ever.
                            if matches!(error, Error::Paging { kind: PagingProblem::Repeated, .. }) {
                                this.next = None;
                            }
                            this.state = State::Ended;
                        }
                        None => {
                            this.state = State::Ended;
                            // Silence is the end only behind the last page. Here the task is gone: the runtime shuts down,
                            // or decoding an item panicked.
                            if this.next.is_some() {
                                return Poll::Ready(Some(Err(this.cut_off())));
                            }
                        }
                    }
                    return Poll::Ready(page);
                }
                State::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<T> std::fmt::Debug for Paginated<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paginated")
            .field("operation", &self.pages.operation)
            .field("next", &self.pages.next)
            .finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("next", &self.next).finish_non_exhaustive()
    }
}
