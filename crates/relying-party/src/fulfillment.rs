//! initiate-fulfillment-request: fires the event that starts an orchestrator.

use prereg_types::api::FulfillmentCommand;
use rand_core::TryCryptoRng;

use crate::clock::Clock;
use crate::error::{Error, Internal};
use crate::event::{self, Caller, EventType};
use crate::party::{RelyingParty, may_have_a_key};
use crate::store::{Change, Store};

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Logs one `system.mfa.preregister.initiate` per product to order.
    ///
    /// # Errors
    /// [`crate::error::Kind::UserNotFound`] and
    /// [`crate::error::Kind::NotAllowedInStatus`].
    pub async fn initiate_fulfillment<R: TryCryptoRng + ?Sized>(
        &self,
        caller: &Caller,
        command: &FulfillmentCommand,
        rng: &mut R,
    ) -> Result<(), Error> {
        let user = self.user(&command.user_id).await?;
        may_have_a_key(&user)?;
        let mut events = Vec::with_capacity(command.items.len());
        for item in &command.items {
            let target = vec![event::order_target(&user, command.provider, item)];
            let kind = EventType::PreregisterInitiate;
            let entry = event::entry(kind, caller, self.now(), target, rng);
            events.push(entry?);
        }
        if self.commit(Change::log(events)).await? {
            Ok(())
        } else {
            Err(Internal::Contention.into())
        }
    }
}
