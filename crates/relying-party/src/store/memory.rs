//! A store in memory: the trivial fake, and what a demonstration runs on.

use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use prereg_types::api::{LogEvent, User};
use prereg_types::{EnrollmentId, SetId, UserId};
use sha2::{Digest, Sha256};

use super::{Change, CommitError, OutboxId, QueuedEvent, QueuedMail, SetChange, Store, StoreError};
use crate::enrollment::{EnrollmentSet, PinStage};
use crate::mail::Content;

/// A store that a process loses at its end.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

/// Everything a store holds, boiled down: equal snapshots mean equal contents,
/// secrets included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot([u8; 32]);

#[derive(Debug, Default)]
struct Tables {
    users: BTreeMap<UserId, User>,
    sets: BTreeMap<SetId, EnrollmentSet>,
    by_enrollment: BTreeMap<EnrollmentId, SetId>,
    by_credential: BTreeMap<Vec<u8>, SetId>,
    by_user: BTreeMap<UserId, BTreeSet<SetId>>,
    mail: BTreeMap<OutboxId, super::Mail>,
    events: BTreeMap<OutboxId, LogEvent>,
    rows: u64,
}

impl MemoryStore {
    /// Adds a user, or replaces the one of that id.
    pub fn put_user(&self, user: User) {
        if let Ok(mut tables) = self.tables() {
            tables.users.insert(user.id.clone(), user);
        }
    }

    /// What the store holds now.
    pub fn snapshot(&self) -> Snapshot {
        self.tables()
            .map_or(Snapshot([0; 32]), |tables| tables.snapshot())
    }

    fn tables(&self) -> Result<MutexGuard<'_, Tables>, StoreError> {
        self.0
            .lock()
            .map_err(|_| StoreError("a thread panicked".into()))
    }
}

impl Store for MemoryStore {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.tables()?.users.get(id).cloned())
    }

    async fn user_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        let tables = self.tables()?;
        Ok(tables
            .users
            .values()
            .find(|user| user.profile.login == login)
            .cloned())
    }

    async fn set_of(&self, enrollment: &EnrollmentId) -> Result<Option<EnrollmentSet>, StoreError> {
        let tables = self.tables()?;
        let id = tables.by_enrollment.get(enrollment);
        Ok(id.and_then(|id| tables.sets.get(id)).cloned())
    }

    async fn sets_of_user(&self, user: &UserId) -> Result<Vec<EnrollmentSet>, StoreError> {
        let tables = self.tables()?;
        let ids = tables.by_user.get(user).into_iter().flatten();
        let sets = ids.filter_map(|id| tables.sets.get(id));
        let mut sets: Vec<EnrollmentSet> = sets.cloned().collect();
        sets.sort_by_key(|set| set.created);
        Ok(sets)
    }

    async fn commit(&self, change: Change) -> Result<(), CommitError> {
        let mut tables = self.tables()?;
        tables.check(&change.set)?;
        tables.apply(change);
        Ok(())
    }

    async fn next_mail(&self, after: Option<OutboxId>) -> Result<Option<QueuedMail>, StoreError> {
        let tables = self.tables()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = tables.mail.range((from, Bound::Unbounded));
        Ok(rows.next().map(|(id, mail)| QueuedMail {
            id: *id,
            mail: mail.clone(),
        }))
    }

    async fn remove_mail(&self, id: OutboxId) -> Result<(), StoreError> {
        self.tables()?.mail.remove(&id);
        Ok(())
    }

    async fn queued_events(&self, limit: usize) -> Result<Vec<QueuedEvent>, StoreError> {
        let tables = self.tables()?;
        let rows = tables.events.iter().take(limit);
        Ok(rows
            .map(|(id, event)| QueuedEvent {
                id: *id,
                event: event.clone(),
            })
            .collect())
    }

    async fn remove_event(&self, id: OutboxId) -> Result<(), StoreError> {
        self.tables()?.events.remove(&id);
        Ok(())
    }
}

impl Tables {
    fn check(&self, change: &SetChange) -> Result<(), CommitError> {
        match change {
            SetChange::Keep => Ok(()),
            SetChange::Insert(set) if self.sets.contains_key(&set.id) => Err(CommitError::Conflict),
            SetChange::Insert(set) => self.check_credentials(set),
            SetChange::Replace(set) => {
                self.check_revision(&set.id, set.revision)?;
                self.check_credentials(set)
            }
            SetChange::Remove { id, revision } => self.check_revision(id, *revision),
        }
    }

    fn check_revision(&self, id: &SetId, revision: u64) -> Result<(), CommitError> {
        match self.sets.get(id) {
            Some(stored) if stored.revision == revision => Ok(()),
            _ => Err(CommitError::Conflict),
        }
    }

    fn check_credentials(&self, set: &EnrollmentSet) -> Result<(), CommitError> {
        let mut own = BTreeSet::new();
        for id in credential_ids(set) {
            let others = self
                .by_credential
                .get(id)
                .is_some_and(|owner| *owner != set.id);
            if others || !own.insert(id) {
                return Err(CommitError::CredentialIdTaken);
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change.set {
            SetChange::Keep => {}
            SetChange::Insert(set) => self.put(*set),
            SetChange::Replace(mut set) => {
                set.revision += 1;
                self.take(&set.id);
                self.put(*set);
            }
            SetChange::Remove { id, .. } => self.take(&id),
        }
        if let Some(set) = change.withdraw_pin_mail {
            self.mail.retain(
                |_, mail| !matches!(&mail.content, Content::Pin(content) if content.set == set),
            );
        }
        for mail in change.mail {
            let row = self.next_row();
            self.mail.insert(row, mail);
        }
        for event in change.events {
            let row = self.next_row();
            self.events.insert(row, event);
        }
    }

    /// Adds a set to the table and to every index.
    fn put(&mut self, set: EnrollmentSet) {
        for enrollment in &set.enrollments {
            self.by_enrollment
                .insert(enrollment.id.clone(), set.id.clone());
        }
        for id in credential_ids(&set) {
            self.by_credential.insert(id.to_vec(), set.id.clone());
        }
        let of_user = self.by_user.entry(set.user_id.clone()).or_default();
        of_user.insert(set.id.clone());
        self.sets.insert(set.id.clone(), set);
    }

    /// Takes a set out of the table and of every index.
    fn take(&mut self, id: &SetId) {
        let Some(set) = self.sets.remove(id) else {
            return;
        };
        for enrollment in &set.enrollments {
            self.by_enrollment.remove(&enrollment.id);
        }
        for id in credential_ids(&set) {
            self.by_credential.remove(id);
        }
        if let Some(of_user) = self.by_user.get_mut(&set.user_id) {
            of_user.remove(id);
        }
    }

    const fn next_row(&mut self) -> OutboxId {
        self.rows += 1;
        OutboxId(self.rows)
    }

    /// Debug output tells everything but the secrets. A changed private key
    /// shows in its public half; a PIN has to be added.
    fn snapshot(&self) -> Snapshot {
        let mut digest = Sha256::new();
        digest.update(format!("{self:?}"));
        for set in self.sets.values() {
            if let PinStage::Available { pin, .. } = &set.pin {
                digest.update([1]);
                digest.update(pin.expose());
            }
        }
        for mail in self.mail.values() {
            if let Content::Pin(content) = &mail.content {
                digest.update([2]);
                digest.update(content.pin.expose());
            }
        }
        Snapshot(digest.finalize().into())
    }
}

fn credential_ids(set: &EnrollmentSet) -> impl Iterator<Item = &[u8]> {
    let credentials = set
        .enrollments
        .iter()
        .filter_map(|enrollment| enrollment.stage.credential());
    credentials.map(|credential| credential.id.as_slice())
}
