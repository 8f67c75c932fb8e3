//! What an OAuth endpoint is sent: a form, and nothing but a form.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;

use super::refusal::Refusal;

/// The fields of one request, each at most once.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body of a POST. Credentials in the query are refused: a query is written to logs.
    pub(crate) fn of_body(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let typed =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let typed = typed.split(';').next().unwrap_or_default().trim();
        if !typed.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::request(
                "The request body must be of the type application/x-www-form-urlencoded.",
            ));
        }
        let query = Self(parse(request.uri().query().unwrap_or_default().as_bytes()));
        if ["client_secret", "client_assertion"].iter().any(|name| query.get(name).is_some()) {
            return Err(Refusal::request("Client credentials cannot be supplied via query parameters."));
        }
        Self(parse(request.body())).unique()
    }

    /// Reads the query, and the body where there is a form in it: `/authorize` takes both.
    pub(crate) fn of_query_and_body(request: &Request<Bytes>) -> Result<Self, Refusal> {
        let mut fields = parse(request.uri().query().unwrap_or_default().as_bytes());
        if request.method() == http::Method::POST && !request.body().is_empty() {
            fields.extend(Self::of_body(request)?.0);
        }
        Self(fields).unique()
    }

    /// A field's value; an empty one counts as absent (RFC 6749, section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The words of a field, each once, in the order sent.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in self.get(name).unwrap_or_default().split_ascii_whitespace() {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn unique(self) -> Result<Self, Refusal> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refusal::request("The request contained multiple parameters with the same name."));
        }
        Ok(self)
    }
}

fn parse(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}
