//! mark-error: notes that the shipment went wrong.

use prereg_types::{EnrollmentId, UserId};

use crate::clock::Clock;
use crate::error::{Error, Internal, Kind};
use crate::party::{ATTEMPTS, RelyingParty};
use crate::store::{Change, Store};

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Marks an enrollment; it stays activatable, and marking again is no error.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::EnrollmentNotFound`], and
    /// [`Kind::NotAllowedInStatus`] for an active enrollment.
    pub async fn mark_error(&self, user: &UserId, id: &EnrollmentId) -> Result<(), Error> {
        self.user(user).await?;
        for _ in 0..ATTEMPTS {
            let mut set = self.set_of(user, id).await?;
            let changed = set
                .mark_error(id, self.now())
                .map_err(|refusal| Error::refused(Kind::NotAllowedInStatus, refusal))?;
            if !changed || self.commit(Change::replace(set)).await? {
                return Ok(());
            }
        }
        Err(Internal::Contention.into())
    }
}
