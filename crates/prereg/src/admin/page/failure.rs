//! What is answered instead of a page.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use relying_party::store::StoreError;

/// Why there is no page.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing is there.
    NoSuchPage,
    /// The `Host` header names another machine.
    OtherHost,
    /// A form of another site.
    OtherSite,
    /// A form that is incomplete, or whose code does not hold.
    Form,
    /// No admin token, or a wrong one.
    TokenWanted,
    /// The database does not answer.
    Store(StoreError),
    /// The provider does not answer.
    Provider(yubico_sim::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, words) = match &self {
            Self::NoSuchPage => (StatusCode::NOT_FOUND, "There is nothing here."),
            Self::OtherHost => (
                StatusCode::MISDIRECTED_REQUEST,
                "This page answers to localhost, 127.0.0.1 and [::1] only.",
            ),
            Self::OtherSite => (
                StatusCode::FORBIDDEN,
                "This form was sent from another site.",
            ),
            Self::Form => (
                StatusCode::FORBIDDEN,
                "This form is too old, or incomplete. Go back, reload the page and try again.",
            ),
            Self::TokenWanted => (
                StatusCode::UNAUTHORIZED,
                "An admin token is wanted as the password.",
            ),
            Self::Store(error) => {
                tracing::error!(%error, "the page cannot be shown");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database does not answer. The log says why.",
                )
            }
            Self::Provider(yubico_sim::Error::UnknownKey | yubico_sim::Error::UnknownShipment) => {
                (StatusCode::NOT_FOUND, "There is no such key or shipment.")
            }
            Self::Provider(error) => {
                tracing::error!(%error, "the page cannot be shown");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The simulated provider does not answer. The log says why.",
                )
            }
        };
        let mut response = (status, format!("{words}\n")).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Basic realm="prereg", charset="UTF-8""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<yubico_sim::Error> for Failure {
    fn from(error: yubico_sim::Error) -> Self {
        Self::Provider(error)
    }
}
