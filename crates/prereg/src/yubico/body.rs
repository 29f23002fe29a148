//! The body of a request.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::error::Failure;
use crate::http::body;

/// Reads a JSON body of at most so many bytes, not yet as JSON.
///
/// # Errors
/// [`Failure::MediaType`] where it says that it is something else, then those of
/// [`body::read`].
pub(super) async fn json(request: Request, most: usize) -> Result<Bytes, Failure> {
    let (parts, stream) = request.into_parts();
    is_json(&parts.headers)?;
    Ok(body::read(stream, most).await?)
}

/// Whether the headers say JSON, or nothing.
fn is_json(headers: &HeaderMap) -> Result<(), Failure> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Failure::MediaType("Content-Encoding must not be set"));
    }
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default();
    let essence = essence.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::MediaType("Content-Type must be application/json"))
}
