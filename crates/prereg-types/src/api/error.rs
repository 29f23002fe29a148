//! The error body that every operation shares.

use jose_core::json::Value;
use serde::Serialize;

use crate::id::ErrorId;
use crate::read::{self, Invalid};

/// Okta's error body. `errorCauses` is an array even when it is empty: an
/// object in its place breaks the Python SDK's error type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// The catalogue's code, such as `E0000001`.
    pub error_code: String,
    /// One sentence for people.
    pub error_summary: String,
    /// The same as the code.
    pub error_link: String,
    /// This occurrence, for finding it in the log.
    pub error_id: ErrorId,
    /// Details, one per fault found.
    pub error_causes: Vec<ErrorCause>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorCause {
    /// One sentence for people.
    pub error_summary: String,
}

impl ErrorBody {
    /// A body without causes.
    pub fn new(error_code: &str, error_summary: impl Into<String>, error_id: ErrorId) -> Self {
        Self {
            error_code: error_code.to_owned(),
            error_summary: error_summary.into(),
            error_link: error_code.to_owned(),
            error_id,
            error_causes: Vec::new(),
        }
    }

    /// The same with one more cause.
    #[must_use]
    pub fn with_cause(mut self, error_summary: impl Into<String>) -> Self {
        self.error_causes.push(ErrorCause {
            error_summary: error_summary.into(),
        });
        self
    }

    /// Reads the body, as an orchestrator does.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                error_code: read::required(body, "errorCode", read::owned)?,
                error_summary: read::required(body, "errorSummary", read::owned)?,
                error_link: read::required(body, "errorLink", read::owned)?,
                error_id: read::required(body, "errorId", ErrorId::from_value)?,
                error_causes: read::required(body, "errorCauses", |value| {
                    read::list(value, cause)
                })?,
            })
        })
    }
}

fn cause(value: &Value<'_>) -> Result<ErrorCause, Invalid> {
    let object = read::object(value)?;
    Ok(ErrorCause {
        error_summary: read::required(object, "errorSummary", read::owned)?,
    })
}
