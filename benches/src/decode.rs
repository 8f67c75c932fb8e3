//! `decode`: a page of users through the client, against `serde_json` into the bare typed value.
//!
//! The page is okta-mock's, handed over in memory, so ours includes the client's whole path but the network.

use bytes::Bytes;
use okta_client::users::User;
use okta_client::{Client, transport};
use okta_ingest::BoxError;
use okta_mock::OktaMock;

use crate::figure::{Figure, cpu_of};

const PAGES: usize = 100;

pub(crate) fn measure(runs: usize) -> Result<Figure, BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let okta = OktaMock::builder().seed(7).users(300).in_process();
    let request = http::Request::get(format!("{}/api/v1/users?limit=200", okta.url()))
        .header("authorization", format!("SSWS {}", okta.api_token()))
        .body(Bytes::new())?;
    let page = runtime.block_on(okta.service().call(request)).into_body();
    let users = serde_json::from_slice::<Vec<User>>(&page)?.len() * PAGES;

    let served = page.clone();
    let client = Client::builder("https://example.okta.com")
        .api_token("00a-token-for-measuring")
        .transport(transport::from_fn(move |_| {
            let page = served.clone();
            let mut response = http::Response::new(page);
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            async move { response }
        }))
        .build()?;
    let ours = || {
        cpu_of(|| {
            runtime.block_on(async {
                for _ in 0..PAGES {
                    std::hint::black_box(client.users().list().paginate().collect_all().await?);
                }
                Ok(())
            })
        })
    };
    let floor = || {
        cpu_of(|| {
            for _ in 0..PAGES {
                std::hint::black_box(serde_json::from_slice::<Vec<User>>(&page)?);
            }
            Ok(())
        })
    };
    Figure::measure("decode_users_cpu", "µs/user", runs, users, ours, floor)
}
