//! What is refused, and the one place that says how: status, code and summary
//! of Okta's catalogue.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use getrandom::SysRng;
use prereg_types::ErrorId;
use prereg_types::api::ErrorBody;
use prereg_types::read::Invalid;
use relying_party::error::{Error as PartyError, Kind};
use relying_party::store::StoreError;

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
    /// The caller called too often.
    TooManyRequests,
    /// `Accept` or `Content-Type` names nothing that is spoken here.
    MediaType(&'static str),
    /// The body did not come in one piece.
    Body(BodyError),
    /// The body is not what the operation takes.
    Invalid(Operation, Invalid),
    /// A query parameter is wrong.
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        rule: String,
    },
    /// There is no such resource; the id as the caller wrote it.
    NotFound {
        /// The id.
        id: String,
        /// What it would be the id of.
        kind: &'static str,
    },
    /// Another user has this login.
    LoginTaken,
    /// The relying party refused.
    Party(PartyError),
    /// The database did not do it.
    Store(StoreError),
    /// Something of ours that cannot fail did; a word for the log.
    Broken(&'static str),
    /// It took too long, or its handler panicked.
    Refused(Refused),
}

/// The operation whose body was refused: Okta names the object at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// initiate-fulfillment-request.
    Initiate,
    /// enroll.
    Enroll,
    /// activate.
    Activate,
    /// send-pin.
    SendPin,
    /// The creation of a user.
    CreateUser,
    /// The verification of a factor.
    Verify,
}

/// What the caller is told.
struct Told {
    status: StatusCode,
    code: &'static str,
    summary: String,
    cause: Option<String>,
}

impl Failure {
    /// The one mapping.
    fn told(&self) -> Told {
        use StatusCode as S;
        match self {
            Self::UnknownPath => Told::new(S::NOT_FOUND, "E0000008", UNKNOWN_PATH),
            Self::Method => Told::new(S::METHOD_NOT_ALLOWED, "E0000022", METHOD),
            Self::Auth(AuthError::Unauthenticated(_)) => {
                Told::new(S::UNAUTHORIZED, "E0000011", "Invalid token provided")
            }
            Self::Auth(AuthError::Forbidden(_)) => Told::new(S::FORBIDDEN, "E0000006", PERMISSION),
            Self::TooManyRequests => Told::new(S::TOO_MANY_REQUESTS, "E0000047", RATE_LIMIT),
            Self::MediaType(cause) => {
                Told::new(S::BAD_REQUEST, "E0000021", MEDIA_TYPE).because((*cause).to_owned())
            }
            Self::Body(BodyError::TooLarge) => Told::new(
                S::PAYLOAD_TOO_LARGE,
                "E0000001",
                "The request body is too large.",
            ),
            Self::Body(BodyError::Broken) => Told::new(S::BAD_REQUEST, "E0000003", MALFORMED),
            Self::Invalid(_, invalid) if invalid.is_malformed_json() => {
                Told::new(S::BAD_REQUEST, "E0000003", MALFORMED).because(invalid.to_string())
            }
            Self::Invalid(operation, invalid) => {
                validation(operation.object(invalid.path())).because(invalid.to_string())
            }
            Self::Parameter { name, rule } => validation(name).because(format!("{name}: {rule}")),
            Self::NotFound { id, kind } => not_found(id, kind),
            Self::LoginTaken => validation("login").because(LOGIN_TAKEN.to_owned()),
            Self::Party(error) => party(error),
            Self::Refused(Refused::TimedOut) => Told::new(
                S::SERVICE_UNAVAILABLE,
                "E0000009",
                "The request took too long.",
            ),
            Self::Auth(AuthError::Store(_))
            | Self::Store(_)
            | Self::Broken(_)
            | Self::Refused(Refused::Panicked) => internal(),
        }
    }

    /// A stable code for the log and the audit.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::UnknownPath => "unknown_path",
            Self::Method => "method",
            Self::Auth(error) => error.code(),
            Self::TooManyRequests => "too_many_requests",
            Self::MediaType(_) => "media_type",
            Self::Body(BodyError::TooLarge) => "body_too_large",
            Self::Body(BodyError::Broken) => "body_broken",
            Self::Invalid(..) => "invalid",
            Self::Parameter { .. } => "parameter",
            Self::NotFound { .. } => "not_found",
            Self::LoginTaken => "login_taken",
            Self::Party(error) => error.code(),
            Self::Store(_) => "store_failed",
            Self::Broken(_) => "broken",
            Self::Refused(Refused::TimedOut) => "timed_out",
            Self::Refused(Refused::Panicked) => "panicked",
        }
    }

    /// What the caller is not told.
    fn detail(&self) -> String {
        match self {
            Self::Auth(error) => error.to_string(),
            Self::Invalid(_, invalid) => invalid.to_string(),
            Self::Party(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Broken(words) => (*words).to_owned(),
            _ => String::new(),
        }
    }
}

const UNKNOWN_PATH: &str = "The requested path was not found";
const METHOD: &str = "The endpoint does not support the provided HTTP method";
const PERMISSION: &str = "You do not have permission to perform the requested action";
const RATE_LIMIT: &str = "API call exceeded rate limit due to too many requests.";
const MEDIA_TYPE: &str =
    "Bad request. Accept and/or Content-Type headers likely do not match supported values.";
const MALFORMED: &str = "The request body was not well-formed.";
const LOGIN_TAKEN: &str =
    "login: An object with this field already exists in the current organization";
const STATUS: &str = "This operation is not allowed in the user's current status.";

fn party(error: &PartyError) -> Told {
    match error.kind() {
        Kind::UserNotFound(id) => not_found(id.as_str(), "User"),
        Kind::EnrollmentNotFound(id) => not_found(id.as_str(), "AuthenticatorEnrollment"),
        Kind::NotAllowedInStatus => {
            let told = Told::new(StatusCode::FORBIDDEN, "E0000038", STATUS);
            match error.refusal() {
                Some(refusal) => told.because(format!("What has to hold: {}", refusal.rule())),
                None => told,
            }
        }
        // No cause for these: which of its checks refused an envelope, an
        // attestation or an assertion is told to the log only.
        Kind::PinRequest => validation("webAuthnPreregistrationPinRequest"),
        Kind::PinResponse => validation("pinResponseJwe"),
        Kind::CredentialResponse => validation("webAuthnCredResponse"),
        Kind::Authentication => {
            Told::new(StatusCode::FORBIDDEN, "E0000068", "Invalid Passcode/Answer")
        }
        _ => internal(),
    }
}

fn validation(object: &str) -> Told {
    let summary = format!("Api validation failed: {object}");
    Told::new(StatusCode::BAD_REQUEST, "E0000001", summary)
}

fn not_found(id: &str, kind: &str) -> Told {
    let summary = format!("Not found: Resource not found: {} ({kind})", printable(id));
    Told::new(StatusCode::NOT_FOUND, "E0000007", summary)
}

fn internal() -> Told {
    Told::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "E0000009",
        "Internal Server Error",
    )
}

/// What is repeated to the caller is short and harmless.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(100)
        .collect()
}

impl Told {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            status,
            code,
            summary: summary.into(),
            cause: None,
        }
    }

    fn because(self, cause: String) -> Self {
        Self {
            cause: Some(cause),
            ..self
        }
    }
}

impl Operation {
    /// The object of Okta's summary for a member at fault.
    fn object(self, path: &str) -> &str {
        let member = path
            .split(['.', '['])
            .next()
            .filter(|member| !member.is_empty());
        match self {
            Self::Enroll if member == Some("enrollmentRpIds") => {
                "webAuthnPreregistrationCredentialRequest"
            }
            Self::Enroll => "webAuthnPreregistrationPinRequest",
            Self::Activate if member == Some("pinResponseJwe") => "pinResponseJwe",
            Self::Activate => "webAuthnCredResponse",
            Self::Initiate => member.unwrap_or("fulfillmentRequest"),
            Self::SendPin => member.unwrap_or("pinRequest"),
            Self::CreateUser => path
                .rsplit('.')
                .next()
                .filter(|name| !name.is_empty())
                .unwrap_or("user"),
            Self::Verify => member.unwrap_or("factor"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let told = self.told();
        let Some(id) = error_id() else {
            return (told.status, Json(serde_json::json!({}))).into_response();
        };
        let (code, detail, error_id) = (self.code(), self.detail(), id.as_str());
        if told.status.is_server_error() {
            tracing::error!(code, detail, error_id, "failed");
        } else {
            tracing::info!(code, detail, error_id, "refused");
            metrics::counter!("prereg_refusals_total", "code" => code).increment(1);
        }
        let body = ErrorBody::new(told.code, told.summary, id);
        let body = match told.cause {
            Some(cause) => body.with_cause(cause),
            None => body,
        };
        let mut response = (told.status, Json(body)).into_response();
        if told.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2 asks for a challenge.
            let challenge = HeaderValue::from_static("SSWS, Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// An error is told even where there is no randomness for its id.
fn error_id() -> Option<ErrorId> {
    ErrorId::generate(&mut SysRng)
        .ok()
        .or_else(|| ErrorId::parse("oae00000000000000000").ok())
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

impl From<PartyError> for Failure {
    fn from(error: PartyError) -> Self {
        Self::Party(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
