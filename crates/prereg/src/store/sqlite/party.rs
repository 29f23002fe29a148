//! The store of the relying party.

use prereg_types::api::{LogEvent, User};
use prereg_types::{EnrollmentId, UserId};
use relying_party::enrollment::EnrollmentSet;
use relying_party::store::{
    Change, CommitError, OutboxId, QueuedEvent, QueuedMail, SetChange, Store, StoreError,
};

use super::failure::{Failed, Failure};
use super::writer::Scope;
use super::{Database, event_outbox, mail_outbox, sets, system_log, users};

impl Store for Database {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(users::by_id(&self.opened().await?.direct, id)?)
    }

    async fn user_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        Ok(users::by_login(&self.opened().await?.direct, login)?)
    }

    async fn set_of(&self, enrollment: &EnrollmentId) -> Result<Option<EnrollmentSet>, StoreError> {
        let found = self.sets(sets::OF_ENROLLMENT, enrollment.as_str()).await?;
        Ok(found.into_iter().next())
    }

    async fn sets_of_user(&self, user: &UserId) -> Result<Vec<EnrollmentSet>, StoreError> {
        Ok(self.sets(sets::OF_USER, user.as_str()).await?)
    }

    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        self.change("", move |scope| apply(scope, &change)).await
    }

    async fn next_mail(&self, after: Option<OutboxId>) -> Result<Option<QueuedMail>, StoreError> {
        let mut connection = self.reader().await?;
        Ok(mail_outbox::next(&mut connection, self.keyring(), after).await?)
    }

    async fn remove_mail(&self, id: OutboxId) -> Result<(), StoreError> {
        self.write(move |scope| mail_outbox::remove(scope, id))
            .await
    }

    async fn queued_events(&self, limit: usize) -> Result<Vec<QueuedEvent>, StoreError> {
        Ok(event_outbox::queued(&mut *self.reader().await?, limit).await?)
    }

    async fn remove_event(&self, id: OutboxId) -> Result<(), StoreError> {
        self.write(move |scope| event_outbox::remove(scope, id))
            .await
    }
}

impl Database {
    async fn sets(&self, statement: &'static str, id: &str) -> Result<Vec<EnrollmentSet>, Failure> {
        let opened = self.opened().await?;
        sets::load(&opened.direct, self.keyring(), statement, id)
    }

    /// Adds an entry to the log and to the outbox of events.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for tests: events come with a change")
    )]
    pub(crate) async fn append_event(&self, event: LogEvent) -> Result<(), StoreError> {
        self.write(move |scope| system_log::append(scope, &event))
            .await
    }
}

/// The state, the PIN, what has to be told about them and the log: together or
/// not at all.
fn apply(scope: &mut Scope, change: &Change) -> Result<(), Failed<CommitError>> {
    match &change.set {
        SetChange::Keep => {}
        SetChange::Insert(set) => sets::insert(scope, set)?,
        SetChange::Replace(set) => sets::replace(scope, set)?,
        SetChange::Remove { id, revision } => sets::remove(scope, id, *revision)?,
    }
    if let Some(set) = &change.withdraw_pin_mail {
        mail_outbox::withdraw(scope, set)?;
    }
    for mail in &change.mail {
        mail_outbox::queue(scope, mail)?;
    }
    for event in &change.events {
        system_log::append(scope, event)?;
    }
    Ok(())
}
