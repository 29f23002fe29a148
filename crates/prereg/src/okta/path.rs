//! The paths, and the ids in them.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use prereg_types::{EnrollmentId, UserId};

use super::Okta;
use super::error::Failure;

/// Declares each path once: for the router, the rate limit and the document.
macro_rules! paths {
    ($($name:ident = $path:literal;)+) => {
        $(pub(super) const $name: &str = $path;)+
        /// Every path.
        pub(super) const ALL: &[&str] = &[$($name,)+];
    };
}

paths! {
    INITIATE = "/webauthn-registration/api/v1/initiate-fulfillment-request";
    ENROLL = "/webauthn-registration/api/v1/enroll";
    ACTIVATE = "/webauthn-registration/api/v1/activate";
    SEND_PIN = "/webauthn-registration/api/v1/send-pin";
    ENROLLMENTS = "/webauthn-registration/api/v1/users/{userId}/enrollments";
    ENROLLMENT = "/webauthn-registration/api/v1/users/{userId}/enrollments/{authenticatorEnrollmentId}";
    MARK_ERROR = "/webauthn-registration/api/v1/users/{userId}/enrollments/{authenticatorEnrollmentId}/mark-error";
    USERS = "/api/v1/users";
    USER = "/api/v1/users/{idOrLogin}";
    VERIFY = "/api/v1/users/{userId}/factors/{factorId}/verify";
    LOGS = "/api/v1/logs";
    OPENID_CONFIGURATION = "/.well-known/openid-configuration";
    TOKEN = "/oauth2/v1/token";
    KEYS = "/oauth2/v1/keys";
    OPENAPI = "/openapi.json";
    DOCS = "/docs";
}

/// What the rate limit counts calls under that are of no path.
pub(super) const OTHER: &str = "other";

/// The path as a constant.
pub(super) fn endpoint(matched: &str) -> &'static str {
    let known = ALL.iter().find(|path| **path == matched);
    known.copied().unwrap_or(OTHER)
}

/// `{userId}`; text that cannot be an id names no user.
pub(super) struct UserInPath(pub(super) UserId);

/// `{userId}` and `{authenticatorEnrollmentId}` or `{factorId}`.
pub(super) struct EnrollmentInPath(pub(super) UserId, pub(super) EnrollmentId);

/// `{idOrLogin}`, decoded.
pub(super) struct NameInPath(pub(super) String);

impl FromRequestParts<Okta> for UserInPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let [user] = texts(parts, okta, "User").await?;
        user_id(user).map(Self)
    }
}

impl FromRequestParts<Okta> for EnrollmentInPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let [user, enrollment] = texts(parts, okta, "AuthenticatorEnrollment").await?;
        let user = user_id(user)?;
        let id = EnrollmentId::parse(&enrollment).map_err(|_| Failure::NotFound {
            id: enrollment,
            kind: "AuthenticatorEnrollment",
        })?;
        Ok(Self(user, id))
    }
}

impl FromRequestParts<Okta> for NameInPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let [name] = texts(parts, okta, "User").await?;
        Ok(Self(name))
    }
}

fn user_id(text: String) -> Result<UserId, Failure> {
    UserId::parse(&text).map_err(|_| Failure::NotFound {
        id: text,
        kind: "User",
    })
}

/// The path's parameters, percent-decoded. Bytes that are no UTF-8 name nothing.
async fn texts<const N: usize>(
    parts: &mut Parts,
    okta: &Okta,
    kind: &'static str,
) -> Result<[String; N], Failure> {
    let parameters = RawPathParams::from_request_parts(parts, okta).await;
    let parameters = parameters.map_err(|_| Failure::NotFound {
        id: "(not UTF-8)".to_owned(),
        kind,
    })?;
    let texts: Vec<String> = parameters.iter().map(|(_, text)| text.to_owned()).collect();
    texts
        .try_into()
        .map_err(|_| Failure::Broken("a path of another number of parameters"))
}
