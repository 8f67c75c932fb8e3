//! The `okta-mock` program: a fake Okta for tests in any language.
//!
//! Prints one JSON line on stdout when it is ready and nothing more there; logs go to stderr. Exit codes: 0 after
//! SIGTERM or Ctrl-C, 2 for wrong flags, 3 when the address cannot be had.

#[path = "main/health.rs"]
mod health;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use okta_mock::{Clock, Latency, OktaMock, RateLimits, Scenario, StartError};

/// What the usage texts do not say.
const EXIT_CODES: &str =
    "Exit codes: 0 after SIGTERM or Ctrl-C, 2 for wrong flags, 3 when the address cannot be had.";
const SERVES: &str = "Prints one JSON line on stdout when it is ready: url, api_token, service_app, web_app, admin.\n\
    Open the admin address in a browser to see what goes on.";

/// A fake Okta for tests.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a generated org until SIGTERM or Ctrl-C.
    #[command(after_help = SERVES)]
    Serve(Box<Serve>),
    /// Ask a running fake whether it is ready: exit code 0 if so, else 1.
    Health {
        /// Its address, for example http://127.0.0.1:8080.
        url: String,
    },
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// One more name in Host under which /_mock answers; addresses, localhost and private names need no leave.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
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
    #[arg(long, default_value = "off")]
    rate_limits: String,
    /// How long answers take: none, or about what Okta takes.
    #[arg(long, value_enum, default_value_t = Speed::None)]
    latency: Speed,
    /// How long a rate-limit window lasts, for example 60s.
    #[arg(long, default_value = "60s", value_parser = duration)]
    rate_window: Duration,
    /// A scenario to play, in TOML; what its [org] says wins over other flags.
    #[arg(long)]
    scenario: Option<std::path::PathBuf>,
    /// The API token to accept; made from the seed when absent.
    #[arg(long)]
    api_token: Option<String>,
    /// Whose time to use; a manual clock moves by POST /_mock/clock/advance.
    #[arg(long, value_enum, default_value_t = Kind::Real)]
    clock: Kind,
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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Speed {
    None,
    Okta,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Real,
    Manual,
}

fn main() -> ExitCode {
    let serve = match Cli::try_parse() {
        Ok(Cli { command: Command::Serve(serve) }) => serve,
        Ok(Cli { command: Command::Health { url } }) => {
            return health::ask(&url).map_or_else(
                |wrong| {
                    complain(&format!("error: {url}: {wrong}"));
                    ExitCode::FAILURE
                },
                |()| ExitCode::SUCCESS,
            );
        }
        Err(asked) if !asked.use_stderr() => {
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            // One line is what a log or a CI step shows; clap's usage text stays behind --help.
            let text = wrong.to_string();
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or("error: wrong flags");
            let more = lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
            complain(&more.fold(first.to_owned(), |all, line| format!("{all} {line}")));
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("error: no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(*serve))
}

async fn run(serve: Serve) -> ExitCode {
    // Listened for before the ready line: whoever reads it may send the signal at once.
    let mut ended = match Ended::new() {
        Ok(ended) => ended,
        Err(error) => {
            complain(&format!("error: signals cannot be received: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let mut builder = OktaMock::builder()
        .listen(serve.listen)
        .seed(serve.seed)
        .users(serve.users)
        .groups(serve.groups)
        .apps(serve.apps)
        .events(serve.events)
        .live_rate(serve.live_rate)
        .require_dpop(serve.require_dpop)
        .rate_window(serve.rate_window)
        .latency(match serve.latency {
            Speed::None => Latency::None,
            Speed::Okta => Latency::Okta,
        })
        .clock(match serve.clock {
            Kind::Real => Clock::Real,
            // A fixed start, so that two runs give the same bytes: 2026-08-21T08:00:00Z.
            Kind::Manual => Clock::Manual(1_787_299_200_000),
        });
    builder = match serve.rate_limits.as_str() {
        "off" => builder.rate_limits(RateLimits::Off),
        "integrator" => builder.rate_limits(RateLimits::Integrator),
        "enterprise" => builder.rate_limits(RateLimits::Enterprise),
        "workforce" => builder.rate_limits(RateLimits::Workforce),
        file => match read(file).and_then(|json| Ok(builder.rate_limits_json(&json)?)) {
            Ok(builder) => builder,
            Err(wrong) => return refuse(file, &wrong),
        },
    };
    if let Some(file) = serve.scenario {
        let file = file.to_string_lossy();
        builder = match read(&file).and_then(|toml| Ok(Scenario::parse(&toml)?)) {
            Ok(scenario) => builder.scenario(&scenario),
            Err(wrong) => return refuse(&file, &wrong),
        };
    }
    for name in serve.allow_host {
        builder = builder.allow_host(name);
    }
    if let Some(lag) = serve.search_lag {
        builder = builder.search_lag(lag);
    }
    if let Some(token) = serve.api_token {
        builder = builder.api_token(token);
    }
    if let Some(uri) = serve.redirect_uri {
        builder = builder.redirect_uri(uri);
    }
    if let Some(age) = serve.dpop_nonce_age {
        builder = builder.dpop_nonce_age(age);
    }
    let okta = match builder.start().await {
        Ok(okta) => okta,
        Err(StartError::Listen { address, source }) => {
            complain(&format!("error: cannot listen on {address}: {source}"));
            return ExitCode::from(3);
        }
        Err(error) => {
            complain(&format!("error: {error}"));
            return ExitCode::FAILURE;
        }
    };
    // Whoever started us may have closed its end already; that is no reason to stop.
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{}", okta.credentials()).and_then(|()| stdout.flush());
    ended.wait().await;
    okta.shutdown().await;
    ExitCode::SUCCESS
}

/// The signals that end the program.
struct Ended {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Ended {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| "expected a duration like 60s".to_owned())?;
    let unit_ms = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("expected a duration like 60s".to_owned()),
    };
    let ms = number.checked_mul(unit_ms).filter(|ms| (1..1 << 40).contains(ms));
    ms.map(Duration::from_millis).ok_or_else(|| "expected a duration like 60s".to_owned())
}

/// A file that a flag names.
fn read(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    Ok(std::fs::read_to_string(path)?)
}

/// A file that is not there or not understood is a wrong flag.
fn refuse(path: &str, wrong: &dyn std::fmt::Display) -> ExitCode {
    complain(&format!("error: {path}: {}", wrong.to_string().replace('\n', " ")));
    ExitCode::from(2)
}

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
