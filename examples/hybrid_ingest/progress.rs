//! What a person sees on stderr: a line per step, and a live line where stderr is a terminal.

use std::error::Error;
use std::fmt;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use okta_client::Timestamp;
use okta_ingest::receive::Receivers;
use okta_ingest::{Inbox, Role, SqliteStore, TailError, TailMonitor, TailStatus};

/// Prints one line.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    eprintln!("{line}");
}

/// Prints an error with its causes, and what to do where that is known.
pub(crate) fn explain(error: &(dyn Error + 'static)) {
    let mut line = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some libraries repeat a cause in their own message.
        let text = error.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    eprintln!("{line}");
    if let Some(TailError::Refused(refused)) = error.downcast_ref()
        && refused.is_unauthorized()
    {
        eprintln!(
            "the credential is wrong, expired or revoked: set OKTA_CLIENT_TOKEN (or a service app's OKTA_CLIENT_PRIVATEKEY) to one that may read the System Log"
        );
    }
}

/// A line that shows the state of the pipeline; nothing where stderr is not a terminal.
pub(crate) struct Display(Option<(ProgressBar, tokio::task::JoinHandle<()>)>);

impl Display {
    pub(crate) fn start(monitor: TailMonitor, receivers: Receivers, store: SqliteStore) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        let shown = bar.clone();
        let task = tokio::spawn(async move {
            loop {
                let waiting = store.health().await.map(|health| health.waiting + health.leased).unwrap_or(0);
                let pushed = receivers.stats().inserted;
                shown.set_message(describe(&monitor.status(), pushed, waiting));
                shown.tick();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self(Some((bar, task)))
    }

    /// Prints one line, above the live one.
    pub(crate) fn say(&self, line: fmt::Arguments<'_>) {
        match &self.0 {
            Some((bar, _)) => bar.println(line.to_string()),
            None => say(line),
        }
    }

    pub(crate) fn stop(self) {
        if let Some((bar, task)) = self.0 {
            task.abort();
            bar.finish_and_clear();
        }
    }
}

fn describe(status: &TailStatus, pushed: u64, waiting: u64) -> String {
    let role = match &status.role {
        Role::Leading => "reading the log",
        Role::Standby { leader: Some(_) } => "standing by, another instance reads",
        Role::Standby { leader: None } => "starting",
    };
    let lag = status.caught_up_at().map_or("not caught up yet".to_owned(), |read| {
        format!("read up to {}s ago", Timestamp::now().since(read).as_secs())
    });
    let polled = status.put.inserted;
    let trouble = status.last_error.as_ref().map_or(String::new(), |error| format!(" · {error}"));
    format!("{role} · {pushed} pushed, {polled} polled, {waiting} waiting · {lag}{trouble}")
}
