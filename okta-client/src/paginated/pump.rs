//! The task behind a listing: fetches pages in order, at most one ahead of the consumer.
//!
//! A page may be requested once the consumer has asked for the page `ahead` before it. So while page 3 is consumed, page 4
//! is read, and page 5 waits: two pages are in memory. When the consumer already waits for page 4, the request for page 5
//! leaves as soon as the headers of page 4 are there, because the `Link` header comes before the body.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::{self, Either};
use http::HeaderMap;
use http::response::Parts;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

use crate::call::{Call, Opened, Tries};
use crate::client::{Client, Inner};
use crate::cursor::Cursor;
use crate::error::{Error, PagingProblem};
use crate::page::{self, Page};
use crate::spans;

/// A running listing. Dropping it stops the task.
pub(super) struct Pump<T> {
    pages: mpsc::Receiver<Result<Page<T>, Error>>,
    /// How many pages the consumer has asked for.
    demand: watch::Sender<usize>,
    asked: bool,
    task: JoinHandle<()>,
}

/// No honest listing has this many empty pages in a row.
const MAX_EMPTY_PAGES: u32 = 1000;

impl<T: DeserializeOwned + Send + 'static> Pump<T> {
    pub(super) fn start(
        client: Client,
        first: Cursor,
        ahead: usize,
        headers: HeaderMap,
    ) -> Result<Self, Error> {
        let runtime = Inner::runtime()?;
        let (asking, asked) = watch::channel(0);
        let (sender, pages) = mpsc::channel(2);
        let demand = Demand { asked, ahead };
        let listing = Listing { client, headers, demand, seen: HashSet::new(), empty: 0 };
        let span = spans::listing(first.parts().0);
        let task = async move {
            // The error of a closed channel is the consumer's leaving: nobody is left to tell.
            if let Err(error) = listing.run(first, &sender).await {
                let _gone = sender.send(Err(error)).await;
            }
        };
        let task = runtime.spawn(task.instrument(span));
        Ok(Self { pages, demand: asking, asked: false, task })
    }

    /// The next page. Asking is what lets the task go on, so it is counted once per page.
    pub(super) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page<T>, Error>>> {
        if !self.asked {
            self.asked = true;
            self.demand.send_modify(|pages| *pages += 1);
        }
        let page = ready!(self.pages.poll_recv(cx));
        self.asked = false;
        Poll::Ready(page)
    }
}

impl<T> Drop for Pump<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How far the consumer has come.
#[derive(Clone)]
struct Demand {
    asked: watch::Receiver<usize>,
    ahead: usize,
}

struct Listing {
    client: Client,
    /// Of every request.
    headers: HeaderMap,
    demand: Demand,
    /// Hashes of the positions already fetched: a few bytes for each page.
    seen: HashSet<u64>,
    empty: u32,
}

impl Listing {
    async fn run<T: DeserializeOwned + Send>(
        mut self,
        first: Cursor,
        pages: &mpsc::Sender<Result<Page<T>, Error>>,
    ) -> Result<(), Error> {
        let client = self.client.clone();
        let demand = self.demand.clone();
        let inner = client.inner();
        let mut here = first;
        let mut opened = None;
        for number in 1.. {
            let call = self.call(&here);
            let (this, span) = match opened.take() {
                Some(opened) => opened,
                None => demand.open(inner, &call, number).await?,
            };
            self.seen.insert(hash(&here));
            // Only a link that would be followed anyway is worth fetching ahead.
            let ahead = page::next(&inner.origins, &call.url, &this.head.headers)
                .ok()
                .flatten()
                .filter(|next| !self.seen.contains(&hash(next)))
                .map(|next| self.call(&next));
            let decode =
                |head: &Parts, body: &Bytes| Page::<T>::decode(&inner.origins, &call.url, head, body);
            let unread = {
                let mut next_opened = pin!(async {
                    match &ahead {
                        Some(call) => demand.open(inner, call, number + 1).await.map(Some),
                        None => Ok(None),
                    }
                });
                let body = pin!(inner.read(this, decode).instrument(span.clone()));
                let (read, early) = match future::select(body, next_opened.as_mut()).await {
                    Either::Left((read, _)) => (read, None),
                    Either::Right((early, body)) => (body.await, Some(early)),
                };
                match read {
                    Ok(answer) => {
                        let Some(next) = self.yielded(&call, answer.value, &span, pages).await? else {
                            return Ok(());
                        };
                        opened = match early {
                            Some(early) => early?,
                            None => next_opened.await?,
                        };
                        here = next;
                        continue;
                    }
                    Err(unread) => unread,
                }
            };
            // Here the page ahead is given up, and its turn with it: two requests of one listing must not wait for each other.
            // The page may come with another link the second time, besides.
            let page = inner.fetch_again(&call, unread, decode).instrument(span.clone()).await?.value;
            let Some(next) = self.yielded(&call, page, &span, pages).await? else { return Ok(()) };
            here = next;
        }
        Ok(())
    }

    /// The request for the page at a position.
    fn call(&self, at: &Cursor) -> Call {
        let call = Call::get(self.client.inner().origins.at(at)).in_manner(self.client.manner());
        Call { shrinks: true, headers: self.headers.clone(), ..call }
    }

    /// Hands a page on and says where the next one is. `None` behind the last page, or when nobody is left to read on.
    async fn yielded<T>(
        &mut self,
        call: &Call,
        page: Page<T>,
        span: &Span,
        pages: &mpsc::Sender<Result<Page<T>, Error>>,
    ) -> Result<Option<Cursor>, Error> {
        let (problem, next, empty) = (page.problem(), page.next().cloned(), page.items.is_empty());
        spans::items(span, page.items.len());
        match pages.send(Ok(page)).await {
            Ok(()) => self.check(call, problem, next, empty),
            Err(_) => Ok(None),
        }
    }

    /// The position of the next page, if there is one and it may be trusted.
    fn check(
        &mut self,
        call: &Call,
        problem: Option<PagingProblem>,
        next: Option<Cursor>,
        empty: bool,
    ) -> Result<Option<Cursor>, Error> {
        self.empty = if empty { self.empty + 1 } else { 0 };
        let repeated = next.as_ref().is_some_and(|next| self.seen.contains(&hash(next)));
        let endless = next.is_some() && self.empty >= MAX_EMPTY_PAGES;
        let kind = problem
            .or(repeated.then_some(PagingProblem::Repeated))
            .or(endless.then_some(PagingProblem::EmptyPages));
        match kind {
            Some(kind) => Err(Error::Paging { operation: call.operation.clone(), kind }),
            None => Ok(next),
        }
    }
}

impl Demand {
    /// Requests page `number` (from 1), once the consumer is near enough. Returns the page's span as well.
    async fn open(&self, inner: &Inner, call: &Call, number: usize) -> Result<(Opened, Span), Error> {
        // An error means that the consumer is gone, and this task with it.
        drop(self.asked.clone().wait_for(|asked| asked + self.ahead >= number).await);
        let span = spans::page(number);
        let opened = inner.open(call, Tries::new()).instrument(span.clone()).await?;
        Ok((opened, span))
    }
}

fn hash(cursor: &Cursor) -> u64 {
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}
