//! The org to read: a real one, or one that this example starts and keeps busy.

use std::time::Duration;

use okta_client::{Client, ClientBuilder, Timestamp};
use okta_ingest::BoxError;
use okta_mock::{OktaMock, RateLimits};

use crate::options::Options;

/// A client for the org, the org itself if it is ours, and where a first run begins.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) own: Option<OktaMock>,
    pub(crate) since: Timestamp,
}

impl Connected {
    pub(crate) async fn open(options: &Options) -> Result<Self, BoxError> {
        match &options.org_url {
            Some(url) => {
                let client = ClientBuilder::from_env_for(url)?.build()?;
                let since = options.since.unwrap_or_else(|| Timestamp::now().saturating_sub(days(7)));
                Ok(Self { client, own: None, since })
            }
            None => Self::start(options).await,
        }
    }

    /// Starts an org with a past, under the limits of a paid one.
    async fn start(options: &Options) -> Result<Self, BoxError> {
        let org = OktaMock::builder()
            .seed(fastrand::u64(..))
            .users(options.users as usize)
            .groups(options.users as usize / 20 + 1)
            .apps(options.users as usize / 50 + 1)
            .events(options.events as usize)
            .rate_limits(RateLimits::Workforce)
            .start()
            .await?;
        let client = Client::builder(org.url()).api_token(org.api_token()).build()?;
        let first = org.log().first().and_then(|record| Timestamp::from_millis(record.persisted_ms));
        let beginning = first.unwrap_or_else(Timestamp::now);
        Ok(Self { client, own: Some(org), since: options.since.unwrap_or(beginning) })
    }

    pub(crate) fn start_activity(&self, rate: f64) {
        if let Some(org) = &self.own {
            org.live_rate(rate);
        }
    }

    /// Ends the activity, and waits until every push has been made and every event can be seen in the log.
    pub(crate) async fn stop_activity(&self) {
        let Some(org) = &self.own else { return };
        org.live_rate(0.0);
        org.settle().await;
        let last = org.log().iter().map(|record| record.visible_at_ms).max().unwrap_or(0);
        let wait = u64::try_from(last - Timestamp::now().as_millis()).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

/// Waits for the end of the run: its time, or a signal. Returns whether it was a signal.
pub(crate) async fn enough(run_for: Option<Duration>) -> bool {
    let time_is_up = async {
        match run_for {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time_is_up => false,
        () = interrupt() => true,
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn interrupt() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
