//! `authenticatorGetAssertion` (CTAP 2.1 §6.2).

use crate::{Pin, SecurityKey, Status, credential::Credential};

/// The parameters that matter here.
#[derive(Clone, Copy, Debug)]
pub struct GetAssertion<'a> {
    /// SHA-256 of the client data.
    pub client_data_hash: &'a [u8; 32],
    /// The RP ID, such as `example.com`.
    pub rp_id: &'a str,
    /// Credential ids to choose from; empty to discover a resident credential.
    pub allow_list: &'a [&'a [u8]],
    /// The PIN; without it the user is present, but not verified.
    pub pin: Option<&'a Pin>,
}

/// A signed assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Which credential has signed.
    pub credential_id: Vec<u8>,
    /// The authenticator data (WebAuthn §6.1), as it was signed.
    pub authenticator_data: Vec<u8>,
    /// The signature over authenticator data ‖ client data hash, in DER.
    pub signature: Vec<u8>,
    /// The user handle.
    pub user_id: Vec<u8>,
    /// How many credentials fitted; the newest of them has signed.
    pub number_of_credentials: usize,
}

impl SecurityKey {
    /// Signs with the newest credential that fits.
    ///
    /// `authenticatorGetNextAssertion` is not simulated: a caller who wants an
    /// older credential names it in the allow list.
    ///
    /// # Errors
    /// Those of [`Self::verify_pin`], [`Status::NoCredentials`], and
    /// [`Status::InvalidParameter`] for an empty RP ID.
    pub fn get_assertion(&mut self, request: &GetAssertion<'_>) -> Result<Assertion, Status> {
        if request.rp_id.is_empty() {
            return Err(Status::InvalidParameter);
        }
        let user_verified = self.verify_user(request.pin)?;
        if !self.credentials.iter().any(|one| fits(one, request)) {
            return Err(Status::NoCredentials);
        }
        let authenticator_data = self
            .authenticator_data(request.rp_id, user_verified)
            .encode()
            .map_err(|_| Status::Other)?;
        let signed = [&authenticator_data[..], request.client_data_hash].concat();

        let mut fitting = self.credentials.iter().filter(|one| fits(one, request));
        let number_of_credentials = fitting.clone().count();
        let credential = fitting.next_back().ok_or(Status::NoCredentials)?;
        Ok(Assertion {
            credential_id: credential.id.clone(),
            signature: credential.key.sign(&signed)?,
            user_id: credential.user_id.clone(),
            authenticator_data,
            number_of_credentials,
        })
    }
}

fn fits(credential: &Credential, request: &GetAssertion<'_>) -> bool {
    let allowed = request.allow_list.is_empty() || request.allow_list.contains(&&*credential.id);
    credential.rp_id == request.rp_id && allowed
}
