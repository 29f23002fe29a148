//! The `Authorization` header (RFC 9110 §11.6.2), as real clients send it.

use axum::http::{HeaderMap, header};

use super::Unauthenticated;

/// A credential, by its scheme.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    /// `SSWS token`, Okta's own scheme. The Python SDK leaves the space out.
    Ssws(&'a str),
    /// `Bearer token` (RFC 6750 §2.1).
    Bearer(&'a str),
}

/// Reads the header. Schemes are case-insensitive (RFC 9110 §11.1). Two
/// headers are refused: a proxy and we might look at different ones.
pub(super) fn read(headers: &HeaderMap) -> Result<Presented<'_>, Unauthenticated> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Unauthenticated::Missing)?;
    if values.next().is_some() {
        return Err(Unauthenticated::Malformed);
    }
    let text = value.to_str().map_err(|_| Unauthenticated::Malformed)?;
    parse(text.trim_ascii()).ok_or(Unauthenticated::Malformed)
}

fn parse(text: &str) -> Option<Presented<'_>> {
    if let Some(rest) = strip_scheme(text, "SSWS") {
        return token(rest).map(Presented::Ssws);
    }
    let rest = strip_scheme(text, "Bearer")?;
    rest.starts_with(' ').then_some(())?;
    token(rest).map(Presented::Bearer)
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn token(rest: &str) -> Option<&str> {
    let token = rest.trim_start_matches(' ');
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then_some(token)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn header(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn every_spelling_of_the_scheme_is_read() {
        for value in [
            "SSWS abc",
            "SSWSabc",
            "ssws abc",
            "Ssws   abc",
            "sswsabc",
            " SSWS abc ",
        ] {
            assert!(
                read(&header(value)) == Ok(Presented::Ssws("abc")),
                "{value}"
            );
        }
        for value in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert!(
                read(&header(value)) == Ok(Presented::Bearer("abc")),
                "{value}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for value in [
            "",
            "SSWS",
            "SSWS ",
            "abc",
            "Bearerabc",
            "Basic abc",
            "Bearer",
            "SSWS a b",
            "Bearer a,b c",
        ] {
            assert!(read(&header(value)).is_err(), "{value}");
        }
        assert!(read(&HeaderMap::new()) == Err(Unauthenticated::Missing));
        let mut twice = header("SSWS abc");
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("SSWS def"));
        assert!(read(&twice) == Err(Unauthenticated::Malformed));
        let mut latin = HeaderMap::new();
        latin.insert(
            header::AUTHORIZATION,
            HeaderValue::from_bytes(b"SSWS \xe9").unwrap(),
        );
        assert!(read(&latin) == Err(Unauthenticated::Malformed));
    }
}
