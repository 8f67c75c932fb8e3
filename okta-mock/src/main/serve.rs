//! The flags of `okta-mock serve`, and what they mean for the builder.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use okta_mock::{Builder, Clock, Latency, LogLateness, OktaMock, RateLimits, Scenario};

use crate::values::{Hidden, Journal, Receiver, Token, chance, duration, factor, journal, receiver, token};

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The origin by which clients reach it, such as https://okta.test:8443: what links and tokens say. Without it the
    /// address listened on, and for 0.0.0.0 the loopback address.
    #[arg(long, value_name = "URL")]
    public_url: Option<Hidden>,
    /// One more name in Host under which /_mock answers; addresses, localhost and private names need no leave.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Where to write the port to, once it is known.
    #[arg(long, value_name = "FILE")]
    pub(crate) port_file: Option<PathBuf>,
    /// What the org is generated from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Users to generate.
    #[arg(long, default_value_t = 3)]
    users: usize,
    /// Groups to generate, beside Everyone.
    #[arg(long, default_value_t = 1)]
    groups: usize,
    /// Apps to generate.
    #[arg(long, default_value_t = 1)]
    apps: usize,
    /// Log events to generate, spread over the last 24 hours.
    #[arg(long, default_value_t = 0)]
    events: usize,
    /// Which rate limits to enforce: off, integrator, enterprise, workforce, or a JSON file.
    #[arg(long, value_name = "PLAN|FILE", default_value = "off")]
    rate_limits: String,
    /// The org's plan: enforces its rate limits.
    #[arg(long, conflicts_with = "rate_limits")]
    plan: Option<Plan>,
    /// What to multiply every rate limit by, for example 10.
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    rate_limit_scale: Option<f64>,
    /// How long a rate-limit window lasts, for example 60s.
    #[arg(long, default_value = "60s", value_parser = duration)]
    rate_window: Duration,
    /// How much of a bucket one token may use, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(1..=100))]
    token_share: Option<u64>,
    /// Say Retry-After with every 429, which Okta does not.
    #[arg(long)]
    retry_after: bool,
    /// Send every header that Okta sends, cookies too, whether it says something about the answer or not.
    #[arg(long)]
    all_headers: bool,
    /// How long answers take: none, or about what Okta takes.
    #[arg(long, value_enum, default_value_t = Speed::None)]
    latency: Speed,
    /// A scenario to play, in TOML or JSON; what its org part says wins over other flags.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Fault rules, in the JSON of POST /_mock/faults.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Let a request ask for a fault of its own in a header X-Okta-Mock-Fault.
    #[arg(long)]
    header_faults: bool,
    /// Start with a storm of faults drawn from this.
    #[arg(long, value_name = "SEED")]
    chaos_seed: Option<u64>,
    /// How many faults a storm has.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    chaos_budget: u64,
    /// The API token to accept; made from the seed when absent.
    #[arg(long)]
    api_token: Option<Hidden>,
    /// One more API token: NAME=VALUE or NAME=VALUE:ROLE, for example ci=00ci:READ_ONLY_ADMIN.
    #[arg(long, value_name = "NAME=VALUE[:ROLE]")]
    token: Vec<Hidden>,
    /// Take any API token.
    #[arg(long)]
    any_token: bool,
    /// Event Hooks to this address for every eligible type, verified from the start.
    #[arg(long, value_name = "URL=SECRET")]
    hook: Vec<Hidden>,
    /// A log stream to EventBridge whose events end here: URL=SECRET or URL=SECRET,ACCOUNT,REGION,NAME.
    #[arg(long, value_name = "URL=SECRET[,…]")]
    eventbridge: Option<Hidden>,
    /// Whose time to use: real, manual, frozen, scaled:60, auto or tokio; most take a start, as manual:2026-01-01T00:00:00Z.
    #[arg(long, default_value = "real")]
    clock: Clock,
    /// Changes per second that happen by themselves.
    #[arg(long, default_value_t = 0.0)]
    live_rate: f64,
    /// Give the service app tokens with DPoP only.
    #[arg(long)]
    require_dpop: bool,
    /// Where the web app wants its users back; http://127.0.0.1:8080/callback when absent.
    #[arg(long)]
    redirect_uri: Option<String>,
    /// How long a DPoP nonce is the newest, for example 10s; a day when absent.
    #[arg(long, value_parser = duration)]
    dpop_nonce_age: Option<Duration>,
    /// How long a change stays hidden from searches, for example 3s.
    #[arg(long, value_parser = duration)]
    search_lag: Option<Duration>,
    /// How long a deactivation takes, for example 5s; none when absent.
    #[arg(long, value_parser = duration)]
    deactivate_lag: Option<Duration>,
    /// How long events take to be stored: none, normal, or late:CHANCE,LONGEST such as late:0.01,10m.
    #[arg(long, default_value = "none")]
    log_lateness: LogLateness,
    /// How often a page of the log holds an event twice, from 0 to 1.
    #[arg(long, value_name = "CHANCE", value_parser = chance)]
    log_dup_rate: Option<f64>,
    /// How long a cursor is good, for example 5m; for ever when absent.
    #[arg(long, value_parser = duration)]
    cursor_ttl: Option<Duration>,
    /// What to remember of requests: ring:N, off, or file:PATH to write them into a file as well.
    #[arg(long, default_value = "ring:4096", value_parser = journal)]
    journal: Journal,
    /// Where the org is kept between runs. If the file exists the org is the one in it, and flags that say how an org is
    /// (--seed, --users, --scenario, --api-token, --rate-limits, …) are not looked at; it is written when SIGTERM or
    /// Ctrl-C ends the program. It holds credentials, so only its owner may read it.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Leave /_mock out.
    #[arg(long)]
    no_admin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Speed {
    None,
    Okta,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Plan {
    Integrator,
    Enterprise,
    Workforce,
}

impl Serve {
    /// The builder that the flags mean, or one line that says which flag is wrong and why.
    pub(crate) fn builder(self) -> Result<Builder, String> {
        let mut builder = OktaMock::builder()
            .listen(self.listen)
            .seed(self.seed)
            .users(self.users)
            .groups(self.groups)
            .apps(self.apps)
            .events(self.events)
            .live_rate(self.live_rate)
            .require_dpop(self.require_dpop)
            .rate_window(self.rate_window)
            .retry_after(self.retry_after)
            .all_headers(self.all_headers)
            .header_faults(self.header_faults)
            .log_lateness(self.log_lateness)
            .any_token(self.any_token)
            .no_admin(self.no_admin)
            .clock(self.clock)
            .latency(match self.latency {
                Speed::None => Latency::None,
                Speed::Okta => Latency::Okta,
            });
        builder = match (self.plan, self.rate_limits.as_str()) {
            (Some(Plan::Integrator), _) | (None, "integrator") => builder.rate_limits(RateLimits::Integrator),
            (Some(Plan::Enterprise), _) | (None, "enterprise") => builder.rate_limits(RateLimits::Enterprise),
            (Some(Plan::Workforce), _) | (None, "workforce") => builder.rate_limits(RateLimits::Workforce),
            (None, "off") => builder.rate_limits(RateLimits::Off),
            (None, file) => {
                let json = read("--rate-limits", file.as_ref())?;
                builder.rate_limits_json(&json).map_err(in_file("--rate-limits", file.as_ref()))?
            }
        };
        if let Some(Hidden(url)) = self.public_url {
            builder = builder.public_url(&url).map_err(of_flag("--public-url"))?;
        }
        for name in self.allow_host {
            builder = builder.allow_host(name);
        }
        if let Some(file) = self.scenario {
            let text = read("--scenario", &file)?;
            let scenario = Scenario::parse(&text).map_err(in_file("--scenario", &file))?;
            builder = builder.scenario(&scenario);
        }
        if let Some(file) = self.faults {
            let json = read("--faults", &file)?;
            builder = builder.faults_json(&json).map_err(in_file("--faults", &file))?;
        }
        if let Some(seed) = self.chaos_seed {
            builder = builder.chaos(seed, self.chaos_budget);
        }
        if let Some(scale) = self.rate_limit_scale {
            builder = builder.rate_limit_scale(scale);
        }
        if let Some(percent) = self.token_share {
            builder = builder.token_share(percent);
        }
        if let Some(lag) = self.search_lag {
            builder = builder.search_lag(lag);
        }
        if let Some(lag) = self.deactivate_lag {
            builder = builder.deactivate_lag(lag);
        }
        if let Some(rate) = self.log_dup_rate {
            builder = builder.log_dup_rate(rate);
        }
        if let Some(ttl) = self.cursor_ttl {
            builder = builder.cursor_ttl(ttl);
        }
        if let Some(token) = self.api_token {
            builder = builder.api_token(token.0);
        }
        if let Some(uri) = self.redirect_uri {
            builder = builder.redirect_uri(uri);
        }
        if let Some(age) = self.dpop_nonce_age {
            builder = builder.dpop_nonce_age(age);
        }
        for Hidden(text) in self.token {
            let Token { name, value, role } = token(&text).map_err(of_flag("--token"))?;
            builder = builder.token(&name, &value, role).map_err(of_flag("--token"))?;
        }
        for Hidden(text) in self.hook {
            let Receiver { url, secret } = receiver(&text).map_err(of_flag("--hook"))?;
            builder = builder.event_hook(&url, &secret).map_err(of_flag("--hook"))?;
        }
        if let Some(Hidden(text)) = self.eventbridge {
            let Receiver { url, secret } = receiver(&text).map_err(of_flag("--eventbridge"))?;
            let parts: Vec<&str> = secret.split(',').collect();
            let (secret, account, region, name) = match parts[..] {
                [secret] => (secret, "123456789012", "us-east-1", "okta-mock"),
                [secret, account, region, name] => (secret, account, region, name),
                _ => {
                    return Err("--eventbridge: expected URL=SECRET or URL=SECRET,ACCOUNT,REGION,NAME".into());
                }
            };
            builder =
                builder.eventbridge(&url, secret, account, region, name).map_err(of_flag("--eventbridge"))?;
        }
        match self.journal {
            Journal::Ring(requests) => Ok(builder.journal(requests)),
            Journal::File(path) => builder.journal_file(&path).map_err(of_flag("--journal")),
        }
    }
}

/// An error on one line, behind the flag that it is about.
fn of_flag<E: Display>(flag: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{flag}: {}", error.to_string().replace('\n', " "))
}

/// The same of a file that a flag names.
fn in_file<E: Display>(flag: &str, path: &std::path::Path) -> impl Fn(E) -> String {
    let at = format!("{flag} {}", path.display());
    move |error| format!("{at}: {}", error.to_string().replace('\n', " "))
}

fn read(flag: &str, path: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(in_file(flag, path))
}
