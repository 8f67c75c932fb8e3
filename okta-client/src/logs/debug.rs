//! What an event's `debugContext.debugData` says: free text under names that Okta adds and drops at will.

use super::LogEvent;
use crate::raw::Raw;

impl Raw<LogEvent> {
    /// The text of an entry of `debugContext.debugData`, such as `risk` or `threatSuspected`. `None` where there is none, where
    /// it is no text, and where Okta means none: it writes `null`, `"null"`, `"unknown"` and `""`.
    ///
    /// Reads the event's JSON again at each call. Okta promises nothing about these entries: show them, decide nothing by them.
    pub fn debug_data(&self, name: &str) -> Option<String> {
        let name = name.replace('~', "~0").replace('/', "~1");
        let text = self.extra::<Option<String>>(&format!("/debugContext/debugData/{name}")).ok()??;
        text.filter(|text| !matches!(text.as_str(), "" | "null" | "unknown"))
    }
}
