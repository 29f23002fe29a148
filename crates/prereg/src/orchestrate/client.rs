//! Calls to one server.

use std::fmt;
use std::thread::sleep;
use std::time::Duration;

use jose_core::json::Value;
use prereg_types::api::ErrorBody;
use prereg_types::read::Invalid;
use relying_party::clock::Clock as _;
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request, Response};
use zeroize::Zeroizing;

use super::error::{CallError, Fault};
use super::retry::{self, ATTEMPTS, Repeat, Verdict};
use crate::clock::SystemClock;
use crate::tls;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes of the longest answer: many keys, many envelopes.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// What goes into the `Authorization` header; may be renewed between calls.
pub(crate) trait Authorization {
    /// The value of the header.
    ///
    /// # Errors
    /// Why there is none.
    fn header(&self) -> Result<Zeroizing<String>, String>;
}

/// A server by its base URL.
pub(crate) struct Client {
    agent: Agent,
    base: String,
    authorization: Box<dyn Authorization>,
    pause: fn(Duration),
}

/// An answer that was taken.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Client {
    /// Calls below this URL. Redirects are not followed: a token belongs to the
    /// server it was given for.
    pub(crate) fn new(base: &str, authorization: Box<dyn Authorization>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .tls_config(tls::config())
            .user_agent(concat!("prereg/", env!("CARGO_PKG_VERSION")));
        let config = if is_this_machine(base) {
            config.proxy(None)
        } else {
            config
        };
        Self {
            agent: config.build().new_agent(),
            base: base.trim_end_matches('/').to_owned(),
            authorization,
            pause: sleep,
        }
    }

    /// The same without waiting, for tests.
    #[cfg(test)]
    pub(super) fn without_waiting(mut self) -> Self {
        self.pause = |_| ();
        self
    }

    /// The base URL.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// `GET`, of which something is read.
    pub(super) fn get<T>(
        &self,
        path: &str,
        read: impl FnOnce(&[u8]) -> Result<T, Invalid>,
    ) -> Result<T, CallError> {
        let body = self.call(&Method::GET, path, b"", Repeat::Harmless)?;
        self.read(&Method::GET, path, &body, read)
    }

    /// `POST` of JSON that makes something, of which something is read.
    pub(super) fn post<T>(
        &self,
        path: &str,
        body: &[u8],
        read: impl FnOnce(&[u8]) -> Result<T, Invalid>,
    ) -> Result<T, CallError> {
        let answer = self.call(&Method::POST, path, body, Repeat::Harmful)?;
        self.read(&Method::POST, path, &answer, read)
    }

    /// `POST` of which nothing is read, and that may be made twice.
    pub(super) fn tell(&self, path: &str, body: &[u8]) -> Result<(), CallError> {
        let call = self.call(&Method::POST, path, body, Repeat::Harmless);
        call.map(drop)
    }

    fn read<T>(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        read: impl FnOnce(&[u8]) -> Result<T, Invalid>,
    ) -> Result<T, CallError> {
        read(body).map_err(|invalid| self.error(method, path, Fault::Unreadable(invalid)))
    }

    /// The body of a good answer.
    fn call(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        repeat: Repeat,
    ) -> Result<Vec<u8>, CallError> {
        let mut attempt = 1;
        loop {
            let tried = self.attempt(method, path, body);
            let verdict = match &tried {
                Ok(Answer {
                    status, headers, ..
                }) => {
                    let now = SystemClock.now().seconds();
                    retry::after_answer(*status, headers, repeat, attempt, now)
                }
                Err(Fault::Unreachable(_)) => retry::after_silence(repeat, attempt),
                Err(_) => Verdict::Take,
            };
            match verdict {
                Verdict::Again(wait) if attempt < ATTEMPTS => (self.pause)(wait),
                Verdict::TooLong(wait) => {
                    return Err(self.error(method, path, Fault::Limited(wait)));
                }
                _ => {
                    let answer = tried.and_then(Answer::good);
                    return answer.map_err(|fault| self.error(method, path, fault));
                }
            }
            attempt += 1;
        }
    }

    fn attempt(&self, method: &Method, path: &str, body: &[u8]) -> Result<Answer, Fault> {
        let authorization = self.authorization.header().map_err(Fault::Token)?;
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", "application/json")
            .header("authorization", authorization.as_str());
        let sent = if *method == Method::GET {
            request.body(()).map(|request| self.agent.run(request))
        } else {
            let request = request.header("content-type", "application/json");
            request.body(body).map(|request| self.agent.run(request))
        };
        let sent = sent.map_err(|error| Fault::Unreachable(error.to_string()))?;
        Answer::of(sent.map_err(|error| Fault::Unreachable(error.to_string()))?)
    }

    fn error(&self, method: &Method, path: &str, fault: Fault) -> CallError {
        CallError {
            call: format!("{method} {}{path}", self.base),
            fault,
        }
    }
}

impl Answer {
    fn of(response: Response<ureq::Body>) -> Result<Self, Fault> {
        let (parts, mut body) = response.into_parts();
        let body = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        Ok(Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.map_err(|error| Fault::Body(error.to_string()))?,
        })
    }

    fn good(self) -> Result<Vec<u8>, Fault> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let request = self.headers.get("x-okta-request-id");
        Err(Fault::Refused {
            status: self.status,
            told: told(&self.body),
            request: request.and_then(|id| id.to_str().ok()).map(printable),
        })
    }
}

/// What an error body says, on one line.
fn told(body: &[u8]) -> String {
    if let Ok(error) = ErrorBody::from_json(body) {
        let causes = error
            .error_causes
            .into_iter()
            .map(|cause| cause.error_summary);
        let summary = format!("{} {}", error.error_code, error.error_summary);
        let lines: Vec<_> = std::iter::once(summary).chain(causes).collect();
        return printable(&lines.join("; "));
    }
    let message = jose_core::json::parse_object(body).ok().and_then(|object| {
        let names = ["error_description", "message", "detail", "error"];
        let mut texts = names.iter().filter_map(|name| object.get(name));
        texts.find_map(Value::as_str).map(str::to_owned)
    });
    let message = message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    printable(&message)
}

/// A text from another server: short, and nothing that a terminal acts on.
fn printable(text: &str) -> String {
    let plain = text.chars().map(|character| match character {
        control if control.is_control() => ' ',
        other => other,
    });
    plain.take(300).collect::<String>().trim().to_owned()
}

/// Whether a URL names this machine, which no proxy can reach.
pub(crate) fn is_this_machine(url: &str) -> bool {
    let host = url.parse::<ureq::http::Uri>().ok();
    let host = host.and_then(|uri| uri.host().map(str::to_owned));
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.base)
    }
}
