//! send-pin: puts a mail with the PIN into the outbox.

use prereg_types::api::SendPinCommand;

use crate::clock::Clock;
use crate::enrollment::PinStage;
use crate::error::{Error, Internal, Kind};
use crate::mail::{Mail, PinMail};
use crate::party::{ATTEMPTS, RelyingParty, may_have_a_key};
use crate::refusal::Refusal;
use crate::store::{Change, Store};

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Sends the PIN of a key to its user; may be called again until the first
    /// authentication.
    ///
    /// # Errors
    /// [`Kind::UserNotFound`], [`Kind::EnrollmentNotFound`], and
    /// [`Kind::NotAllowedInStatus`] where no PIN is available.
    pub async fn send_pin(&self, command: &SendPinCommand) -> Result<(), Error> {
        let user = self.user(&command.user_id).await?;
        for _ in 0..ATTEMPTS {
            let set = self.set_of(&user.id, &command.enrollment_id).await?;
            may_have_a_key(&user)?;
            let PinStage::Available { pin, serial } = &set.pin else {
                let refusal = Refusal::PinNotAvailable;
                return Err(Error::refused(Kind::NotAllowedInStatus, refusal));
            };
            let content = PinMail {
                set: set.id.clone(),
                serial: serial.clone(),
                pin: pin.clone(),
            };
            let mail = Mail::pin(&user, content);
            // The set takes part in the commit, so that a PIN wiped in between
            // is not mailed after all.
            if self
                .commit(Change {
                    mail: vec![mail],
                    ..Change::replace(set)
                })
                .await?
            {
                return Ok(());
            }
        }
        Err(Internal::Contention.into())
    }
}
