//! What is refused, and the one place that says how.
//!
//! The vendor publishes no error body. Ours is one object,
//! `{"error":{"code":…,"message":…,"path":…}}`: a stable code for programs, a
//! sentence for people, and the member, parameter or header at fault where there
//! is one.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use prereg_types::read::Invalid;
use serde::Serialize;
use yubico_sim::{Error, ErrorKind};

use crate::auth::AuthError;
use crate::http::Refused;
use crate::http::body::BodyError;

/// A request that was not done. Nothing was changed.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// No such path.
    UnknownPath,
    /// The path has no such method.
    Method,
    /// The caller is not known, or may not do this.
    Auth(AuthError),
    /// The body is no JSON by what it says of itself.
    MediaType(&'static str),
    /// The body did not come in one piece.
    Body(BodyError),
    /// The body is not what the operation takes.
    Invalid(Invalid),
    /// A query parameter is wrong: its name, and what it has to be.
    Parameter(&'static str, &'static str),
    /// The fault that a header asks for is none.
    FaultHeader,
    /// The provider refused.
    Provider(Error),
    /// The audit log was not written: why, for the log.
    Audit(String),
    /// It took too long, or its handler panicked.
    Refused(Refused),
}

/// What the caller is told.
struct Told {
    status: StatusCode,
    code: &'static str,
    message: String,
    path: Option<String>,
}

/// The body.
#[derive(Serialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Serialize)]
struct ErrorObject {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Failure {
    /// The one mapping.
    fn told(&self) -> Told {
        use StatusCode as S;
        match self {
            Self::UnknownPath => Told::new(S::NOT_FOUND, "unknown_path", UNKNOWN_PATH),
            Self::Method => Told::new(S::METHOD_NOT_ALLOWED, "method", METHOD),
            Self::Auth(AuthError::Unauthenticated(_)) => {
                Told::new(S::UNAUTHORIZED, "invalid_token", TOKEN)
            }
            Self::Auth(AuthError::Forbidden(scope)) => {
                let message = format!("the token lacks the scope {scope}");
                Told::new(S::FORBIDDEN, "insufficient_scope", message)
            }
            Self::MediaType(rule) => Told::new(S::UNSUPPORTED_MEDIA_TYPE, "media_type", *rule),
            Self::Body(BodyError::TooLarge) => Told::new(
                S::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "the body is too large",
            ),
            Self::Body(BodyError::Broken) => {
                Told::new(S::BAD_REQUEST, "body_broken", "the body broke off")
            }
            Self::Invalid(invalid) => told_invalid(invalid),
            Self::Parameter(name, rule) => {
                Told::new(S::BAD_REQUEST, "parameter", *rule).at((*name).to_owned())
            }
            Self::FaultHeader => {
                Told::new(S::BAD_REQUEST, "unknown_fault", FAULT).at("X-Prereg-Fault".to_owned())
            }
            Self::Provider(error) => told_provider(error),
            Self::Refused(Refused::TimedOut) => Told::new(
                S::SERVICE_UNAVAILABLE,
                "timed_out",
                "the request took too long",
            ),
            Self::Auth(AuthError::Store(_)) | Self::Audit(_) | Self::Refused(Refused::Panicked) => {
                internal()
            }
        }
    }

    /// A stable code for the log and the audit; finer than what the caller is
    /// told.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Auth(error) => error.code(),
            Self::Provider(error) => error.code(),
            other => other.told().code,
        }
    }

    /// What the caller is not told.
    fn detail(&self) -> String {
        match self {
            Self::Auth(error) => error.to_string(),
            Self::Invalid(invalid) => invalid.to_string(),
            Self::Provider(error) => error.to_string(),
            Self::Audit(why) => format!("the audit log was not written: {why}"),
            _ => String::new(),
        }
    }
}

const UNKNOWN_PATH: &str = "there is no such path";
const METHOD: &str = "the path has no such method";
const TOKEN: &str = "the call needs a token of the fulfillment provider: Authorization: Bearer …";
const FAULT: &str = "must be one name of `prereg faults`";

fn told_invalid(invalid: &Invalid) -> Told {
    let code = if invalid.is_malformed_json() {
        "malformed_json"
    } else {
        "invalid"
    };
    let told = Told::new(StatusCode::BAD_REQUEST, code, invalid.to_string());
    match invalid.path() {
        "" => told,
        path => told.at(path.to_owned()),
    }
}

fn told_provider(error: &Error) -> Told {
    let status = match error.kind() {
        ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Internal => return internal(),
    };
    let told = Told::new(status, error.code(), error.to_string());
    match error.path() {
        Some(path) => told.at(path.to_owned()),
        None => told,
    }
}

/// Nothing of the cause: it is in the log.
fn internal() -> Told {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Told::new(status, "internal", "the provider failed; its log says why")
}

impl Told {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            path: None,
        }
    }

    fn at(mut self, path: String) -> Self {
        self.path = Some(path);
        self
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let told = self.told();
        let (code, detail) = (self.code(), self.detail());
        if told.status.is_server_error() {
            tracing::error!(code, detail, "failed");
        } else {
            tracing::info!(code, detail, "refused");
            metrics::counter!("prereg_refusals_total", "code" => code).increment(1);
        }
        let error = ErrorObject {
            code: told.code,
            message: told.message,
            path: told.path,
        };
        let mut response = (told.status, Json(ErrorBody { error })).into_response();
        if told.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2 asks for a challenge.
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// For [`crate::http::guarded`].
pub(super) fn refuse(refused: Refused) -> Response {
    Failure::Refused(refused).into_response()
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<Invalid> for Failure {
    fn from(error: Invalid) -> Self {
        Self::Invalid(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}
