//! The gates a request goes through before its handler: credentials, planned faults, rate limits, permission.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use super::{Call, Engine, Handled};
use crate::credentials::{self, Caller, Refused};
use crate::error::ApiError;
use crate::faults::{Act, Asked, OWN_STALE_MS, cursor_of, rule_json};
use crate::handle::{self, Cx};
use crate::limits::Verdict;
use crate::oauth;
use crate::org::Tx;
use crate::org::event::{Origin, Party};
use crate::org::id::{Id, mix};
use crate::reply::Reply;

impl Engine {
    pub(super) fn gates(
        &mut self,
        request: &Request<Bytes>,
        call: &mut Call,
        now: i64,
    ) -> (Result<Handled, ApiError>, Tx) {
        let mut tx = self.transaction(call, now);
        if let Some(reply) = self.public(request) {
            return (self.planned(request, call, now).unwrap_or(Ok(Handled::Reply(reply))), tx);
        }
        if oauth::is_endpoint(&call.path) {
            return (self.authorization_server(request, call, &tx), tx);
        }
        let caller = match self.credentials.admit(&self.org, request, now) {
            Ok(caller) => caller,
            Err(refused) => {
                let planned = self.planned(request, call, now);
                return (planned.unwrap_or_else(|| self.refuse(refused, &tx)), tx);
            }
        };
        let Caller { principal, actor, token, permitted } = caller;
        tx.actor = actor;
        if let Origin::Web { token: of_request, .. } = &mut tx.origin {
            *of_request = token;
        }
        if let Some(answer) = self.fault_or_limit(request, call, &principal, &tx, now) {
            return (answer, tx);
        }
        if !permitted {
            return (Err(ApiError::of("E0000006")), tx);
        }
        if self.cursors.expired(cursor_of(&call.query), now) {
            return (Err(ApiError::bad_cursor(handle::faults::cursor_code(&call.path))), tx);
        }
        self.org.users.index.look_back(call.faults.stale_ms());
        let mut cx = Cx { org: &mut self.org, tx };
        let own = credentials::route(&mut self.credentials, &mut cx, request);
        let own = own.or_else(|| handle::rate_limits::route(&self.limits, &self.credentials, &cx, request));
        let outcome = own.unwrap_or_else(|| handle::route(&mut cx, request));
        let tx = cx.tx;
        self.org.users.index.look_back(None);
        let untaken = |error: &ApiError| matches!(error.code.as_str(), "E0000022" | "E0000060");
        let settled = outcome.map_err(|error| match untaken(&error) {
            true => handle::coverage::refusal(call.method.as_str(), &call.path),
            false => error,
        });
        (settled, tx)
    }

    /// What becomes of a request without a good credential.
    fn refuse(&mut self, refused: Refused, tx: &Tx) -> Result<Handled, ApiError> {
        match refused {
            Refused::Api(error) => Err(error),
            Refused::Outside(token) => {
                let event = tx.event("system.api_token.request_outside_allowed_range").target(token);
                self.org.log_event(tx, event.because("DENY", "Request outside the allowed range"));
                // Okta does not say how it refuses this; as a missing permission is the mildest guess.
                Err(ApiError::of("E0000006"))
            }
            Refused::Challenge(reply) => Ok(Handled::Reply(*reply)),
        }
    }

    /// What needs no credentials and is in no bucket.
    fn public(&self, request: &Request<Bytes>) -> Option<Reply> {
        let get = request.method() == http::Method::GET;
        let metadata = get.then(|| oauth::metadata(&self.org.base, request.uri().path())).flatten();
        metadata.or_else(|| handle::public(&self.org, request))
    }

    /// Clients and browsers bring credentials of their own, and get errors in OAuth's words. Only a 429 is Okta's.
    fn authorization_server(
        &mut self,
        request: &Request<Bytes>,
        call: &mut Call,
        tx: &Tx,
    ) -> Result<Handled, ApiError> {
        // What is sent to these by mistake in a query may be a secret.
        if *call.path != *"/oauth2/v1/authorize" {
            call.query.clear();
        }
        let client = self.credentials.oauth.claimed_client(request);
        let principal: Id = client.as_deref().unwrap_or("anonymous").into();
        if let Some(answer) = self.fault_or_limit(request, call, &principal, tx, tx.at) {
            return answer;
        }
        if client.is_none() {
            call.principal = None;
        }
        let reply = self.credentials.oauth.answer(&mut self.org, request, tx)?;
        if reply.status.is_client_error() {
            // Recorded: refusals of the token endpoint come without rate-limit headers.
            call.rate = None;
        }
        Ok(Handled::Reply(reply))
    }

    /// Asks the fault rules about a request, whoever sends it and whatever for. An answer when its own header is wrong.
    fn ask_rules(&mut self, request: &Request<Bytes>, call: &mut Call, now: i64) -> Option<Reply> {
        let (method, path, query) = (call.method.as_str(), &*call.path, &*call.query);
        let asked = Asked { method, path, query, principal: call.principal.as_deref(), page: None };
        let own = match self.settings.header_faults.then(|| header_fault(request)).transpose() {
            Ok(own) => own.flatten(),
            Err(wrong) => {
                let body = serde_json::json!({ "error": format!("X-Okta-Mock-Fault: {wrong}") });
                return Some(Reply::json(400, body.to_string()));
            }
        };
        call.faults = self.faults.on_request(&asked, own, now);
        None
    }

    /// What a planned fault answers to a request that is in no bucket: metadata, or without a good credential.
    fn planned(
        &mut self,
        request: &Request<Bytes>,
        call: &mut Call,
        now: i64,
    ) -> Option<Result<Handled, ApiError>> {
        if let Some(wrong) = self.ask_rules(request, call, now) {
            return Some(Ok(Handled::Reply(wrong)));
        }
        let act = call.faults.answer()?;
        Some(handle::faults::answer(act, &mut call.rate, &call.path, now))
    }

    /// A planned fault, or a bucket that is used up, answers instead of the handler.
    fn fault_or_limit(
        &mut self,
        request: &Request<Bytes>,
        call: &mut Call,
        principal: &Id,
        tx: &Tx,
        now: i64,
    ) -> Option<Result<Handled, ApiError>> {
        call.principal = Some(Arc::clone(principal));
        if let Some(wrong) = self.ask_rules(request, call, now) {
            return Some(Ok(Handled::Reply(wrong)));
        }
        let verdict = match self.limits.enter(call.method.as_str(), &call.path, &call.query, now) {
            Ok(takes) => {
                call.takes_ms = Some(takes);
                self.limits.charge(request.method(), &call.path, principal, now)
            }
            Err(refused) => Some(refused),
        };
        for notice in self.limits.take_notices() {
            notice.write(&mut self.org, tx, &call.path);
        }
        let exhausted = matches!(verdict, Some(Verdict::Refuse(_)));
        call.rate = verdict.map(|(Verdict::Pass(rate) | Verdict::Refuse(rate))| rate);
        match (call.faults.answer(), exhausted) {
            (Some(act), _) => Some(handle::faults::answer(act, &mut call.rate, &call.path, now)),
            (_, true) => Some(Err(ApiError::of("E0000047"))),
            _ => None,
        }
    }

    /// The transaction of a request, in the name of Okta itself until the caller is known.
    fn transaction(&self, call: &Call, now: i64) -> Tx {
        let agent = if call.user_agent.is_empty() { "unknown".into() } else { Arc::clone(&call.user_agent) };
        Tx {
            at: now,
            actor: Party::system(),
            origin: Origin::Web {
                request_id: Arc::clone(&call.request_id),
                uri: Arc::clone(&call.path),
                agent: Some(agent),
                token: None,
                session: None,
                place: mix(self.settings.sizes.seed, 71, 0),
            },
        }
    }
}

/// What a request asks to be done to its own answer: the `do` of a rule.
fn header_fault(request: &Request<Bytes>) -> Result<Option<rule_json::Done>, String> {
    let Some(header) = request.headers().get("x-okta-mock-fault") else { return Ok(None) };
    let act = serde_json::from_slice(header.as_bytes()).map_err(|error| format!("not JSON: {error}"))?;
    let done = rule_json::read_request_do(&act)?;
    match done.act {
        Act::StaleIndex(ms) if ms > OWN_STALE_MS => Err("do.stale_index: at most 10m in a header".into()),
        _ => Ok(Some(done)),
    }
}
