//! The `okta-mock` program: a fake Okta for tests in any language.
//!
//! Prints one JSON line on stdout when it is ready and nothing more there; logs go to stderr. Exit codes: 0 after
//! SIGTERM or Ctrl-C, 1 when the snapshot could not be written then, 2 for wrong flags or files, 3 when the address cannot
//! be had.

mod snapshot_file;

#[path = "main/health.rs"]
mod health;
#[path = "main/serve.rs"]
mod serve;
#[path = "main/values.rs"]
mod values;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use okta_mock::StartError;
use serve::Serve;
use snapshot_file::SnapshotFile;

/// What the usage texts do not say.
const EXIT_CODES: &str = "Exit codes: 0 after SIGTERM or Ctrl-C, 1 when the snapshot could not be written then, 2 for wrong flags or files, \
    3 when the address cannot be had.";
const SERVES: &str = "Prints one JSON line on stdout when it is ready: url, api_token, service_app, web_app, admin.\n\
    Open the admin address in a browser to see what goes on.";

/// How long work that was under way may hold the end up.
const LAST_WORK: std::time::Duration = std::time::Duration::from_secs(1);

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
    let code = runtime.block_on(run(serve));
    // Whatever is still at work has no more say.
    runtime.shutdown_timeout(LAST_WORK);
    code
}

async fn run(serve: Box<Serve>) -> ExitCode {
    // Listened for before the ready line: whoever reads it may send the signal at once.
    let mut ended = match Ended::new() {
        Ok(ended) => ended,
        Err(error) => {
            complain(&format!("error: signals cannot be received: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let (port_file, snapshot) = (serve.port_file.clone(), serve.snapshot.clone());
    let mut builder = match serve.builder() {
        Ok(builder) => builder,
        Err(wrong) => {
            complain(&format!("error: {wrong}"));
            return ExitCode::from(2);
        }
    };
    let mut kept = None;
    if let Some(path) = snapshot {
        let name = format!("--snapshot {}", path.display());
        match SnapshotFile::open(path) {
            Ok((file, before)) => {
                builder = before.iter().fold(builder, okta_mock::Builder::snapshot);
                kept = Some((name, file));
            }
            Err(wrong) => {
                complain(&format!("error: {name}: {wrong}"));
                return ExitCode::from(2);
            }
        }
    }
    let okta = match builder.start().await {
        Ok(okta) => okta,
        Err(StartError::Listen { address, source }) => {
            complain(&format!("error: cannot listen on {address}: {source}"));
            return ExitCode::from(3);
        }
        Err(error) => {
            complain(&format!("error: {error}"));
            return ExitCode::from(2);
        }
    };
    // Whoever started us may have closed its end already; that is no reason to stop.
    if let (Some(file), Some(address)) = (port_file, okta.local_addr())
        && let Err(error) = std::fs::write(&file, format!("{}\n", address.port()))
    {
        complain(&format!("error: --port-file {}: {error}", file.display()));
        return ExitCode::from(2);
    }
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{}", okta.credentials()).and_then(|()| stdout.flush());
    ended.wait().await;
    let Some((name, file)) = kept else {
        okta.shutdown().await;
        return ExitCode::SUCCESS;
    };
    let snapshot = okta.into_snapshot().await;
    match file.write(&snapshot) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {name}: cannot be written: {error}"));
            ExitCode::FAILURE
        }
    }
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

fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
