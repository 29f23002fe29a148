//! Talking to a hook: with a time limit, a limit on the answer, and without
//! going anywhere else.

use core::time::Duration;

use serde::Deserialize;
use tokio::task::spawn_blocking;
use ureq::Agent;
use ureq::http::StatusCode;

use super::Hook;
use crate::tls;

/// An HTTP client for hooks.
#[derive(Clone, Debug)]
pub(super) struct Client(Agent);

/// How long a hook may take, all in all.
const TIMEOUT: Duration = Duration::from_secs(5);
/// What is read of an answer.
const ANSWER_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Verification {
    verification: String,
}

impl Client {
    pub(super) fn new() -> Self {
        Self::with_timeout(TIMEOUT)
    }

    pub(super) fn with_timeout(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .tls_config(tls::config())
            // A redirect would let the hook choose where we go.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The operator has named the address, not the environment.
            .proxy(None)
            .user_agent(concat!("prereg/", env!("CARGO_PKG_VERSION")))
            .accept("application/json");
        Self(config.build().into())
    }

    /// The one-time challenge that shows that whoever runs the address expects
    /// our events.
    ///
    /// # Errors
    /// What went wrong, for the log.
    pub(super) async fn verify(&self, hook: &Hook) -> Result<(), String> {
        let mut challenge = [0; 32];
        getrandom::fill(&mut challenge).map_err(|error| error.to_string())?;
        let challenge = jose_core::base64url::encode(&challenge);
        let (agent, hook) = (self.0.clone(), hook.clone());
        blocking(move || {
            let request = agent
                .get(&hook.url)
                .header("Authorization", hook.secret)
                .header("X-Okta-Verification-Challenge", &challenge);
            let mut answer = request.call().map_err(|error| error.to_string())?;
            accepted(answer.status())?;
            let body = answer.body_mut().with_config().limit(ANSWER_BYTES);
            let body = body.read_to_vec().map_err(|error| error.to_string())?;
            match serde_json::from_slice::<Verification>(&body) {
                Ok(answer) if answer.verification == challenge => Ok(()),
                Ok(_) => Err("it answered with another verification".to_owned()),
                Err(_) => Err("it did not answer {\"verification\": …}".to_owned()),
            }
        })
        .await
    }

    /// Posts a delivery. Any status from 200 to 299 is a success.
    ///
    /// # Errors
    /// What went wrong, for the log.
    pub(super) async fn deliver(&self, hook: &Hook, body: Vec<u8>) -> Result<(), String> {
        let (agent, hook) = (self.0.clone(), hook.clone());
        blocking(move || {
            let request = agent
                .post(&hook.url)
                .header("Authorization", hook.secret)
                .content_type("application/json");
            let mut answer = request.send(&body).map_err(|error| error.to_string())?;
            accepted(answer.status())?;
            // Read to the end, the connection can be used again. What the hook
            // says does not matter, and neither does that it says too much.
            let rest = answer.body_mut().with_config().limit(ANSWER_BYTES);
            drop(rest.read_to_vec());
            Ok(())
        })
        .await
    }
}

async fn blocking(
    work: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Result<(), String> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err("the request was interrupted".to_owned()))
}

fn accepted(status: StatusCode) -> Result<(), String> {
    if status.is_success() {
        Ok(())
    } else if status.is_redirection() {
        Err(format!("it answered {status}; redirects are not followed"))
    } else {
        Err(format!("it answered {status}"))
    }
}
