//! A server in a process of its own, and a plain connection to ask it with.
//!
//! The process is this program again: `serve-mock HOW` or `serve-fixed FILE`. It ends when its standard input does.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderMap, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use okta_ingest::BoxError;
use okta_mock::OktaMock;
use tokio::net::TcpListener;

/// A running server.
pub(crate) struct Child {
    process: std::process::Child,
    address: String,
    token: String,
    /// The body of a request for a new access token.
    refresh: String,
    /// What a fixed server serves; removed with it.
    _body: Option<tempfile::NamedTempFile>,
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Child {
    /// An okta-mock with a million users, 100 groups and apps, and ten million events.
    pub(crate) fn mock() -> Result<Self, BoxError> {
        Self::start(&["serve-mock", "plain"], None)
    }

    /// The same without a journal.
    pub(crate) fn mock_without_journal() -> Result<Self, BoxError> {
        Self::start(&["serve-mock", "no-journal"], None)
    }

    /// The same with somebody signed in.
    pub(crate) fn mock_signed_in() -> Result<Self, BoxError> {
        Self::start(&["serve-mock", "signed-in"], None)
    }

    /// With a fifth more users: some are deactivated, and a listing leaves them out.
    pub(crate) fn mock_of_more() -> Result<Self, BoxError> {
        Self::start(&["serve-mock", "more"], None)
    }

    /// A static server of the same bytes, header lines included.
    pub(crate) fn fixed(answer: &Answer) -> Result<Self, BoxError> {
        let mut file = tempfile::NamedTempFile::new()?;
        write!(file, "{}\n{}", answer.head, answer.body)?;
        let path = file.path().to_str().ok_or("a path in UTF-8")?.to_owned();
        Self::start(&["serve-fixed", &path], Some(file))
    }

    fn start(arguments: &[&str], body: Option<tempfile::NamedTempFile>) -> Result<Self, BoxError> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("a pipe")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let address = words.next().ok_or("the server did not start")?;
        let (token, refresh) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Ok(Self { process, address, token, refresh, _body: body })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its API token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The form that brings who is signed in a new access token.
    pub(crate) fn refresh(&self) -> &str {
        &self.refresh
    }

    pub(crate) fn connect(&self) -> Result<Connection, BoxError> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::new(stream), token: self.token.clone(), next: None })
    }

    /// The CPU time that all threads of the server spend while `work` runs.
    pub(crate) fn cpu_of(&self, work: impl FnOnce() -> Result<(), BoxError>) -> Result<Duration, BoxError> {
        let before = self.cpu_time()?;
        work()?;
        Ok(self.cpu_time()?.saturating_sub(before))
    }

    /// Resident memory.
    pub(crate) fn memory_kib(&self) -> Result<u32, BoxError> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("a VmRSS line")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn cpu_time(&self) -> Result<Duration, BoxError> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let account = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanos += account.split_whitespace().next().ok_or("an empty account")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }
}

/// What was answered.
pub(crate) struct Answer {
    /// The header lines, without those that a server adds itself.
    head: String,
    pub(crate) body: String,
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
    next: Option<String>,
}

impl Connection {
    /// The body of a 200.
    pub(crate) fn get(&mut self, target: &str) -> Result<String, BoxError> {
        Ok(self.answer(target)?.body)
    }

    /// A 200 as a whole.
    pub(crate) fn answer(&mut self, target: &str) -> Result<Answer, BoxError> {
        self.ask("GET", target, "")
    }

    /// Changes something; the body of a 200.
    pub(crate) fn post(&mut self, target: &str, body: &str) -> Result<String, BoxError> {
        Ok(self.ask("POST", target, body)?.body)
    }

    fn ask(&mut self, method: &str, target: &str, body: &str) -> Result<Answer, BoxError> {
        let authorization = format!("SSWS {}", self.token);
        self.ask_as(&authorization, (method, target, body), 200)
    }

    /// Anything in any name, which must be answered with this status.
    pub(crate) fn ask_as(
        &mut self,
        authorization: &str,
        (method, target, body): (&str, &str, &str),
        status: u16,
    ) -> Result<Answer, BoxError> {
        let length = body.len();
        // JSON needs no type.
        let form = ["", "content-type: application/x-www-form-urlencoded\r\n"];
        let form = form[usize::from(target == "/oauth2/v1/token")];
        let sized = if method == "GET" { String::new() } else { format!("content-length: {length}\r\n") };
        let authorized = match target == "/oauth2/v1/token" {
            // The form says who asks.
            true => String::new(),
            false => format!("authorization: {authorization}\r\n"),
        };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nuser-agent: okta-benches/0.1\r\n\
             {authorized}{form}{sized}\r\n{body}"
        );
        let expected = format!("HTTP/1.1 {status}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut head, mut length, mut first) = (String::new(), String::new(), 0, true);
        self.next = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let text = line.trim_end();
            if first && !text.starts_with(&expected) {
                return Err(format!("{target}: {text}").into());
            }
            if !first
                && !text.is_empty()
                && !["content-length", "date"].iter().any(|own| text.starts_with(own))
            {
                head.push_str(text);
                head.push('\n');
            }
            first = false;
            match text.split_once(": ") {
                _ if text.is_empty() => break,
                Some(("content-length", value)) => length = value.parse()?,
                Some(("link", value)) if value.ends_with("rel=\"next\"") => {
                    let url = value.trim_start_matches("<http://").split('>').next().unwrap_or_default();
                    self.next = url.find('/').and_then(|at| url.get(at..)).map(str::to_owned);
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { head, body: String::from_utf8(body)? })
    }

    /// The `next` link of the last answer, without the origin.
    pub(crate) fn next(&self) -> Option<String> {
        self.next.clone()
    }
}

/// The other end: okta-mock.
pub(crate) fn serve_mock(how: &std::ffi::OsStr) -> Result<(), BoxError> {
    let journal = how != "no-journal";
    let users = if how == "more" { 1_200_000 } else { 1_000_000 };
    runtime()?.block_on(async {
        let builder = OktaMock::builder().seed(7).users(users).groups(100).apps(100).events(10_000_000);
        let builder = if journal { builder } else { builder.journal(0) };
        let okta = builder.start().await?;
        let refresh = if how == "signed-in" { refresh(&okta).await? } else { String::new() };
        println!("{} {} {refresh}", okta.url().trim_start_matches("http://"), okta.api_token());
        until_nobody_listens();
        Ok(())
    })
}

/// Signs in to the web app; the form that uses its refresh token.
async fn refresh(okta: &OktaMock) -> Result<String, BoxError> {
    // The verifier and challenge of RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let app = okta.web_app();
    let (client, secret, redirect) = (&app.client_id, &app.client_secret, &app.redirect_uri);
    let authorize = format!(
        "{}/oauth2/v1/authorize?client_id={client}&redirect_uri={redirect}&response_type=code&state=s&nonce=n\
         &scope=openid%20offline_access&code_challenge={challenge}&code_challenge_method=S256",
        okta.url()
    );
    let back = okta.sign_in(&authorize, "me")?;
    let code = back.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    let code = code.ok_or_else(|| format!("no code in {back}"))?;
    let who = format!("client_id={client}&client_secret={secret}");
    let form = format!(
        "{who}&grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={verifier}"
    );
    let request = hyper::Request::post("/oauth2/v1/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))?;
    let answer: serde_json::Value = serde_json::from_slice(okta.service().call(request).await.body())?;
    let token = answer["refresh_token"].as_str().ok_or_else(|| format!("no refresh token in {answer}"))?;
    Ok(format!("{who}&grant_type=refresh_token&refresh_token={token}"))
}

/// The other end: a static server.
pub(crate) fn serve_fixed(body: &Path) -> Result<(), BoxError> {
    let text = std::fs::read_to_string(body)?;
    let (head, body) = text.split_once("\n\n").unwrap_or(("", &text));
    let mut headers = HeaderMap::new();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        headers.append(HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
    }
    let body = Bytes::from(body.to_owned());
    runtime()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let (headers, body) = (headers.clone(), body.clone());
                let service = service_fn(move |_| {
                    let mut answer = hyper::Response::new(Full::new(body.clone()));
                    answer.headers_mut().clone_from(&headers);
                    async move { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        until_nobody_listens();
        Ok(())
    })
}

/// Two threads on either side, as the `okta-mock` program has on a small machine.
fn runtime() -> Result<tokio::runtime::Runtime, BoxError> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

fn until_nobody_listens() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
