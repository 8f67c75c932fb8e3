//! `/_mock/api/v1/…`: any call of the org's API in the name of its administrator, without credentials.
//!
//! For the inspector and for tests that prepare or check an org while a client is at work: nothing of it counts towards
//! rate limits, meets a planned fault, or is in the journal that conduct is judged by. Answers are the org's own, and a
//! change writes the same events.

use bytes::Bytes;
use http::Request;
use http::uri::PathAndQuery;

use super::{refuse, sealed};
use crate::engine::{Engine, Handled};
use crate::error::ApiError;
use crate::handle::{self, Cx};
use crate::org::Tx;
use crate::org::event::Origin;
use crate::reply::Reply;
use crate::{credentials, timestamp};

pub(super) fn call(engine: &mut Engine, request: &Request<Bytes>, now: i64) -> Reply {
    let Some(request) = behind_prefix(request) else {
        return refuse("the path is none of the org's API", now);
    };
    let origin = Origin::Web {
        request_id: engine.org.mint.hex("as-admin").into(),
        uri: request.uri().path().into(),
        agent: Some("okta-mock".into()),
        token: None,
        session: None,
        place: 0,
    };
    let tx = Tx { at: now, actor: engine.org.owner_party(), origin };
    let mut cx = Cx { org: &mut engine.org, tx };
    let own = credentials::route(&mut engine.credentials, &mut cx, &request);
    let own = own.or_else(|| handle::rate_limits::route(&engine.limits, &engine.credentials, &cx, &request));
    let reply = match own.unwrap_or_else(|| handle::route(&mut cx, &request)) {
        Ok(Handled::Reply(reply)) => reply,
        Ok(Handled::Verify { .. }) => {
            return refuse("verify: ask the org itself, whose answer waits for the receiver's", now);
        }
        // An id of its own would shift those of the client under test.
        Err(error) => error_reply(&error, now),
    };
    sealed(reply, now)
}

fn error_reply(error: &ApiError, now: i64) -> Reply {
    Reply::json(error.status, error.body(&format!("oae{}", timestamp::iso(now))))
}

/// The request without `/_mock` before its path.
fn behind_prefix(request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let target = request.uri().path_and_query()?.as_str().strip_prefix("/_mock")?;
    let mut call = Request::new(request.body().clone());
    *call.method_mut() = request.method().clone();
    *call.headers_mut() = request.headers().clone();
    *call.uri_mut() = PathAndQuery::try_from(target).ok()?.into();
    Some(call)
}
