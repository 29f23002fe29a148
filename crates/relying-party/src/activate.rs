//! activate: takes the responses of a key, if every one of them can be proved.
//!
//! Here is the operation. Its checks, in their order, are in
//! [`checks`](self::checks); opening an envelope is in `envelope`, and the
//! WebAuthn steps are in [`crate::registration`].

pub(crate) mod checks;
mod envelope;

use prereg_types::api::{ActivateCommand, EnrollmentActivationResponse, LogEvent};
use rand_core::TryCryptoRng;

use self::checks::Activation;
use self::envelope::Signers;
use crate::clock::Clock;
use crate::enrollment::EnrollmentSet;
use crate::error::{Error, Internal, Kind};
use crate::event::{self, Caller, EventType};
use crate::party::{ATTEMPTS, RelyingParty};
use crate::refusal::Refusal;
use crate::store::{Change, Store};

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Activates every enrollment of a set, or none. A second activation, one
    /// after the other or at the same time, is refused and changes nothing.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::EnrollmentNotFound`],
    /// [`Kind::NotAllowedInStatus`], and [`Kind::PinResponse`] or
    /// [`Kind::CredentialResponse`] by the response at fault.
    pub async fn activate<R: TryCryptoRng + ?Sized>(
        &self,
        caller: &Caller,
        command: &ActivateCommand,
        rng: &mut R,
    ) -> Result<EnrollmentActivationResponse, Error> {
        let user = self.user(&command.user_id).await?;
        crate::party::may_have_a_key(&user)?;
        let target = event::user_target(&user);
        for _ in 0..ATTEMPTS {
            let set = self.set_of_all(command).await?;
            let signers = Signers::new(command, &self.policy, &self.trust)?;
            let activation = checks::check(command, &set, &signers, &self.policy, self.now())?;
            let mut change = self.activated(set, activation)?;
            change.events = self.activation_events(caller, command, &target, rng)?;
            if self.commit(change).await? {
                return Ok(response(command));
            }
        }
        Err(Internal::Contention.into())
    }

    /// The one set that all responses are for. An enrollment that is not there,
    /// or another user's, is not found; enrollments of two sets do not mix.
    async fn set_of_all(&self, command: &ActivateCommand) -> Result<EnrollmentSet, Error> {
        let mut found: Option<EnrollmentSet> = None;
        for response in &command.cred_responses {
            let id = &response.enrollment_id;
            if found.as_ref().is_some_and(|set| set.find(id).is_some()) {
                continue;
            }
            let set = self.set_of(&command.user_id, id).await?;
            if found.replace(set).is_some() {
                return Err(Error::refused(
                    Kind::CredentialResponse,
                    Refusal::IncompleteSet,
                ));
            }
        }
        found.ok_or_else(|| Error::refused(Kind::CredentialResponse, Refusal::IncompleteSet))
    }

    fn activated(&self, mut set: EnrollmentSet, activation: Activation) -> Result<Change, Error> {
        let Activation {
            pin,
            serial,
            credentials,
        } = activation;
        set.activate(pin, serial, &credentials, self.now())
            .map_err(|refusal| Error::refused(Kind::NotAllowedInStatus, refusal))?;
        Ok(Change::replace(set))
    }

    fn activation_events<R: TryCryptoRng + ?Sized>(
        &self,
        caller: &Caller,
        command: &ActivateCommand,
        user: &prereg_types::api::Target,
        rng: &mut R,
    ) -> Result<Vec<LogEvent>, Error> {
        let ids = command
            .cred_responses
            .iter()
            .map(|response| &response.enrollment_id);
        ids.map(|id| {
            let targets = vec![user.clone(), event::enrollment_target(id)];
            let kind = EventType::FactorActivate;
            Ok(event::entry(kind, caller, self.now(), targets, rng)?)
        })
        .collect()
    }
}

fn response(command: &ActivateCommand) -> EnrollmentActivationResponse {
    let ids = command
        .cred_responses
        .iter()
        .map(|response| response.enrollment_id.clone());
    EnrollmentActivationResponse {
        user_id: command.user_id.clone(),
        fulfillment_provider: command.provider,
        authenticator_enrollment_ids: ids.collect(),
    }
}
