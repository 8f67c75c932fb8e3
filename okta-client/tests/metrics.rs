//! What the client tells the `metrics` facade.
#![cfg(feature = "metrics")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use okta_client::{Client, transport};

/// Adds up what is told: of counters and gauges the value, of histograms the count.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<BTreeMap<String, f64>>>);

struct Figure(Told, String);

impl Figure {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut told = self.0.0.lock().expect("no panic");
        let value = told.entry(self.1.clone()).or_default();
        *value = change(*value);
    }
}

impl CounterFn for Figure {
    fn increment(&self, value: u64) {
        self.change(|old| old + value as f64);
    }
    fn absolute(&self, value: u64) {
        self.change(|_| value as f64);
    }
}

impl GaugeFn for Figure {
    fn increment(&self, value: f64) {
        self.change(|old| old + value);
    }
    fn decrement(&self, value: f64) {
        self.change(|old| old - value);
    }
    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for Figure {
    fn record(&self, _: f64) {
        self.change(|count| count + 1.0);
    }
}

impl Told {
    fn figure(&self, key: &Key) -> Arc<Figure> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Figure(self.clone(), format!("{} {}", key.name(), labels.join(" "))))
    }
}

impl Recorder for Told {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.figure(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.figure(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.figure(key))
    }
}

#[tokio::test(start_paused = true)]
async fn xa16_figures_name_buckets_and_templates_and_hold_no_id() {
    let told = Told::default();
    let _guard = metrics::set_default_local_recorder(&told);
    let answers = Mutex::new(vec![(200, "50"), (429, "50"), (429, "0")]);
    let transport = transport::from_fn(move |_| {
        let (status, limit) = answers.lock().expect("no panic").pop().expect("an answer is left");
        let response =
            http::Response::builder().status(status).header("date", "Fri, 21 Aug 2026 08:00:10 GMT");
        let response = response.header("x-rate-limit-limit", limit).header("x-rate-limit-remaining", "0");
        let response = response.header("x-rate-limit-reset", "1787299215");
        std::future::ready(response.body(Bytes::from_static(b"{\"id\":\"00uSECRET\"}")).expect("a response"))
    });
    let client = Client::builder("https://acme.okta.com").api_token("00Ttoken").transport(transport);
    client.build().expect("valid settings").users().get("00uSECRET").await.expect("a user");
    let told = told.0.lock().expect("no panic").clone();
    let bucket = "okta.bucket=GET /api/v1/users/{id}";
    let call = "http.request.method=GET url.template=/api/v1/users/{id}";
    for (name, value) in [
        (format!("http.client.request.duration {call} http.response.status_code=429"), 2.0),
        (format!("http.client.request.duration {call} http.response.status_code=200"), 1.0),
        (format!("okta.client.retries {call}"), 2.0),
        (format!("okta.client.wait.duration {bucket}"), 3.0),
        (format!("okta.client.rate_limited {bucket} okta.kind=concurrency"), 1.0),
        (format!("okta.client.rate_limited {bucket} okta.kind=window"), 1.0),
        (format!("okta.rate_limit.limit {bucket}"), 50.0),
        (format!("okta.rate_limit.remaining {bucket}"), 0.0),
    ] {
        assert_eq!(told.get(&name), Some(&value), "{name} in {told:#?}");
    }
    assert_eq!(told.len(), 8);
    assert!(!format!("{told:?}").contains("SECRET"));
}
