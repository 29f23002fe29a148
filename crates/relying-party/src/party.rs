//! The relying party: store, clock and policy tied together. Each operation is
//! a method, in the file of its name.

use jose_core::Error as JoseError;
use prereg_types::api::{User, UserStatus};
use prereg_types::{EnrollmentId, Timestamp, UserId};

use crate::clock::Clock;
use crate::enrollment::EnrollmentSet;
use crate::error::{Error, Internal, Kind};
use crate::policy::{Policy, PolicyError};
use crate::refusal::Refusal;
use crate::store::{Change, CommitError, Store, StoreError};
use crate::trust::Trust;

/// How often an operation is decided anew when somebody else changed the set
/// in between. Each loss means that another one got through.
pub(crate) const ATTEMPTS: usize = 16;

/// A relying party.
#[derive(Debug)]
pub struct RelyingParty<S, C> {
    pub(crate) store: S,
    pub(crate) clock: C,
    pub(crate) policy: Policy,
    /// Whose signatures count, with the pinned keys prepared once.
    pub(crate) trust: Trust,
}

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// Ties the parts together and prepares the pinned keys.
    ///
    /// # Errors
    /// [`PolicyError`] where no key is pinned after all, or one could never
    /// count: it has no `kid` or is not for verification.
    pub fn new(store: S, clock: C, policy: Policy) -> Result<Self, PolicyError> {
        Ok(Self {
            trust: Trust::resolve(&policy)?,
            store,
            clock,
            policy,
        })
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The policy.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The user of an id or a login, as `GET /api/v1/users/{idOrLogin}` finds one.
    ///
    /// # Errors
    /// [`Kind::Internal`].
    pub async fn find_user(&self, id_or_login: &str) -> Result<Option<User>, Error> {
        if let Ok(id) = UserId::parse(id_or_login)
            && let Some(user) = self.store.user(&id).await?
        {
            return Ok(Some(user));
        }
        Ok(self.store.user_by_login(id_or_login).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn user(&self, id: &UserId) -> Result<User, Error> {
        let user = self.store.user(id).await?;
        user.ok_or_else(|| Kind::UserNotFound(id.clone()).into())
    }

    /// The set of an enrollment, if both are this user's. Another user's
    /// enrollment is not told from one that does not exist.
    pub(crate) async fn set_of(
        &self,
        user: &UserId,
        enrollment: &EnrollmentId,
    ) -> Result<EnrollmentSet, Error> {
        let set = self.store.set_of(enrollment).await?;
        set.filter(|set| set.user_id == *user)
            .ok_or_else(|| Kind::EnrollmentNotFound(enrollment.clone()).into())
    }

    /// Commits; false where the decision was overtaken and has to be made anew.
    pub(crate) async fn commit(&self, change: Change) -> Result<bool, Error> {
        match self.store.commit(change).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::CredentialIdTaken) => Err(Error::refused(
                Kind::CredentialResponse,
                Refusal::CredentialIdInUse,
            )),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}

/// Users who left or are barred get neither a key nor a PIN.
pub(crate) fn may_have_a_key(user: &User) -> Result<(), Error> {
    match user.status {
        UserStatus::Deprovisioned | UserStatus::Suspended => Err(Error::refused(
            Kind::NotAllowedInStatus,
            Refusal::UserStatus,
        )),
        _ => Ok(()),
    }
}

/// For keys and values of our own: a key of the caller's is refused before.
impl From<JoseError> for Error {
    fn from(error: JoseError) -> Self {
        match error {
            JoseError::RandomnessFailed => Internal::Randomness.into(),
            other => Internal::Crypto(other).into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Internal::Store(error.0).into()
    }
}
