//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use okta_client::Timestamp;

/// Know everything that happens in an Okta org, and have missed nothing: pushes and polling into one SQLite file, each event
/// applied once.
///
/// Without --org-url it starts an Okta org of its own, makes things happen in it, and checks itself against that org's record.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Options {
    /// A real org or a running okta-mock; credentials come from OKTA_CLIENT_TOKEN and the other usual variables.
    #[arg(long, value_name = "URL")]
    pub(crate) org_url: Option<String>,

    /// The event database: created, migrated, reused [default: okta-events.db in a temporary folder].
    #[arg(long, value_name = "PATH")]
    pub(crate) db: Option<PathBuf>,

    /// Where the receiver listens.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// Where Okta reaches the receiver: an Event Hook is registered and verified there.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// The partner event source that EventBridge events must come from [default: any of the org's subdomain].
    #[arg(long, value_name = "SOURCE")]
    pub(crate) eventbridge_source: Option<String>,

    /// Users of the org that it starts.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) users: u32,

    /// Events in the past of the org that it starts.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) events: u32,

    /// Changes per second in the org that it starts.
    #[arg(long, value_name = "R", default_value = "50/s", value_parser = rate)]
    pub(crate) live_rate: f64,

    /// Stop after this time, once caught up [default: 10s with its own org, never with --org-url].
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(crate) duration: Option<Duration>,

    /// Where a first run begins [default: 7 days ago; with its own org, that org's beginning].
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,

    /// Print one JSON object at the end, and nothing else on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Options {
    /// How long to run; `None` is forever.
    pub(crate) fn run_for(&self) -> Option<Duration> {
        match (self.duration, &self.org_url) {
            (None, None) => Some(Duration::from_secs(10)),
            (duration, _) => duration,
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed =
        text.parse::<jiff::SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    parsed.ok_or_else(|| format!("{text:?} is not a duration such as 10s, 500ms or 2m"))
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).parse::<f64>();
    let rate = number.ok().filter(|rate| rate.is_finite() && *rate >= 0.0);
    rate.ok_or_else(|| format!("{text:?} is not a rate such as 50/s"))
}
