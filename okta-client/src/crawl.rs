//! `Crawl`: the listings of many parents as one stream: the members of every group, the factors of every user.
//!
//! Many listings run at once, because one alone is bound by the round trip and leaves most of its rate-limit bucket unused.
//! The pacer is told how many are still to come, so it spreads them over each window instead of running into its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, SelectAll, Stream, StreamExt};
use http::Method;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;
use crate::pacing::{Expected, classify};
use crate::paginated::Paginated;
use crate::raw::Raw;

/// What a [`Crawl`] yields. Parents come in no order, and mixed; the items of one parent come in Okta's.
#[derive(Debug)]
#[non_exhaustive]
pub enum Crawled<P, T> {
    /// An item of a parent's listing.
    Item {
        /// Whose.
        parent: Arc<P>,
        /// The item.
        item: Raw<T>,
    },
    /// A parent's listing has been yielded to its end. Only behind this may absence be inferred.
    Complete {
        /// Whose.
        parent: Arc<P>,
        /// How many items it had.
        items: u64,
        /// How many items could not be decoded, each of which was a [`Failed`](Self::Failed).
        bad_items: u64,
    },
    /// Of a parent's listing one item could not be decoded ([`Error::bad_item`]), and it goes on; or the listing ended without
    /// being complete. The other parents' go on in either case. A parent that was deleted in the meantime is
    /// [not found](Error::is_not_found), and one that was deleted between two of its pages an
    /// [invalid position](Error::is_invalid_cursor).
    Failed {
        /// Whose.
        parent: Arc<P>,
        /// Why.
        error: Error,
    },
    /// One of the parents could not be decoded ([`Error::bad_item`]), and the crawl goes on with the others; or their own listing ended
    /// without being complete, and of those behind this nothing is known.
    ParentsFailed(Error),
}

/// The listings of many parents as one stream. Made by [`Client::crawl`].
///
/// Every failure is an item. The stream ends when all parents have ended; so a dead credential is met once for each parent
/// unless you stop at the first [`Error::is_unauthorized`].
///
/// In memory are the listings that run, two pages of each at most, and the parents that are still to come if they were handed
/// over as a list.
///
/// # Cancel safety
/// Dropping the future of its `next()` loses nothing. Dropping the crawl gives up what is under way.
#[must_use = "a crawl does nothing until it is polled"]
pub struct Crawl<P, T> {
    client: Client,
    parents: Option<BoxStream<'static, Result<P, Error>>>,
    list: List<P, T>,
    running: SelectAll<BoxStream<'static, Crawled<P, T>>>,
    at_once: usize,
    expected: Option<Expected>,
}

/// Which listing a parent has.
type List<P, T> = Box<dyn FnMut(&P) -> Paginated<T> + Send>;

impl<P, T> Crawl<P, T>
where
    P: Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
{
    pub(crate) fn new(
        client: Client,
        parents: BoxStream<'static, Result<P, Error>>,
        list: impl FnMut(&P) -> Paginated<T> + Send + 'static,
    ) -> Self {
        Self {
            client,
            parents: Some(parents),
            list: Box::new(list),
            running: SelectAll::new(),
            at_once: 32,
            expected: None,
        }
    }

    /// How many listings run at once, at most. Default: 32. The client's own concurrency bounds the requests all the same.
    pub fn at_once(mut self, listings: usize) -> Self {
        self.at_once = listings.max(1);
        self
    }

    /// Starts with the largest parents: their pages follow one another, so whichever begins last ends last. Any estimate of
    /// the size will do. All parents are read before the first request leaves.
    pub fn largest_first(mut self, size: impl Fn(&P) -> u64 + Send + 'static) -> Self {
        self.parents = self.parents.map(|parents| {
            let sorted = async move {
                let mut parents: Vec<_> = parents.collect().await;
                parents.sort_by_key(|parent| std::cmp::Reverse(parent.as_ref().map_or(u64::MAX, &size)));
                parents
            };
            Sorted::Reading(sorted.boxed()).boxed()
        });
        self
    }

    /// Starts listings while there is room for them. An error is one of the parents' own listing.
    fn fill(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        while let Some(parents) = self.parents.as_mut().filter(|_| self.running.len() < self.at_once) {
            let Poll::Ready(parent) = parents.poll_next_unpin(cx) else { break };
            let to_come = parents.size_hint().0;
            match parent.transpose()? {
                Some(parent) => {
                    let listing = (self.list)(&parent);
                    self.expect(&listing, to_come);
                    self.running.push(of_one(Arc::new(parent), listing));
                }
                None => (self.parents, self.expected) = (None, None),
            }
        }
        Ok(())
    }

    /// Each parent to come is one request of the same bucket at least.
    fn expect(&mut self, listing: &Paginated<T>, to_come: usize) {
        if self.expected.is_none() {
            let pacer = &self.client.inner().pacer;
            self.expected = listing.path().map(|path| pacer.expect(classify::bucket(&Method::GET, path)));
        }
        if let Some(expected) = &mut self.expected {
            expected.set(to_come);
        }
    }
}

/// Items that come in order when all are known. Says how many are to come, which a flattened stream does not.
enum Sorted<I> {
    Reading(BoxFuture<'static, Vec<I>>),
    Read(std::vec::IntoIter<I>),
}

impl<I> Stream for Sorted<I> {
    type Item = I;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I>> {
        loop {
            *self = match &mut *self {
                Self::Reading(items) => Self::Read(ready!(items.poll_unpin(cx)).into_iter()),
                Self::Read(items) => return Poll::Ready(items.next()),
            };
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Reading(_) => (0, None),
            Self::Read(items) => items.size_hint(),
        }
    }
}

/// Nothing in it is pinned in place.
impl<I> Unpin for Sorted<I> {}

/// One parent's listing, and how it ended.
fn of_one<P, T>(parent: Arc<P>, listing: Paginated<T>) -> BoxStream<'static, Crawled<P, T>>
where
    P: Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
{
    struct State<P, T> {
        parent: Arc<P>,
        listing: Option<Paginated<T>>,
        items: u64,
        bad_items: u64,
    }
    let state = State { parent, listing: Some(listing), items: 0, bad_items: 0 };
    stream::unfold(state, |mut state| async move {
        let parent = Arc::clone(&state.parent);
        let next = state.listing.as_mut()?.next().await;
        let crawled = match next {
            Some(Ok(item)) => {
                state.items += 1;
                Crawled::Item { parent, item }
            }
            Some(Err(error)) => {
                if error.bad_item().is_some() {
                    state.bad_items += 1;
                } else {
                    state.listing = None;
                }
                Crawled::Failed { parent, error }
            }
            None => {
                state.listing = None;
                Crawled::Complete { parent, items: state.items, bad_items: state.bad_items }
            }
        };
        Some((crawled, state))
    })
    .boxed()
}

impl<P, T> Stream for Crawl<P, T>
where
    P: Send + Sync + 'static,
    T: DeserializeOwned + Send + 'static,
{
    type Item = Crawled<P, T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Err(error) = this.fill(cx) {
                return Poll::Ready(Some(Crawled::ParentsFailed(error)));
            }
            let running = this.running.len();
            match this.running.poll_next_unpin(cx) {
                Poll::Ready(Some(crawled)) => return Poll::Ready(Some(crawled)),
                Poll::Ready(None) if this.parents.is_none() => return Poll::Ready(None),
                // Where some have ended there is room for others.
                _ if this.running.len() < running => {}
                _ => return Poll::Pending,
            }
        }
    }
}

/// Nothing in it is pinned in place.
impl<P, T> Unpin for Crawl<P, T> {}

impl<P, T> std::fmt::Debug for Crawl<P, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crawl").field("running", &self.running.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sorted_parents_say_how_many_are_to_come() {
        let transport =
            crate::transport::from_fn(|_| std::future::ready(http::Response::new(bytes::Bytes::new())));
        let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
        let client = client.build().expect("valid settings");
        let list = |_: &u64| -> Paginated<crate::groups::Group> { unreachable!("no listing begins") };
        let parents = stream::iter([2, 3, 1].map(Ok)).boxed();
        let mut parents =
            Crawl::new(client, parents, list).largest_first(|&size| size).parents.expect("some");
        for (parent, to_come) in [(3, 2), (2, 1), (1, 0)] {
            assert_eq!(parents.next().await.and_then(Result::ok), Some(parent));
            assert_eq!(parents.size_hint().0, to_come);
        }
        assert!(parents.next().await.is_none());
    }
}
