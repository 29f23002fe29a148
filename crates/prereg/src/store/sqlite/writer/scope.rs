//! What a change works with.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Error, Params, Row};

use crate::seal::{KeyEncryptionKey, Keyring};
use crate::store::AuditHead;
use crate::store::sqlite::direct::{self, Found};
use crate::store::sqlite::failure::Failure;

/// The connection, within the transaction, and what its changes know of one
/// another.
pub(in crate::store::sqlite) struct Scope {
    connection: Connection,
    keyring: Keyring,
    kek: Option<KeyEncryptionKey>,
    audit_head: Option<AuditHead>,
    effects: Effects,
}

/// What others have to know about a change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effects {
    /// Mail was queued.
    pub(super) mail: bool,
    /// An event was queued.
    pub(super) events: bool,
    /// A secret was overwritten or deleted.
    pub(super) wiped: bool,
}

impl Scope {
    /// For the changes of one transaction.
    pub(super) fn new(connection: Connection, keyring: Keyring) -> Self {
        Self {
            connection,
            keyring,
            kek: None,
            audit_head: None,
            effects: Effects::default(),
        }
    }

    /// The connection, after the transaction.
    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    /// What changes have told of themselves.
    pub(super) const fn effects(&self) -> Effects {
        self.effects
    }

    /// Forgets a change that was undone: these are the effects without it.
    pub(super) fn undo(&mut self, effects: Effects) {
        self.effects = effects;
        self.audit_head = None;
        self.kek = None;
    }

    /// Runs a statement that gives no rows; how many it has changed.
    pub(in crate::store::sqlite) fn execute(
        &self,
        statement: &str,
        parameters: impl Params,
    ) -> Result<usize, Error> {
        self.connection
            .prepare_cached(statement)?
            .execute(parameters)
    }

    /// Runs a statement and reads all rows that it gives.
    pub(in crate::store::sqlite) fn rows<T>(
        &self,
        statement: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.connection
            .prepare_cached(statement)?
            .query_map(parameters, read)?
            .collect()
    }

    /// The one row that a statement finds, read by `read`.
    pub(in crate::store::sqlite) fn one<T>(
        &self,
        statement: &str,
        parameters: impl Params,
        read: impl Fn(&Found<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        direct::one(&self.connection, statement, parameters, read)
    }

    /// Runs a statement that gives one value.
    pub(in crate::store::sqlite) fn value<T: FromSql>(
        &self,
        statement: &str,
        parameters: impl Params,
    ) -> Result<T, Error> {
        self.connection
            .prepare_cached(statement)?
            .query_one(parameters, |row| row.get(0))
    }

    /// The number of the row that was inserted last.
    pub(in crate::store::sqlite) fn last_row(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// The key-encryption key to seal with: the one that the database names now,
    /// whatever this process believed before.
    pub(in crate::store::sqlite) fn kek(&mut self) -> Result<KeyEncryptionKey, Failure> {
        if let Some(kek) = &self.kek {
            return Ok(kek.clone());
        }
        let id: String = self.value("SELECT kek FROM sealing WHERE id = 1", [])?;
        let kek = self.keyring.key(&id)?;
        self.kek = Some(kek.clone());
        Ok(kek)
    }

    /// The database names another key now.
    pub(in crate::store::sqlite) fn forget_kek(&mut self) {
        self.kek = None;
    }

    /// The end of the audit chain, where a change of this transaction has moved it.
    pub(in crate::store::sqlite) const fn audit_head(&self) -> Option<AuditHead> {
        self.audit_head
    }

    /// The end of the audit chain is this now.
    pub(in crate::store::sqlite) const fn remember_audit_head(&mut self, head: AuditHead) {
        self.audit_head = Some(head);
    }

    /// The keys.
    pub(in crate::store::sqlite) const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Mail was queued.
    pub(in crate::store::sqlite) const fn queued_mail(&mut self) {
        self.effects.mail = true;
    }

    /// An event was queued.
    pub(in crate::store::sqlite) const fn queued_event(&mut self) {
        self.effects.events = true;
    }

    /// A secret was overwritten or deleted.
    pub(in crate::store::sqlite) const fn wiped(&mut self) {
        self.effects.wiped = true;
    }
}
