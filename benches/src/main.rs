//! What the crates cost, each figure beside its floor, measured in turn in the same run.
//!
//! ```text
//! cargo run --release -p okta-benches -- list decode crawl memory put drain mock [--json] [--runs N]
//! ```
//!
//! A figure is the median of its runs. CPU figures are the process's own time on a core, which other programs on the machine
//! disturb less than wall time; a figure's name says which it is.

#![allow(clippy::print_stdout, reason = "figures belong there")]

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

mod crawl;
mod decode;
mod figure;
mod inbox;
mod list;
mod mock;

#[derive(Parser)]
struct Options {
    /// What to measure.
    #[arg(required = true)]
    names: Vec<Name>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Times that ours and the floor are measured, in turn.
    #[arg(long, default_value_t = 7)]
    runs: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// Users of a page into typed values that keep their text; floor: serde_json into the bare typed value.
    Decode,
    /// A crawl under rate limits, in virtual time; floor: the least time that the buckets permit.
    Crawl,
    /// Users, apps and events of the log over a socket into typed values that keep their text; floors: bare reqwest and
    /// serde_json into the bare value, and bare reqwest alone.
    List,
    /// Peak memory of listing a million users; floor: that of ten thousand.
    Memory,
    /// Events put into SQLite; floor: the same rows by a statement each in the same transactions.
    Put,
    /// Events leased and settled in SQLite with their effects; floor: the effects' rows and a delete each.
    Drain,
    /// Answers of okta-mock with a million users; floor: a static hyper server of the same bytes.
    Mock,
}

fn main() -> ExitCode {
    // Servers are measured in processes of their own, and so is memory; they are this program again.
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let served = match arguments.as_slice() {
        [server, how] if server == "serve-mock" => Some(mock::child::serve_mock(how)),
        [server, body] if server == "serve-fixed" => Some(mock::child::serve_fixed(body.as_ref())),
        [lister, url, token, users] if lister == "list-users" => {
            let text = |argument: &std::ffi::OsString| argument.to_string_lossy().into_owned();
            Some(list::list_users(&text(url), &text(token), &text(users)))
        }
        _ => None,
    };
    if let Some(served) = served {
        return match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let options = Options::parse();
    for name in &options.names {
        let measured = match name {
            Name::Decode => decode::measure(options.runs).map(|figure| vec![figure]),
            Name::Crawl => crawl::measure(),
            Name::List => list::cpu(options.runs),
            Name::Memory => list::memory(),
            Name::Put => inbox::put(options.runs).map(|figure| vec![figure]),
            Name::Drain => inbox::drain(options.runs).map(|figure| vec![figure]),
            Name::Mock => mock::measure(options.runs),
        };
        match measured {
            Ok(figures) => {
                for figure in figures {
                    if options.json {
                        println!("{}", figure.json());
                    } else {
                        println!("{figure}");
                    }
                }
            }
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
