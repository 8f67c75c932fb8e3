//! What buckets let through and refuse.

use super::*;

fn limits() -> Limits {
    Limits::new(RateLimits::Integrator, 60_000)
}

#[test]
fn a_token_gets_half_of_the_bucket_and_then_nothing_until_the_window_ends() {
    let mut limits = limits();
    for n in 1..=10 {
        let Some(Verdict::Pass(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "token", 5_500) else {
            panic!("request {n} of 10 is within the share")
        };
        assert_eq!((rate.limit, rate.remaining, rate.reset), (10, 10 - n, 66));
    }
    assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", "token", 65_499), Some(Verdict::Refuse(_))));
    assert_eq!(limits.refused, 1);
    // The window was anchored at its first request, not at a full minute.
    assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", "token", 65_500), Some(Verdict::Pass(_))));
}

#[test]
fn the_tightest_scope_speaks_and_two_principals_use_up_the_org() {
    let mut limits = limits();
    for n in 0..20 {
        let principal = if n % 2 == 0 { "one" } else { "two" };
        assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", principal, 0), Some(Verdict::Pass(_))));
    }
    let Some(Verdict::Refuse(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "three", 0) else {
        panic!("the org's bucket is empty")
    };
    assert_eq!((rate.limit, rate.remaining), (20, 0), "the org's limit, not the third one's share");
}

#[test]
fn what_a_principal_is_refused_is_still_there_for_others() {
    let mut limits = limits();
    for _ in 0..100 {
        limits.charge(&Method::GET, "/api/v1/logs", "greedy", 0);
    }
    assert_eq!(limits.refused, 90);
    let used =
        |limits: &Limits| limits.buckets(0).find(|bucket| bucket.bucket == "/api/v1/logs").map(|b| b.used);
    assert_eq!(used(&limits), Some(10));
    for n in 1..=10 {
        let Some(Verdict::Pass(rate)) = limits.charge(&Method::GET, "/api/v1/logs", "modest", 0) else {
            panic!("request {n} of 10 is within the share")
        };
        assert_eq!(rate.remaining, 10 - n);
    }
    assert_eq!(used(&limits), Some(20));
}

#[test]
fn what_is_left_by_hand_is_left_to_those_who_asked_and_to_those_who_come() {
    let mut limits = limits();
    let ask =
        |limits: &mut Limits, who: &str, now| match limits.charge(&Method::GET, "/api/v1/logs", who, now) {
            Some(Verdict::Pass(rate)) => Some((rate.limit, rate.remaining, rate.reset)),
            _ => None,
        };
    for _ in 0..10 {
        ask(&mut limits, "before", 0);
    }
    assert!(limits.force("/api/v1/logs", 2, 30_000));
    assert_eq!(ask(&mut limits, "before", 30_000), Some((10, 1, 60)), "its own share was used up");
    assert_eq!(ask(&mut limits, "later", 30_000), Some((20, 0, 60)), "the org's last one");
    assert_eq!(ask(&mut limits, "before", 30_000), None);
    assert_eq!(ask(&mut limits, "later", 30_000), None);
    assert_eq!(ask(&mut limits, "later", 60_000), Some((10, 9, 120)), "the next window is as ever");
    assert!(limits.force("/api/v1/logs", 1, 60_000));
    assert_eq!(ask(&mut limits, "new", 60_000), Some((10, 0, 120)), "of its own share as well");
}

#[test]
fn a_bucket_warns_once_and_is_violated_once_in_a_window() {
    let mut limits = limits();
    for now in [0, 60_000] {
        for _ in 0..15 {
            limits.charge(&Method::GET, "/api/v1/logs", "token", now);
        }
        assert_eq!(happened(&mut limits), [Happened::Warning, Happened::Violation]);
    }
}

fn happened(limits: &mut Limits) -> Vec<Happened> {
    let told = limits.take_notices().into_iter();
    told.filter_map(|notice| if let Notice::Bucket { what, .. } = notice { Some(what) } else { None })
        .collect()
}

#[test]
fn a_bucket_of_sign_in_bursts_to_five_times_its_limit_and_a_limit_set_by_hand_does_not() {
    let mut limits = limits();
    let token = |limits: &mut Limits| limits.charge(&Method::POST, "/oauth2/v1/token", "client", 0);
    for n in 1..=750 {
        let Some(Verdict::Pass(rate)) = token(&mut limits) else { panic!("request {n} of 750 may burst") };
        assert_eq!((rate.limit, rate.remaining), (150, 150_u64.saturating_sub(n)));
    }
    assert!(matches!(token(&mut limits), Some(Verdict::Refuse(_))));
    assert_eq!(happened(&mut limits), [Happened::Warning, Happened::Burst, Happened::Violation]);
    limits.clear();
    assert!(limits.table.set_limit("/oauth2/v1/token", 2));
    assert!(matches!(token(&mut limits), Some(Verdict::Pass(_))));
    assert!(matches!(token(&mut limits), Some(Verdict::Refuse(_))));
}

#[test]
fn off_never_refuses() {
    let mut limits = Limits::new(RateLimits::Off, 60_000);
    assert!(limits.table.set_limit("/api/v1/logs", 1));
    for _ in 0..10 {
        assert!(matches!(limits.charge(&Method::GET, "/api/v1/logs", "t", 0), Some(Verdict::Pass(_))));
    }
    assert!(limits.take_notices().is_empty());
}
