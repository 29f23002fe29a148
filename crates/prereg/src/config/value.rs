//! Values that know their own rules.

use std::fmt;
use std::time::Duration;

use axum::http::Uri;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use zeroize::Zeroizing;

/// A secret text: wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

/// An `http` or `https` address without credentials.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HttpUrl(String);

/// A length of time: `30s`, `5m`, `12h`, `30d`, or a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period(pub(super) Duration);

impl Secret {
    pub(crate) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl HttpUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "not an address")?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("not an http:// or https:// address");
        }
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("credentials do not belong into an address");
        }
        if authority.host().is_empty() {
            return Err("it names no host");
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: all that may be shown of an address whose path is
    /// a secret.
    pub(crate) fn origin(&self) -> &str {
        let after_scheme = self.0.find("://").map_or(0, |at| at + 3);
        let rest = self.0.get(after_scheme..).unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        self.0.get(..after_scheme + end).unwrap_or_default()
    }

    /// Whether nobody on the way can read or change what is sent: TLS, or this
    /// machine.
    pub(super) fn is_private_way(&self) -> bool {
        let origin = self.origin();
        let Some(host) = origin.strip_prefix("http://") else {
            return true;
        };
        let loopback = ["localhost", "127.0.0.1", "[::1]"];
        let is = |name: &str| {
            let port = host.strip_prefix(name);
            port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
        };
        loopback.into_iter().any(is)
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.origin())
    }
}

impl Period {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let number: u64 = digits.parse().ok()?;
        let unit = match text.get(digits.len()..)? {
            "" | "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        number.checked_mul(unit).map(Duration::from_secs).map(Self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PeriodVisitor)
    }
}

impl<'de> Deserialize<'de> for HttpUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

struct PeriodVisitor;

impl Visitor<'_> for PeriodVisitor {
    type Value = Period;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 30s, 5m, 12h or 30d")
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Period, E> {
        Ok(Period(Duration::from_secs(seconds)))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Period, E> {
        let seconds = u64::try_from(seconds).map_err(|_| E::custom("a time is not negative"))?;
        self.visit_u64(seconds)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Period, E> {
        Period::parse(text).ok_or_else(|| E::custom("not a time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_units() {
        let seconds = |text| Period::parse(text).map(|period| period.0.as_secs());
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(seconds("5m"), Some(300));
        assert_eq!(seconds("2h"), Some(7200));
        assert_eq!(seconds("30d"), Some(2_592_000));
        for wrong in ["", "s", "5 m", "-5s", "5w", "1.5h", "99999999999999999999d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses_hold_no_credentials_and_show_no_path() {
        let url = HttpUrl::parse("https://hooks.example:8443/T00/B00/secret?x=1").unwrap();
        assert_eq!(url.origin(), "https://hooks.example:8443");
        assert!(!format!("{url:?}").contains("secret"));
        for wrong in [
            "ftp://a.example",
            "https://",
            "a.example",
            "https://u:p@a.example/",
        ] {
            assert!(HttpUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn plain_http_is_private_on_this_machine_only() {
        let private = |text| HttpUrl::parse(text).unwrap().is_private_way();
        assert!(private("https://a.example/x"));
        assert!(private("http://127.0.0.1:81/x"));
        assert!(private("http://localhost/x"));
        assert!(private("http://[::1]:8081/x"));
        assert!(!private("http://a.example/x"));
        assert!(!private("http://localhost.evil.example/x"));
        assert!(!private("http://127.0.0.1.evil.example/x"));
    }
}
