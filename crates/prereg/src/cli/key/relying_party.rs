//! The relying party as the person's browser meets it: over HTTP, with the
//! factor operations of Okta's API.

use std::path::Path;
use std::time::Duration;

use jose_core::base64url;
use prereg_types::webauthn::AuthenticationResponseJson;
use prereg_types::{EnrollmentId, UserId};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use ureq::Agent;
use ureq::http::StatusCode;
use zeroize::Zeroizing;

use crate::cli::Failure;
use crate::tls;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(40);
/// What is read of an answer.
const ANSWER_BYTES: u64 = 1 << 20;

/// A relying party and the token to call it with.
pub(super) struct RelyingParty {
    agent: Agent,
    base: String,
    authorization: Zeroizing<String>,
}

impl RelyingParty {
    /// At that address, with an API token.
    pub(super) fn new(base: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .tls_config(tls::config())
            // A redirect would take the token to somewhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("prereg/", env!("CARGO_PKG_VERSION")))
            .accept("application/json");
        Self {
            agent: config.build().into(),
            base: base.trim_end_matches('/').to_owned(),
            authorization: Zeroizing::new(format!("SSWS {token}")),
        }
    }

    /// The user's enrollment of that credential.
    pub(super) async fn enrollment(
        &self,
        user: &UserId,
        credential_id: &[u8],
    ) -> Result<Option<EnrollmentId>, Failure> {
        let path = format!("/webauthn-registration/api/v1/users/{user}/enrollments");
        let factors = self.call(path, None).await?;
        let wanted = base64url::encode(credential_id);
        let mut factors = factors.as_array().into_iter().flatten();
        let factor = factors.find(|factor| text(factor, "/profile/credentialId") == wanted);
        let id = factor.map(|factor| text(factor, "/id"));
        Ok(id.and_then(|id| EnrollmentId::parse(id).ok()))
    }

    /// A challenge for that enrollment.
    pub(super) async fn challenge(
        &self,
        user: &UserId,
        enrollment: &EnrollmentId,
    ) -> Result<Vec<u8>, Failure> {
        let answer = self.call(verify(user, enrollment), Some(json!({}))).await?;
        let challenge = text(&answer, "/_embedded/challenge/challenge");
        let challenge = base64url::decode(challenge.as_bytes()).ok();
        let challenge = challenge.filter(|challenge| !challenge.is_empty());
        challenge.ok_or_else(|| refused("the relying party gave no challenge".to_owned()))
    }

    /// Hands in what the key has signed; gives the factor's result.
    pub(super) async fn finish(
        &self,
        user: &UserId,
        enrollment: &EnrollmentId,
        signed: &AuthenticationResponseJson,
    ) -> Result<String, Failure> {
        let response = &signed.response;
        let body = json!({
            "clientData": base64url::encode(&response.client_data_json),
            "authenticatorData": base64url::encode(&response.authenticator_data),
            "signatureData": base64url::encode(&response.signature),
        });
        let answer = self.call(verify(user, enrollment), Some(body)).await?;
        let result = text(&answer, "/factorResult");
        match result {
            "SUCCESS" => Ok(result.to_owned()),
            other => Err(refused(format!(
                "the relying party answered {}",
                other.escape_debug()
            ))),
        }
    }

    /// Posts a body, or gets where there is none.
    async fn call(&self, path: String, body: Option<Value>) -> Result<Value, Failure> {
        let (agent, url) = (self.agent.clone(), format!("{}{path}", self.base));
        let authorization = self.authorization.clone();
        let done = spawn_blocking(move || {
            let mut answer = match body {
                None => agent
                    .get(&url)
                    .header("Authorization", authorization.as_str())
                    .call(),
                Some(body) => agent
                    .post(&url)
                    .header("Authorization", authorization.as_str())
                    .content_type("application/json")
                    .send(body.to_string()),
            }
            .map_err(|error| unreachable(&url, &error))?;
            let read = answer.body_mut().with_config().limit(ANSWER_BYTES);
            let text = read
                .read_to_vec()
                .map_err(|error| unreachable(&url, &error))?;
            Ok::<_, Failure>((answer.status(), text))
        });
        let (status, text) = done
            .await
            .map_err(|_| refused("the call was interrupted".to_owned()))??;
        let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        Err(told(&path, status, &answer))
    }
}

/// Where the server of the data directory answers, as it has written down.
pub(super) fn of_running_server(data: &Path) -> Result<String, Failure> {
    let path = data.join("serve.json");
    let text = std::fs::read(&path).unwrap_or_default();
    let addresses: Value = serde_json::from_slice(&text).unwrap_or_default();
    let found = addresses.pointer("/okta_url").and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| {
        Failure::Usage(format!(
            "no server runs in {}; start one with `prereg serve --data {0}`, or name a relying \
             party with --okta-url",
            data.display()
        ))
    })
}

fn verify(user: &UserId, enrollment: &EnrollmentId) -> String {
    format!("/api/v1/users/{user}/factors/{enrollment}/verify")
}

/// The text at a JSON pointer; empty where there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

/// A refusal in the words of the relying party, which are somebody else's.
fn told(path: &str, status: StatusCode, answer: &Value) -> Failure {
    let words = |value: &Value, pointer| text(value, pointer).escape_debug().to_string();
    let (code, summary) = (words(answer, "/errorCode"), words(answer, "/errorSummary"));
    let causes = answer.pointer("/errorCauses").and_then(Value::as_array);
    let causes = causes.into_iter().flatten();
    let causes: Vec<String> = causes.map(|cause| words(cause, "/errorSummary")).collect();
    let causes = causes.join("; ");
    refused(format!("{path}: {status} {code} {summary} {causes}"))
}

fn unreachable(url: &str, error: &ureq::Error) -> Failure {
    refused(format!("{url} cannot be reached: {error}"))
}

fn refused(message: String) -> Failure {
    Failure::Refused {
        code: "relying_party",
        message,
    }
}
