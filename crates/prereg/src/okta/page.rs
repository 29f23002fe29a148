//! Query parameters, and links to the next page (RFC 8288).

use std::fmt::Write as _;

use axum::extract::{FromRequestParts, Query};
use axum::http::header::{HOST, LINK};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Okta;
use super::error::Failure;

/// The unreserved characters of RFC 3986 §2.3 stay. A comma must not: both SDKs
/// split the header there.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The query of a request, decoded, and where it was asked.
pub(super) struct Listing {
    base: Base,
    path: String,
    parameters: Vec<(String, String)>,
}

/// Scheme and authority under which the caller reached us, such as
/// `http://127.0.0.1:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base(String);

impl FromRequestParts<Okta> for Listing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let Query(parameters) =
            Query::try_from_uri(&parts.uri).map_err(|_| Failure::Parameter {
                name: "query",
                rule: "must be name=value pairs".to_owned(),
            })?;
        Ok(Self {
            base: Base::of(parts, &okta.issuer()),
            path: parts.uri.path().to_owned(),
            parameters,
        })
    }
}

impl FromRequestParts<Okta> for Base {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, &okta.issuer()))
    }
}

impl Listing {
    /// Where it was asked.
    pub(super) const fn base(&self) -> &Base {
        &self.base
    }

    /// A parameter's text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        let mut values = self.parameters.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(wrong(name, "must not come twice"));
        }
        Ok(first)
    }

    /// A parameter, read.
    pub(super) fn read<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let text = self.text(name)?;
        text.map(|text| read(text).map_err(|rule| Failure::Parameter { name, rule }))
            .transpose()
    }

    /// `limit`: at least 1; more than the most is the most, as at Okta.
    pub(super) fn limit(&self, default: usize, most: usize) -> Result<usize, Failure> {
        let limit = self.read("limit", |text| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<usize>().unwrap_or(usize::MAX);
            (digits && number > 0)
                .then_some(number)
                .ok_or_else(|| "must be a whole number from 1".to_owned())
        })?;
        Ok(limit.unwrap_or(default).min(most))
    }

    /// The `Link` header: this page, and the one after the cursor, if any. One
    /// line holds both, since not every client reads a second one.
    pub(super) fn links(&self, next: Option<&str>) -> [(HeaderName, HeaderValue); 1] {
        let mut value = format!("<{}>; rel=\"self\"", self.address(None));
        if let Some(after) = next {
            let _ = write!(value, ", <{}>; rel=\"next\"", self.address(Some(after)));
        }
        let value = HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""));
        [(LINK, value)]
    }

    /// The address asked for, or the same from another cursor on.
    fn address(&self, after: Option<&str>) -> String {
        let kept = self
            .parameters
            .iter()
            .filter(|(name, _)| after.is_none() || name != "after");
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let mut address = format!("{}{}", self.base.0, self.path);
        for (index, (name, value)) in kept.chain(after.map(|after| ("after", after))).enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            let (name, value) = (escaped(name), escaped(value));
            let _ = write!(address, "{name}={value}");
        }
        address
    }
}

impl Base {
    /// The address of something here.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// From the `Host` header: the issuer may be a name that does not lead here.
    /// A wrong header leads only its sender astray; answers are not cached.
    fn of(parts: &Parts, issuer: &str) -> Self {
        let host = parts
            .headers
            .get(HOST)
            .and_then(|value| value.to_str().ok());
        let host = parts.uri.authority().map(Authority::as_str).or(host);
        let host = host.and_then(|host| host.parse::<Authority>().ok());
        let Some(host) = host.filter(|host| !host.as_str().contains('@')) else {
            return Self(issuer.to_owned());
        };
        let secure = issuer.strip_prefix("https://");
        if secure.is_some_and(|secure| secure.eq_ignore_ascii_case(host.as_str())) {
            return Self(issuer.to_owned());
        }
        let forwarded = parts.headers.get("x-forwarded-proto");
        let scheme = match forwarded {
            Some(value) if value == "https" => "https",
            _ => "http",
        };
        Self(format!("{scheme}://{host}"))
    }
}

/// A parameter refused.
pub(super) fn wrong(name: &'static str, rule: &str) -> Failure {
    Failure::Parameter {
        name,
        rule: rule.to_owned(),
    }
}

fn escaped(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}
