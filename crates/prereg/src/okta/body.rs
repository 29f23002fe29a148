//! The body of a request.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::Okta;
use super::error::Failure;
use crate::http::body;

/// A JSON body, not yet read as JSON. It may be empty, and then come under any
/// `Content-Type`: the Python SDK sends calls without a body as
/// `application/octet-stream`.
pub(super) struct JsonBody(pub(super) Bytes);

impl FromRequest<Okta> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, okta: &Okta) -> Result<Self, Failure> {
        let (parts, stream) = request.into_parts();
        let bytes = body::read(stream, okta.limits.body_bytes).await?;
        if !bytes.is_empty() {
            is_json(&parts.headers)?;
        }
        Ok(Self(bytes))
    }
}

/// Whether the body says that it is JSON, or says nothing.
fn is_json(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Failure::MediaType("Content-Encoding: must not be set"));
    }
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default();
    let essence = essence.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let structured = essence.starts_with("application/") && essence.ends_with("+json");
    if essence == "application/json" || structured {
        return Ok(());
    }
    Err(Failure::MediaType("Content-Type: must be application/json"))
}
