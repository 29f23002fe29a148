//! A form of ours, and nobody else's.

use std::collections::HashMap;

use axum::extract::{FromRequest, Request};
use prereg_types::Invalid;
use zeroize::Zeroizing;

use crate::admin::page::Page;
use crate::admin::page::access::Visitor;
use crate::admin::page::failure::Failure;
use crate::http::{RequestId, body};

/// The fields of a form whose code holds.
pub(super) struct Form {
    fields: HashMap<String, Zeroizing<String>>,
    /// Where it leads back to: a path of ours.
    pub(super) back: String,
    /// Who sent it.
    pub(super) visitor: String,
    /// The id of the request, or empty.
    pub(super) request: String,
}

/// More than any form of ours has.
const MOST_BYTES: usize = 16 * 1024;

impl FromRequest<Page> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, page: &Page) -> Result<Self, Failure> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let Visitor(visitor) = visitor.ok_or(Failure::TokenWanted)?;
        let id = request.extensions().get::<RequestId>();
        let id = id.map_or_else(String::new, ToString::to_string);
        let bytes = body::read(request.into_body(), MOST_BYTES).await;
        let bytes = bytes.map_err(|_| Failure::Form)?;
        let fields: HashMap<String, Zeroizing<String>> =
            form_fields(&bytes).ok_or(Failure::Form)?;
        let code = fields.get("csrf").ok_or(Failure::Form)?;
        if !page.0.session.csrf.holds(&visitor, code) {
            return Err(Failure::Form);
        }
        let back = fields.get("back").filter(|back| is_path(back));
        let back = back.map_or("/", |back| back.as_str()).to_owned();
        Ok(Self {
            fields,
            back,
            visitor,
            request: id,
        })
    }
}

impl Form {
    /// A field.
    pub(super) fn field(&self, name: &str) -> Result<&str, Failure> {
        let field = self.fields.get(name).ok_or(Failure::Form)?;
        Ok(field.as_str())
    }

    /// A field that is an id or the like.
    pub(super) fn parse<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<T, Failure> {
        parse(self.field(name)?).map_err(|_| Failure::Form)
    }
}

/// `application/x-www-form-urlencoded`, without a name twice.
fn form_fields(bytes: &[u8]) -> Option<HashMap<String, Zeroizing<String>>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut fields = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let before = fields.insert(decoded(name)?.to_string(), decoded(value)?);
        if before.is_some() {
            return None;
        }
    }
    Some(fields)
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let spaced = Zeroizing::new(text.replace('+', " "));
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    Some(Zeroizing::new(decoded.ok()?.into_owned()))
}

/// Whether it leads nowhere but to a page of ours: `//evil.example` and
/// `/\evil.example` are other hosts to a browser.
fn is_path(back: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    back.starts_with('/') && !back.starts_with("//") && back.bytes().all(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_a_page_of_ours() {
        for right in ["/", "/keys/3632071", "/log?before=7"] {
            assert!(is_path(right), "{right}");
        }
        for wrong in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: b",
            "/a b",
        ] {
            assert!(!is_path(wrong), "{wrong}");
        }
    }

    #[test]
    fn fields_are_decoded_and_none_comes_twice() {
        let fields = form_fields(b"pin=%C3%AF+1%2B2&empty=&csrf").unwrap();
        assert_eq!(fields["pin"].as_str(), "ï 1+2");
        assert_eq!(fields["empty"].as_str(), "");
        assert_eq!(fields["csrf"].as_str(), "");
        assert!(form_fields(b"a=1&a=2").is_none());
        assert!(form_fields(b"a=%ff").is_none());
    }
}
