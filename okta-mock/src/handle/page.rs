//! Pages: rows joined into an array, and the two `Link` lines that lead from one page to the next.
//!
//! A cursor is the key of the last row, never a number of rows, so rows that come or go between two pages neither
//! repeat nor hide the others. `self` is normalised as Okta does: the default limit filled in, unknown parameters
//! left out, spaces as `+`. Recorded: `self` and `next` come as separate header lines.

use http::header::LINK;

use super::Outcome;
use super::params::Params;
use crate::engine::Handled;
use crate::error::ApiError;
use crate::reply::Reply;

/// Rows of one page and where the next begins.
#[derive(Debug)]
pub(crate) struct Page {
    body: String,
    /// The cursor of the last row, when more rows follow.
    after: Option<String>,
}

impl Page {
    /// Takes up to `limit` rows; asks for one more to know whether there is a next page.
    pub(crate) fn of<R: AsRef<str>>(mut rows: impl Iterator<Item = (String, R)>, limit: usize) -> Self {
        let mut body = "[".to_owned();
        let mut last = None;
        for (n, (cursor, row)) in rows.by_ref().take(limit).enumerate() {
            body.push_str(if n == 0 { "" } else { "," });
            body.push_str(row.as_ref());
            last = Some(cursor);
        }
        body.push(']');
        let after = last.filter(|_| rows.next().is_some());
        Self { body, after }
    }

    /// The answer, with its links. `params` are the parameters of `self`, in Okta's order, without `after`.
    pub(crate) fn answer(self, target: &str, after: Option<&str>, params: &[(&str, &str)]) -> Outcome {
        let mut reply = Reply::json(200, self.body);
        reply.add(LINK, &link(target, after, params, "self"));
        if let Some(next) = self.after {
            reply.add(LINK, &link(target, Some(&next), params, "next"));
        }
        Ok(Handled::Reply(reply))
    }
}

/// A cursor that is an id of this kind, or nothing; another one is refused with the endpoint's code.
pub(crate) fn id_cursor<'a>(params: &'a Params, prefix: &str, code: &str) -> Result<&'a str, ApiError> {
    let after = params.get("after").unwrap_or_default();
    let ours = after.is_empty() || (after.starts_with(prefix) && after.len() == 20);
    if ours { Ok(after) } else { Err(ApiError::bad_cursor(code)) }
}

/// One `Link` line.
pub(crate) fn link(target: &str, after: Option<&str>, params: &[(&str, &str)], rel: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(after.map(|after| ("after", after)));
    query.extend_pairs(params);
    format!("<{target}?{}>; rel=\"{rel}\"", query.finish())
}
