//! Does an event database hold exactly what an okta-mock recorded, each event once?
//!
//! ```text
//! cargo run --example audit_events -- --org-url http://127.0.0.1:PORT --db okta-events.db
//! ```
//!
//! Prints one JSON object; exits 0 only if nothing is missing, repeated or unknown.

#![allow(clippy::print_stdout, reason = "the result belongs there")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use okta_client::Client;
use okta_examples::audit::{self, Audit};
use okta_ingest::{Org, SqliteStore};
use serde::Deserialize;

#[derive(Parser)]
struct Options {
    /// The okta-mock.
    #[arg(long)]
    org_url: String,
    /// The database that was filled from it.
    #[arg(long)]
    db: PathBuf,
}

#[derive(Deserialize)]
struct Log {
    events: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    uuid: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(audit) => {
            println!("{}", serde_json::json!(audit));
            if audit.is_exact() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<Audit, Box<dyn std::error::Error>> {
    // The mock's steering surface asks for no credential; a client must have one.
    let client = Client::builder(&options.org_url).api_token("not-needed-here").build()?;
    let log = client.get::<Log>("/_mock/log").await?;
    let store = SqliteStore::open(&options.db).await?;
    let recorded = log.events.iter().map(|event| event.uuid.clone());
    Ok(audit::compare(store.pool(), Org::of(&client).as_str(), recorded).await?)
}
