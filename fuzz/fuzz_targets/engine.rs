//! Random lives of a small org: no panic, every answer well-formed, paging ends, the log stays in order, and a snapshot
//! that the mock gives can be read back.
#![no_main]

#[path = "engine/calls.rs"]
mod calls;
#[path = "engine/data.rs"]
mod data;

use std::time::Duration;

use bytes::Bytes;
use calls::Known;
use data::Data;
use http::{Method, Request, Response};
use libfuzzer_sys::fuzz_target;
use okta_mock::{Clock, OktaMock, RateLimits, Snapshot};
use serde_json::Value;

const START: i64 = 1_787_299_200_000;

fuzz_target!(|data: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(life(Data::new(data)));
});

async fn life(mut data: Data<'_>) {
    let (kind, receivers) = (data.byte(), data.byte());
    let modes = [RateLimits::Off, RateLimits::Off, RateLimits::Integrator, RateLimits::Workforce];
    let okta = OktaMock::builder()
        .seed(u64::from(kind % 3))
        .users(usize::from(kind % 37))
        .groups(usize::from(kind % 4))
        .apps(usize::from(kind % 3))
        .events(usize::from(kind % 5) * 9)
        .rate_limits(modes[usize::from(kind / 64)])
        .search_lag(Duration::from_secs(u64::from(kind % 2) * 3))
        .clock(Clock::Tokio(START))
        .push_to(move |request| receive(request, receivers))
        .in_process();
    // Where nothing is planned to go wrong, every answer has to be right.
    let spoiling = data.rarely(3);
    let mut known = Known { ids: Vec::new(), tokens: vec![okta.api_token().to_owned()], cursors: Vec::new() };
    for list in ["/api/v1/users", "/api/v1/groups", "/api/v1/apps"] {
        see(&call(&okta, get(list), spoiling).await, &mut known);
    }
    let mut kept: Option<Snapshot> = None;
    for _ in 0..8 + data.below(32) {
        match data.byte() % 32 {
            0 => {
                let by = Duration::from_millis(data.number().unsigned_abs() % (40 * 86_400_000));
                // Weeks at a steady rate take as long as they were asked for.
                slow_down(&okta, if by > Duration::from_secs(60) { 0.0 } else { 8.0 }).await;
                okta.clock().advance(by);
            }
            1 => okta.activity(data.below(20)),
            2 => okta.settle().await,
            3 => walk(&okta, &mut data, spoiling).await,
            4 => in_order(&okta),
            5 => kept = Some(snapshot(&okta)),
            6 => {
                put_spoilt(&okta, &mut data, spoiling).await;
                slow_down(&okta, 8.0).await;
            }
            7 => {
                if let Some(kept) = &kept {
                    okta.restore(kept);
                    assert_eq!(okta.snapshot().to_json(), kept.to_json());
                }
            }
            8 if data.rarely(4) => {
                okta.reset();
                slow_down(&okta, 8.0).await;
            }
            9 | 10 => {
                if let Some(request) = calls::oauth(&mut data, &known, &okta.web_app()) {
                    see(&call(&okta, request, spoiling).await, &mut known);
                }
            }
            _ => {
                if let Some(request) = calls::request(&mut data, &known, spoiling) {
                    see(&call(&okta, request, spoiling).await, &mut known);
                    slow_down(&okta, 8.0).await;
                }
            }
        }
    }
    in_order(&okta);
    if data.rarely(4) {
        snapshot(&okta);
    }
}

/// Receivers answer well, badly, or not at all.
async fn receive(request: Request<Bytes>, how: u8) -> Response<Bytes> {
    if how % 8 == 7 {
        return std::future::pending().await;
    }
    let challenge =
        request.headers().get("x-okta-verification-challenge").and_then(|value| value.to_str().ok());
    let body = challenge.map(|challenge| format!("{{\"verification\":\"{challenge}\"}}")).unwrap_or_default();
    let mut response = Response::new(body.into());
    if how % 8 > 4 && challenge.is_none() {
        *response.status_mut() = http::StatusCode::BAD_GATEWAY;
    }
    response
}

fn get(target: &str) -> Request<Bytes> {
    Request::get(target).body(Bytes::new()).expect("a target of our own")
}

/// Asks and checks the answer; a target without credentials is asked with the first token.
async fn call(okta: &OktaMock, mut request: Request<Bytes>, spoiling: bool) -> Response<Bytes> {
    if request.uri().path().starts_with("/api/") && request.headers().is_empty() {
        let token = okta.credentials()["api_token"].as_str().unwrap_or_default().to_owned();
        let value = http::HeaderValue::from_str(&format!("SSWS {token}"));
        request.headers_mut().extend(value.ok().map(|value| (http::header::AUTHORIZATION, value)));
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = okta.service().call(request).await;
    let status = response.status().as_u16();
    assert!((200..600).contains(&status), "{method} {path}: {status}");
    if !spoiling {
        well_formed(&method, &path, &response);
    }
    response
}

fn well_formed(method: &Method, path: &str, response: &Response<Bytes>) {
    let (status, body) = (response.status().as_u16(), response.body());
    let header = |name: &str| {
        response.headers().get(name).map_or("", |value| value.to_str().expect("a readable header"))
    };
    let at = format!("{method} {path}: {status} {}", String::from_utf8_lossy(&body[..body.len().min(500)]));
    assert!(status == 204 || header("content-length") == body.len().to_string(), "{at}");
    assert!(!header("date").is_empty(), "{at}");
    // Recorded: a revocation and a switched log stream say nothing.
    let silent = path == "/oauth2/v1/revoke" || path.starts_with("/api/v1/logStreams/");
    if body.is_empty() && status == 200 && silent {
        return;
    }
    if header("content-type").starts_with("text/html")
        || (body.is_empty() && (status == 204 || !header("www-authenticate").is_empty()))
    {
        return;
    }
    if body.is_empty() && (300..400).contains(&status) {
        return assert!(!header("location").is_empty(), "{at}");
    }
    let json: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{at}: {error}"));
    if path.starts_with("/_mock") {
        let wrong = json["error"].as_str().filter(|_| status >= 400);
        assert!(
            status < 400 || wrong.is_some_and(|wrong| !wrong.is_empty() && !wrong.contains('\n')),
            "{at}"
        );
    } else if path.starts_with("/api/") {
        assert!(!header("x-okta-request-id").is_empty(), "{at}");
        let members = ["errorCode", "errorSummary", "errorLink", "errorId"];
        let whole = members.iter().all(|name| json[*name].is_string()) && json["errorCauses"].is_array();
        assert!(status < 400 || whole, "{at}");
    }
    assert!(status != 500, "{at}");
}

/// Keeps live activity to so many changes a second.
async fn slow_down(okta: &OktaMock, most: f64) {
    let response = okta.service().call(get("/_mock/activity")).await;
    let status: Value = serde_json::from_slice(response.body()).expect("JSON");
    if status["rate"].as_f64().is_some_and(|rate| rate > most) {
        okta.live_rate(most);
    }
}

/// Takes note of ids, tokens and cursors.
fn see(response: &Response<Bytes>, known: &mut Known) {
    let Ok(json) = serde_json::from_slice::<Value>(response.body()) else { return };
    let rows = json.as_array().map_or(std::slice::from_ref(&json), Vec::as_slice);
    let room = 64_usize.saturating_sub(known.ids.len());
    known.ids.extend(
        rows.iter()
            .filter_map(|row| row["id"].as_str())
            .filter(|id| id.len() == 20)
            .take(room)
            .map(str::to_owned),
    );
    let tokens = ["value", "access_token", "refresh_token", "id_token", "code"]
        .iter()
        .filter_map(|name| json[*name].as_str());
    known.tokens.extend(tokens.take(16_usize.saturating_sub(known.tokens.len())).map(str::to_owned));
    known.cursors.extend(
        next(response).and_then(|next| Some(next.split_once("after=")?.1.split('&').next()?.to_owned())),
    );
    known.cursors.truncate(16);
}

/// The target of the `next` link.
fn next(response: &Response<Bytes>) -> Option<String> {
    let lines = response.headers().get_all("link").iter().filter_map(|line| line.to_str().ok());
    let url = lines.filter_map(|line| line.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")).next()?;
    Some(url.trim_start_matches("http://127.0.0.1:1").to_owned())
}

/// Every listing ends, and shows no row twice.
async fn walk(okta: &OktaMock, data: &mut Data<'_>, spoiling: bool) {
    let list = *data.pick(&[
        "/api/v1/users",
        "/api/v1/groups",
        "/api/v1/apps",
        "/api/v1/users?search=id+pr",
        "/api/v1/users?filter=status+eq+%22ACTIVE%22",
        "/api/v1/logs?since=2026-08-20T00:00:00.000Z&until=2027-08-20T00:00:00.000Z",
    ]);
    if spoiling {
        return;
    }
    let (limit, sign) = (1 + data.below(50), if list.contains('?') { '&' } else { '?' });
    let (mut seen, mut target) = (Vec::new(), Some(format!("{list}{sign}limit={limit}")));
    while let Some(page) = target {
        let response = call(okta, get(&page), spoiling).await;
        if response.status() != 200 {
            return;
        }
        let rows: Vec<Value> = serde_json::from_slice(response.body()).expect("a list");
        assert!(rows.len() <= limit, "{page}");
        let name = if list.contains("logs") { "uuid" } else { "id" };
        seen.extend(rows.iter().map(|row| row[name].as_str().expect("an identity").to_owned()));
        assert!(!rows.is_empty() || next(&response).is_none(), "{page}: an empty page that goes on");
        target = next(&response);
    }
    // A test may give one uuid to several events.
    seen.retain(|identity| !identity.starts_with("twin"));
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "{list}: a row came twice");
}

/// Positions grow, and no event is stored before its own time says.
fn in_order(okta: &OktaMock) {
    let log = okta.log();
    assert!(log.is_sorted_by(|one, other| one.position < other.position));
    assert!(log.is_sorted_by_key(|record| record.persisted_ms));
    for record in log {
        serde_json::from_slice::<Value>(&record.json()).expect("an event is JSON");
    }
}

/// What is taken can be read, and is the same then.
fn snapshot(okta: &OktaMock) -> Snapshot {
    let snapshot = okta.snapshot();
    let read = Snapshot::from_json(&snapshot.to_json()).expect("its own snapshot");
    assert_eq!(read.to_json(), snapshot.to_json());
    read
}

/// A spoilt document is refused with one line and changes nothing, or makes an org that works.
async fn put_spoilt(okta: &OktaMock, data: &mut Data<'_>, spoiling: bool) {
    let before = okta.snapshot().to_json();
    let mut document: Value = serde_json::from_str(&before).expect("JSON");
    for _ in 0..=data.below(3) {
        data.spoil(&mut document);
    }
    let request = Request::put("/_mock/snapshot").body(document.to_string().into()).expect("a request");
    let response = call(okta, request, false).await;
    if response.status() == 400 {
        assert_eq!(okta.snapshot().to_json(), before);
        return;
    }
    for list in
        ["/api/v1/users?limit=200", "/api/v1/groups", "/api/v1/apps", "/api/v1/groups/rules", "/api/v1/logs"]
    {
        call(okta, get(list), spoiling).await;
    }
}
