//! The body of a token request: `application/x-www-form-urlencoded`.

use percent_encoding::percent_decode_str;

use super::error::OAuthError;

/// The parameters of a token request (RFC 6749 §4.4.2, RFC 7521 §4.2).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TokenRequest {
    pub(super) grant_type: String,
    pub(super) assertion_type: String,
    pub(super) assertion: String,
    pub(super) client_id: Option<String>,
    pub(super) scope: Option<String>,
}

impl TokenRequest {
    /// Reads the parameters. Unknown ones are ignored, empty ones count as
    /// absent, and none may come twice (RFC 6749 §3.2).
    pub(super) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let malformed = OAuthError::invalid_request("The body is not a form.");
        let text = std::str::from_utf8(body).map_err(|_| malformed.clone())?;
        let mut read = [const { None }; NAMES.len()];
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).ok_or_else(|| malformed.clone())?;
            let value = decode(value).ok_or_else(|| malformed.clone())?;
            let known = NAMES.iter().zip(&mut read);
            let Some((_, slot)) = known.into_iter().find(|(known, _)| **known == name) else {
                continue;
            };
            if slot.replace(value).is_some() {
                return Err(OAuthError::invalid_request("A parameter is there twice."));
            }
        }
        let [grant_type, assertion_type, assertion, client_id, scope] =
            read.map(|value: Option<String>| value.filter(|value| !value.is_empty()));
        Ok(Self {
            grant_type: grant_type.unwrap_or_default(),
            assertion_type: assertion_type.unwrap_or_default(),
            assertion: assertion.unwrap_or_default(),
            client_id,
            scope,
        })
    }
}

const NAMES: [&str; 5] = [
    "grant_type",
    "client_assertion_type",
    "client_assertion",
    "client_id",
    "scope",
];

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_order_and_encoding() {
        let body = b"scope=okta.users.read+okta.logs.read&x=1&client_assertion_type=urn%3Aa&\
            grant_type=client_credentials&client_assertion=e.y.z&client_id=";
        let request = TokenRequest::parse(body).unwrap();
        assert_eq!(request.grant_type, "client_credentials");
        assert_eq!(request.assertion_type, "urn:a");
        assert_eq!(request.assertion, "e.y.z");
        assert_eq!(
            request.scope.as_deref(),
            Some("okta.users.read okta.logs.read")
        );
        assert_eq!(request.client_id, None);
    }

    #[test]
    fn a_parameter_twice_is_refused_however_it_is_spelled() {
        for body in ["scope=a&scope=b", "scope=a&%73cope=b", "scope&scope"] {
            assert!(TokenRequest::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_refused() {
        assert!(TokenRequest::parse(b"scope=\xff").is_err());
        assert!(TokenRequest::parse(b"scope=%ff").is_err());
        assert_eq!(TokenRequest::parse(b"").unwrap(), TokenRequest::default());
    }
}
