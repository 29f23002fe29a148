//! delete: takes an enrollment back, in any state, and tells the user.

use prereg_types::{EnrollmentId, UserId};
use rand_core::TryCryptoRng;

use crate::clock::Clock;
use crate::error::{Error, Internal, Kind};
use crate::event::{self, Caller, EventType};
use crate::mail::Mail;
use crate::party::{ATTEMPTS, RelyingParty};
use crate::store::{Change, Store};

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Deletes an enrollment, logs it and mails the user. The PIN of the key
    /// stays until the last enrollment of its set is deleted.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`] and [`Kind::EnrollmentNotFound`].
    pub async fn delete<R: TryCryptoRng + ?Sized>(
        &self,
        caller: &Caller,
        user: &UserId,
        id: &EnrollmentId,
        rng: &mut R,
    ) -> Result<(), Error> {
        let user = self.user(user).await?;
        for _ in 0..ATTEMPTS {
            let mut set = self.set_of(&user.id, id).await?;
            let Some(removed) = set.remove(id) else {
                return Err(Kind::EnrollmentNotFound(id.clone()).into());
            };
            let targets = vec![event::user_target(&user), event::enrollment_target(id)];
            let kind = EventType::FactorDeactivate;
            let entry = event::entry(kind, caller, self.now(), targets, rng);
            let change = if set.enrollments.is_empty() {
                Change::remove(&set)
            } else {
                Change::replace(set)
            };
            let change = Change {
                events: vec![entry?],
                mail: vec![Mail::enrollment_deleted(&user, removed.rp_id.as_str())],
                ..change
            };
            if self.commit(change).await? {
                return Ok(());
            }
        }
        Err(Internal::Contention.into())
    }
}
