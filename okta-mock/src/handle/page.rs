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
use crate::org::Org;
use crate::reply::Reply;
use crate::sheet::Sheet;

/// Rows of one page and where the next begins.
#[derive(Debug)]
pub(crate) struct Page {
    body: Sheet,
    /// The cursor of the last row, when more rows follow.
    after: Option<String>,
}

impl Page {
    /// Takes up to `limit` rows and writes each; asks for one more to know whether there is a next page.
    pub(crate) fn of<R>(
        mut rows: impl Iterator<Item = R>,
        limit: usize,
        write: impl Fn(&R, &mut Sheet),
        cursor: impl FnOnce(&R) -> String,
    ) -> Self {
        let mut body = Sheet::new();
        body.push(b"[");
        let mut last = None;
        for (n, row) in rows.by_ref().take(limit).enumerate() {
            if n > 0 {
                body.push(b",");
            }
            write(&row, &mut body);
            last = Some(row);
        }
        body.push(b"]");
        let after = last.filter(|_| rows.next().is_some()).map(|row| cursor(&row));
        Self { body, after }
    }

    /// The only page of a list.
    pub(crate) fn whole<R: AsRef<str>>(rows: impl Iterator<Item = R>, limit: usize) -> Self {
        Self::of(rows.take(limit), limit, |row, out| text(out, row), |_| String::new())
    }

    /// The answer, with its links. `params` are the parameters of `self`, in Okta's order, without `after`.
    pub(crate) fn answer(self, target: &str, after: Option<&str>, params: &[(&str, &str)]) -> Outcome {
        let mut reply = Reply::json(200, self.body.finish());
        reply.add(LINK, &link(target, after, params, "self"));
        if let Some(next) = self.after {
            reply.add(LINK, &link(target, Some(&next), params, "next"));
        }
        Ok(Handled::Reply(reply))
    }
}

/// Appends a row that is a text already.
pub(crate) fn text<R: AsRef<str>>(out: &mut Sheet, row: &R) {
    out.push(row.as_ref().as_bytes());
}

/// A row with something embedded, as `expand` asks for.
pub(crate) fn embedding(row: &str, name: &str, embedded: &str) -> String {
    let open = row.strip_suffix('}').unwrap_or(row);
    format!("{open},\"_embedded\":{{\"{name}\":{embedded}}}}}")
}

/// A cursor that is a user of this org, alive or not, or nothing; another one is refused.
pub(crate) fn user_cursor(
    params: &Params,
    users: &crate::org::users::Users,
    code: &str,
) -> Result<Option<u32>, ApiError> {
    let number = |id| users.number(id).ok_or_else(|| ApiError::bad_cursor(code));
    params.get("after").map(number).transpose()
}

/// A cursor that is an id of this kind and org, whether its row is still there or not, or nothing; another one is refused
/// with the endpoint's code.
pub(crate) fn id_cursor<'a>(
    params: &'a Params,
    org: &Org,
    prefix: &'static str,
    code: &str,
) -> Result<&'a str, ApiError> {
    let after = params.get("after").unwrap_or_default();
    let ours = after.is_empty() || org.spelling(prefix).number(after).is_some();
    if ours { Ok(after) } else { Err(ApiError::bad_cursor(code)) }
}

/// One `Link` line.
pub(crate) fn link(target: &str, after: Option<&str>, params: &[(&str, &str)], rel: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(after.map(|after| ("after", after)));
    query.extend_pairs(params);
    format!("<{target}?{}>; rel=\"{rel}\"", query.finish())
}
