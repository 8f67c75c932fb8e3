//! `PagingProblem`: why the link to the next page is not followed.

use crate::link;

/// Why a listing cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagingProblem {
    /// The next link leads to another scheme, host or port, or carries a user name. Nothing was sent there.
    #[error("the next link leads to a foreign origin")]
    ForeignOrigin,
    /// The next link was already followed in this listing.
    #[error("the next link repeats")]
    Repeated,
    /// The `Link` header, or the URL in it, cannot be read.
    #[error("the Link header cannot be read")]
    Malformed,
    /// Two different next links.
    #[error("two different next links")]
    Ambiguous,
    /// More empty pages in a row than any listing has.
    #[error("too many empty pages in a row")]
    EmptyPages,
}

impl From<link::Problem> for PagingProblem {
    fn from(problem: link::Problem) -> Self {
        match problem {
            link::Problem::Malformed(_) => Self::Malformed,
            link::Problem::Ambiguous => Self::Ambiguous,
        }
    }
}
