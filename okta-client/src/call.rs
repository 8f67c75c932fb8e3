//! One call to Okta, in two steps: an answer's headers, and its body, because a listing wants to send its next request between them.
//!
//! Each part is a file: [`request`] writes a call as HTTP, [`open`] waits for a turn, sends and judges the headers, [`body`] reads the rest,
//! [`failure`] says what a failed attempt means, and [`tries`] keeps count and waits until the next one, as `retry` decides. A body that
//! breaks off or cannot be read is an attempt that failed, like any other.

mod body;
mod failure;
mod open;
mod request;
mod tries;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Method};
use url::Url;

pub(crate) use self::body::read_some;
use self::failure::Failure;
pub(crate) use self::failure::{TimedOut, target};
pub(crate) use self::open::Opened;
pub(crate) use self::tries::Tries;
use crate::client::Inner;
use crate::decode::DecodeProblem;
use crate::error::Error;
use crate::operation;
use crate::pacing::Manner;
use crate::page::request_id;
use crate::retry;

/// What to ask. Has no `Debug`: the query and the body hold what people wrote.
#[derive(Clone)]
pub(crate) struct Call {
    /// Method and path template, for messages. Holds no id.
    pub(crate) operation: String,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Bytes>,
    /// What goes along besides what every request has.
    pub(crate) headers: HeaderMap,
    /// Whether Okta documents that a second time does nothing more than the first, where the method alone does not say so.
    pub(crate) idempotent: bool,
    pub(crate) manner: Manner,
    /// Whether it asks for a page that may as well be smaller.
    pub(crate) shrinks: bool,
}

/// An attempt whose body could not be read. It holds no turn.
pub(crate) struct Unread {
    tries: Tries,
    failure: Failure,
    id: Option<String>,
}

/// A good answer, read.
pub(crate) struct Answer<T> {
    pub(crate) head: Parts,
    pub(crate) value: T,
}

impl Call {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let operation = operation::of(&method, url.path());
        Self {
            operation,
            method,
            url,
            body: None,
            headers: HeaderMap::new(),
            manner: Manner::default(),
            shrinks: false,
            idempotent: false,
        }
    }

    /// As the client of this manner waits for its turns.
    pub(crate) fn in_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Whether it carries the position of a listing.
    fn is_paged(&self) -> bool {
        self.url.query_pairs().any(|(name, _)| name == "after")
    }

    pub(crate) fn repeatable(&self) -> bool {
        retry::is_repeatable(self.repeats_like())
    }

    /// The method by whose rules the call is repeated.
    fn repeats_like(&self) -> &Method {
        if self.idempotent { &Method::PUT } else { &self.method }
    }
}

impl Inner {
    /// The whole answer, decoded.
    ///
    /// # Cancel safety
    /// Dropping the future gives the call up; a write may or may not have happened.
    pub(crate) async fn fetch<T>(
        &self,
        call: &Call,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Error> {
        let opened = self.open(call, Tries::new()).await?;
        match self.read(opened, &decode).await {
            Ok(answer) => Ok(answer),
            Err(unread) => self.fetch_again(call, unread, decode).await,
        }
    }

    /// The second step, once: the body. It needs no other turn than the one that `opened` holds, so it always comes to an end.
    pub(crate) async fn read<T>(
        &self,
        opened: Opened,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Unread> {
        let Opened { head, body, turn, mut tries, since } = opened;
        // An answer that was fetched ahead may have had to wait for the page before it. That is not held against the call.
        tries.pause(since.elapsed());
        let read = body::read(body, &head.headers, self.max_body_bytes, self.timeout).await;
        drop(turn);
        let failure = match read {
            Ok(bytes) => match decode(&head, &bytes) {
                Ok(value) => return Ok(Answer { head, value }),
                Err(problem) => Failure::Undecodable(problem),
            },
            Err(failure) => failure,
        };
        Err(Unread { tries, failure, id: request_id(&head.headers) })
    }

    /// Both steps anew behind a body that could not be read. Waits for turns: whoever calls this must hold none.
    pub(crate) async fn fetch_again<T>(
        &self,
        call: &Call,
        mut unread: Unread,
        decode: impl Fn(&Parts, &Bytes) -> Result<T, DecodeProblem>,
    ) -> Result<Answer<T>, Error> {
        loop {
            let Unread { mut tries, failure, id } = unread;
            self.after(call, &mut tries, failure, id).await?;
            let opened = self.open(call, tries).await?;
            match self.read(opened, &decode).await {
                Ok(answer) => return Ok(answer),
                Err(again) => unread = again,
            }
        }
    }
}
