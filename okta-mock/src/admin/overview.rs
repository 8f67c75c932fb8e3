//! `/_mock/info`, `/_mock/stats`, `/_mock/metrics`: what this fake is and what it has done.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::sealed;
use crate::engine::Engine;
use crate::push::Channel;
use crate::reply::Reply;
use crate::timestamp;

/// What it is: the same for as long as it lives.
pub(super) fn info(engine: &Engine) -> Value {
    let sizes = engine.settings.sizes;
    json!({
        "name": "okta-mock",
        "version": env!("CARGO_PKG_VERSION"),
        "url": engine.org.base,
        "org_id": engine.org.id.as_ref(),
        "seed": sizes.seed,
        "started": timestamp::iso(engine.org.users.formula.start),
        "generated": { "users": sizes.users, "groups": sizes.groups, "apps": sizes.apps, "events": sizes.events },
    })
}

/// What it has done, in numbers. Deliveries are those that are remembered.
pub(super) fn stats(engine: &Engine) -> Value {
    let (org, push) = (&engine.org, &engine.push);
    let statuses = engine.journal.statuses().iter();
    let statuses: Map<String, Value> =
        statuses.map(|(status, n)| (status.to_string(), (*n).into())).collect();
    let delivered = push.deliveries().filter(|delivery| delivery.delivered()).count();
    json!({
        "requests": { "total": engine.journal.counted(), "by_status": statuses },
        "rate_limited": { "bucket": engine.limits.refused, "concurrency": engine.limits.concurrency.refused },
        "log_events": org.log.len(),
        "org": {
            "users": org.users.count(), "groups": org.groups.len(), "apps": org.apps.len(), "rules": org.rules.len(),
            "event_hooks": org.hooks.len(), "log_streams": org.streams.len(),
        },
        "deliveries": {
            "delivered": delivered, "failed": push.deliveries().count() - delivered, "waiting": push.waiting(),
            "paused": push.paused,
        },
        "faults": {
            "rules": engine.faults.list.len(),
            "acted": engine.faults.list.iter().map(|rule| rule.acted).sum::<u64>(),
        },
    })
}

/// The same in Prometheus' text format, with every bucket.
pub(super) fn metrics(engine: &Engine, now: i64) -> Reply {
    let mut out = String::new();
    let mut family =
        |name: &str, kind: &str, help: &str, samples: &mut dyn Iterator<Item = (String, u64)>| {
            let _ = writeln!(out, "# HELP okta_mock_{name} {help}\n# TYPE okta_mock_{name} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(out, "okta_mock_{name}{labels} {value}");
            }
        };
    let statuses = engine.journal.statuses().iter();
    let mut statuses = statuses.map(|(status, n)| (format!("{{status=\"{status}\"}}"), *n));
    family("requests_total", "counter", "Requests answered by the org.", &mut statuses);
    let limits = &engine.limits;
    let refused = [("bucket", limits.refused), ("concurrency", limits.concurrency.refused)];
    let mut refused = refused.into_iter().map(|(kind, n)| (format!("{{kind=\"{kind}\"}}"), n));
    family(
        "rate_limited_total",
        "counter",
        "Requests refused for a limit, planned ones not counted.",
        &mut refused,
    );
    let mut pushes = [Channel::EventHook, Channel::EventBridge].into_iter().flat_map(|channel| {
        let of_channel = move || engine.push.deliveries().filter(move |delivery| delivery.channel == channel);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let delivered = of_channel().filter(|delivery| delivery.delivered()).count();
        let label = move |outcome| format!("{{channel=\"{}\",outcome=\"{outcome}\"}}", channel.name());
        [(label("delivered"), count(delivered)), (label("failed"), count(of_channel().count() - delivered))]
    });
    family("deliveries", "gauge", "Remembered attempts to push.", &mut pushes);
    let mut acted = engine.faults.list.iter().map(|rule| (format!("{{rule=\"{}\"}}", rule.id), rule.acted));
    family("fault_acted_total", "counter", "How often a planned fault acted.", &mut acted);
    let one = |value: u64| std::iter::once((String::new(), value));
    family("log_events", "gauge", "Events in the System Log.", &mut one(engine.org.log.len()));
    family("users", "gauge", "Users of the org.", &mut one(engine.org.users.count()));
    family("clock_seconds", "gauge", "The fake's time, since 1970.", &mut one(now.unsigned_abs() / 1_000));
    let buckets: Vec<_> = limits.buckets(now).collect();
    let label = |bucket: &str| format!("{{bucket=\"{}\"}}", bucket.replace('\\', r"\\").replace('"', "\\\""));
    let mut used = buckets.iter().map(|bucket| (label(bucket.bucket), bucket.used));
    family("bucket_used", "gauge", "Requests counted in a bucket's current window.", &mut used);
    let mut most = buckets.iter().map(|bucket| (label(bucket.bucket), bucket.limit));
    family("bucket_limit", "gauge", "Requests that a bucket allows in a window.", &mut most);
    sealed(Reply::new(200, "text/plain; version=0.0.4; charset=utf-8", out), now)
}
