//! Every operation goes to the endpoint that Okta gives it, whatever the ids in its path hold, with a body or with a length of 0.
//!
//! `tests/fixtures/endpoints.txt` are the operations of Okta's OpenAPI document, with their methods and paths.

mod calls;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use okta_client::{Client, Error, Listing, transport};
use serde::de::DeserializeOwned;

/// Everything that means something in a URL.
const ID: &str = "../a%2Fb?x=1&y#z;é \\";
const ID_ENCODED: &str = "..%2Fa%252Fb%3Fx=1&y%23z;%C3%A9%20%5C";

/// An org that refuses everything and remembers the last request.
struct Org {
    client: Client,
    last: Arc<Mutex<Option<Request<Bytes>>>>,
    endpoints: BTreeMap<String, (String, String)>,
    called: Mutex<BTreeSet<&'static str>>,
}

impl Org {
    fn new() -> Self {
        let last = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&last);
        let transport = transport::from_fn(move |request| {
            *seen.lock().expect("no panic") = Some(request);
            let mut refused = Response::new(Bytes::from_static(b"{}"));
            *refused.status_mut() = StatusCode::NOT_FOUND;
            std::future::ready(refused)
        });
        let client = Client::builder("https://example.okta.com").api_token("00T").transport(transport);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/endpoints.txt");
        let text = std::fs::read_to_string(file).expect("the fixture");
        let endpoints = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let mut word = || words.next().expect("three words");
            (word(), (word(), word()))
        });
        Self {
            client: client.build().expect("valid"),
            last,
            endpoints: endpoints.collect(),
            called: Mutex::default(),
        }
    }

    /// Makes a call and looks where it went.
    async fn at<T>(&self, operation: &'static str, call: impl Future<Output = Result<T, Error>>) {
        let error = call.await.err().unwrap_or_else(|| panic!("{operation}: all is refused"));
        assert!(error.is_not_found(), "{operation}: {error:?}");
        let request = self.last.lock().expect("no panic").take().expect("a request");
        let (method, template) =
            self.endpoints.get(operation).unwrap_or_else(|| panic!("Okta has no {operation}"));
        assert_eq!(request.method().as_str(), method, "{operation}");
        let (path, expected) = (segments(request.uri().path()), segments(template));
        assert_eq!(path.len(), expected.len(), "{operation}: {path:?}");
        for (segment, expected) in path.iter().zip(expected) {
            match expected.starts_with('{') {
                true => assert!([ID_ENCODED, "TECHNICAL"].contains(segment), "{operation}: {segment}"),
                false => assert_eq!(*segment, expected, "{operation}"),
            }
        }
        length(operation, &request);
        assert!(self.called.lock().expect("no panic").insert(operation), "{operation} twice");
    }

    async fn list<T: DeserializeOwned + Send + 'static>(&self, operation: &'static str, listing: Listing<T>) {
        self.at(operation, listing.paginate().collect_all()).await;
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

/// A write has a JSON body, or says that it has none.
fn length(operation: &str, request: &Request<Bytes>) {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let writes = ["POST", "PUT", "PATCH"].contains(&request.method().as_str());
    match (writes, request.body().is_empty()) {
        (true, true) => {
            assert_eq!((header("content-length"), header("content-type")), (Some("0"), None), "{operation}")
        }
        (true, false) => {
            assert_eq!(header("content-type"), Some("application/json"), "{operation}");
            serde_json::from_slice::<serde_json::Value>(request.body()).expect("JSON");
        }
        (false, empty) => assert!(empty && header("content-type").is_none(), "{operation}"),
    }
}

#[tokio::test]
async fn xb23_every_operation_goes_to_its_endpoint_and_no_id_leads_elsewhere() {
    let org = Org::new();
    calls::people(&org).await;
    calls::life(&org).await;
    calls::groups(&org).await;
    calls::apps(&org).await;
    calls::policies(&org).await;
    calls::roles(&org).await;
    calls::role_targets(&org).await;
    calls::pushes(&org).await;
    calls::settings(&org).await;
    assert_eq!(org.called.lock().expect("no panic").len(), 209);
}
