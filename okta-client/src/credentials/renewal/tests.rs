//! One renewal under thousands of orders of events, each drawn by a seed.
//!
//! All that is shared lies behind one lock, which nobody holds across an await. So the orders in which those sections can follow one
//! another are all that threads could add, and a driver on one thread can draw them: who begins, is polled, or leaves; when the renewal
//! ends, and how; what Okta says of which token, and when that is told; how time goes on.

use std::collections::HashSet;
use std::sync::Weak;

use futures::poll;
use http::{HeaderMap, StatusCode};
use tokio::sync::oneshot;

use super::*;

/// What must hold, as the driver knows it without looking inside.
#[derive(Default)]
struct Known {
    running: bool,
    /// The end of the renewal that is under way, until it is told.
    finish: Option<oneshot::Sender<Result<Duration, bool>>>,
    fetches: u32,
    number: u64,
    fresh_until: Option<Instant>,
    not_before: Option<Instant>,
    refused: HashSet<u64>,
}

type Shared<T> = Arc<Mutex<T>>;

fn fetch(known: &Shared<Known>, seed: u64) -> BoxFuture<'static, Result<AccessToken, CredentialError>> {
    let (finish, finished) = oneshot::channel();
    {
        let now = Instant::now();
        let mut known = known.lock().expect("no panic");
        assert!(!known.running, "seed {seed}: a second renewal beside the first");
        assert!(known.fresh_until.is_none_or(|until| now >= until), "seed {seed}: a fresh token is at hand");
        assert!(known.not_before.is_none_or(|until| now >= until), "seed {seed}: within the pause");
        (known.running, known.finish) = (true, Some(finish));
        known.fetches += 1;
    }
    let known = Arc::clone(known);
    Box::pin(async move {
        let outcome = finished.await.expect("the driver ends what it began");
        let (mut known, now) = (known.lock().expect("no panic"), Instant::now());
        known.running = false;
        match outcome {
            Ok(life) => {
                known.number += 1;
                known.fresh_until = Some(now + life - life / 10);
                Ok(AccessToken::new("a-token".into(), "Bearer", life, now))
            }
            Err(dead) => {
                known.not_before = Some(now + Duration::from_secs(if dead { 10 } else { 1 }));
                Err(if dead { CredentialError::dead("dead") } else { CredentialError::new("down") })
            }
        }
    })
}

fn answer(renewal: &Renewal, known: &Shared<Known>, number: u64, status: u16, seed: u64) {
    let (headers, status) = (HeaderMap::new(), StatusCode::from_u16(status).expect("a status"));
    let refused = status == StatusCode::UNAUTHORIZED;
    let code = refused.then_some("invalid_token");
    let verdict = renewal.answered(number, &Answer { status, headers: &headers, code });
    let mut known = known.lock().expect("no panic");
    match (refused, number == known.number && !known.refused.contains(&number)) {
        (true, true) => {
            known.refused.insert(number);
            known.fresh_until = None;
            if verdict == Verdict::Stands {
                known.not_before = Some(Instant::now() + Duration::from_secs(10));
            }
        }
        (true, false) => assert_eq!(verdict, Verdict::Again, "seed {seed}: somebody has noticed before"),
        (false, true) => known.not_before = None,
        (false, false) => assert_eq!(verdict, Verdict::Stands, "seed {seed}"),
    }
}

/// One life of a credential. Returns how often a token was fetched.
async fn live(seed: u64) -> u32 {
    let mut random = fastrand::Rng::with_seed(seed);
    let (renewal, known) = (Renewal::default(), Shared::<Known>::default());
    let mut waiting: Vec<BoxFuture<'static, Outcome>> = Vec::new();
    let mut seen: Vec<(u64, Weak<AccessToken>)> = Vec::new();
    for _ in 0..120 {
        match random.u8(..10) {
            0..=2 => {
                let (renewal, known_too) = (renewal.clone(), Arc::clone(&known));
                let mut caller = async move { renewal.token(|| fetch(&known_too, seed)).await }.boxed();
                match poll!(&mut caller) {
                    std::task::Poll::Ready(Ok((number, token))) => {
                        let refused = known.lock().expect("no panic").refused.contains(&number);
                        assert!(!refused, "seed {seed}: a token that Okta has refused");
                        assert!(token.is_live(Instant::now()), "seed {seed}: a token that has ended");
                        seen.push((number, Arc::downgrade(&token)));
                    }
                    std::task::Poll::Ready(Err(_)) => {}
                    std::task::Poll::Pending => waiting.push(caller),
                }
            }
            3 if !waiting.is_empty() => {
                let one = random.usize(..waiting.len());
                if let std::task::Poll::Ready(outcome) = poll!(&mut waiting[one]) {
                    seen.extend(outcome.ok().map(|(number, token)| (number, Arc::downgrade(&token))));
                    drop(waiting.swap_remove(one));
                }
            }
            4 if !waiting.is_empty() => drop(waiting.swap_remove(random.usize(..waiting.len()))),
            5 => {
                let finish = known.lock().expect("no panic").finish.take();
                if let Some(finish) = finish {
                    let life = Duration::from_secs(random.u64(1..4000));
                    let outcome = if random.u8(..4) == 0 { Err(random.bool()) } else { Ok(life) };
                    finish.send(outcome).expect("it goes on though nobody waits");
                }
            }
            6..=7 if !seen.is_empty() => {
                let (number, _) = seen[random.usize(..seen.len())];
                answer(&renewal, &known, number, if random.u8(..3) == 0 { 401 } else { 200 }, seed);
            }
            8 => tokio::time::advance(Duration::from_secs(random.u64(..700))).await,
            _ => tokio::task::yield_now().await,
        }
    }
    // Nobody is left waiting, and of what was refused nothing is left at all.
    let finish = known.lock().expect("no panic").finish.take();
    if let Some(finish) = finish {
        finish.send(Ok(Duration::from_secs(3600))).expect("it goes on");
    }
    for caller in waiting {
        let _ = tokio::time::timeout(Duration::from_secs(1), caller).await.expect("nobody waits for ever");
    }
    tokio::task::yield_now().await;
    let known = known.lock().expect("no panic");
    for (number, token) in &seen {
        assert!(
            !known.refused.contains(number) || token.upgrade().is_none(),
            "seed {seed}: {number} is kept"
        );
    }
    known.fetches
}

#[tokio::test(start_paused = true)]
async fn xa15_one_renewal_whatever_comes_in_which_order() {
    let mut fetches = 0;
    for seed in 0..3000 {
        fetches += live(seed).await;
    }
    assert!(fetches > 6000, "the lives are worth living: {fetches}");
}
