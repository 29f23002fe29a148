//! Errors of the token endpoint (RFC 6749 §5.2).

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relying_party::store::StoreError;
use serde::Serialize;

/// Why no access token was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    code: Code,
    description: &'static str,
    /// For the log.
    detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    InvalidRequest,
    InvalidClient,
    UnsupportedGrantType,
    InvalidScope,
    /// Not of §5.2; the specification has none for a 500.
    ServerError,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl OAuthError {
    /// A parameter is missing, twice there or wrong.
    pub(super) const fn invalid_request(description: &'static str) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// A grant other than client credentials.
    pub(super) const fn unsupported_grant_type() -> Self {
        let description = "The grant_type must be client_credentials.";
        Self::new(Code::UnsupportedGrantType, description)
    }

    /// A scope that is unknown or that the client may not have.
    pub(super) const fn invalid_scope() -> Self {
        let description = "One or more scopes are unknown or not granted to this client.";
        Self::new(Code::InvalidScope, description)
    }

    /// Whoever asks has not shown a registered key: told nothing more, so that
    /// nobody learns which clients there are.
    pub(super) const fn unknown_client() -> Self {
        let description = "The client_assertion is not signed by a registered client.";
        Self::new(Code::InvalidClient, description)
    }

    /// The client has shown its key; what else is wrong may be told.
    pub(super) const fn invalid_claim(description: &'static str) -> Self {
        Self::new(Code::InvalidClient, description)
    }

    /// Our own failure.
    pub(super) fn server(detail: &dyn Display) -> Self {
        let error = Self::new(Code::ServerError, "Internal Server Error");
        error.because(detail)
    }

    /// The same with a detail for the log.
    pub(super) fn because(mut self, detail: &dyn Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    const fn new(code: Code, description: &'static str) -> Self {
        Self {
            code,
            description,
            detail: None,
        }
    }
}

impl Code {
    const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self::server(&error)
    }
}

impl From<jose_core::Error> for OAuthError {
    fn from(error: jose_core::Error) -> Self {
        Self::server(&error)
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (error, status) = (self.code.name(), self.code.status());
        let detail = self.detail.as_deref().unwrap_or_default();
        if status.is_server_error() {
            tracing::error!(error, detail, "no access token issued");
        } else {
            let description = self.description;
            tracing::info!(error, description, detail, "no access token issued");
        }
        let body = Body {
            error,
            error_description: self.description,
        };
        (status, Json(body)).into_response()
    }
}
