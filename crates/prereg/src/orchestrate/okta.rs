//! The calls to the relying party.

use jose_core::json::{self, Object};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prereg_types::api::{
    EnrollmentActivationRequest, EnrollmentActivationResponse, EnrollmentInitializationRequest,
    EnrollmentInitializationResponse, FulfillmentRequest, PinRequest,
};
use prereg_types::read::{self, Invalid};
use prereg_types::{EnrollmentId, UserId};

use super::client::Client;
use super::error::CallError;
use super::step::to_json;

const BASE: &str = "/webauthn-registration/api/v1";

/// The relying party.
#[derive(Debug)]
pub(crate) struct Okta(Client);

/// A user, as far as an orchestrator needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The id.
    pub(crate) id: UserId,
    /// Such as ACTIVE.
    pub(crate) status: String,
    /// The name at login.
    pub(crate) login: String,
    /// Given name.
    pub(crate) first_name: String,
    /// Family name.
    pub(crate) last_name: String,
    /// The primary address.
    pub(crate) email: String,
    /// The secondary address.
    pub(crate) second_email: Option<String>,
}

impl Okta {
    /// The relying party behind this client.
    pub(crate) const fn new(client: Client) -> Self {
        Self(client)
    }

    /// The base URL.
    pub(crate) fn base(&self) -> &str {
        self.0.base()
    }

    /// The user of that login or id.
    pub(super) fn account(&self, login: &str) -> Result<Account, CallError> {
        let login = utf8_percent_encode(login, NON_ALPHANUMERIC);
        self.0.get(&format!("/api/v1/users/{login}"), |body| {
            read::body(body, account)
        })
    }

    /// The issuer, whose host is the RP ID where nobody gives another.
    pub(super) fn issuer(&self) -> Result<String, CallError> {
        self.0.get("/.well-known/openid-configuration", |body| {
            read::body(body, |body| read::required(body, "issuer", read::owned))
        })
    }

    /// Orders a key.
    pub(super) fn initiate(&self, order: &FulfillmentRequest) -> Result<(), CallError> {
        let path = format!("{BASE}/initiate-fulfillment-request");
        self.0.post(&path, &to_json(order), |_| Ok(()))
    }

    /// Gets the requests for a key; gives the answer's text, too, so that it can
    /// be kept.
    pub(super) fn enroll(
        &self,
        request: &EnrollmentInitializationRequest,
    ) -> Result<(EnrollmentInitializationResponse, String), CallError> {
        self.0
            .post(&format!("{BASE}/enroll"), &to_json(request), |body| {
                let text = String::from_utf8_lossy(body).into_owned();
                Ok((EnrollmentInitializationResponse::from_json(body)?, text))
            })
    }

    /// Brings the responses of a key.
    pub(super) fn activate(
        &self,
        request: &EnrollmentActivationRequest,
    ) -> Result<EnrollmentActivationResponse, CallError> {
        let path = format!("{BASE}/activate");
        let read = EnrollmentActivationResponse::from_json;
        self.0.post(&path, &to_json(request), read)
    }

    /// Tells that something is wrong with the shipment.
    pub(super) fn mark_error(
        &self,
        user: &UserId,
        enrollment: &EnrollmentId,
    ) -> Result<(), CallError> {
        let path = format!("{BASE}/users/{user}/enrollments/{enrollment}/mark-error");
        self.0.tell(&path, b"")
    }

    /// Has the PIN mailed.
    pub(super) fn send_pin(&self, request: &PinRequest) -> Result<(), CallError> {
        let path = format!("{BASE}/send-pin");
        self.0.post(&path, &to_json(request), |_| Ok(()))
    }
}

fn account(body: &Object<'_>) -> Result<Account, Invalid> {
    let profile = read::required(body, "profile", |value| Ok(read::object(value)?.clone()))?;
    let text = |name| read::required(&profile, name, read::owned).map_err(Invalid::at("profile"));
    Ok(Account {
        id: read::required(body, "id", UserId::from_value)?,
        status: read::required(body, "status", read::owned)?,
        login: text("login")?,
        first_name: text("firstName")?,
        last_name: text("lastName")?,
        email: text("email")?,
        second_email: profile
            .get("secondEmail")
            .and_then(json::Value::as_str)
            .map(str::to_owned),
    })
}
