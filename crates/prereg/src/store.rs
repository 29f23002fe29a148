//! The database: what both ends, the API and the page keep.
//!
//! The types here belong to no particular database; [`sqlite`] is the adapter
//! and the only place that names sqlx and rusqlite or writes SQL. PostgreSQL would be a
//! second adapter with the same methods.
//!
//! Whatever a method has acknowledged is durable: it survives a kill −9 of the
//! process. A failure ([`StoreError`]) has changed nothing, and the next call
//! works again as soon as the database does.

mod audit;
mod client;
mod enrollment_page;
mod hook;
mod mail_history;
mod sealing;
mod sqlite;
mod system_log;
mod token;
mod user;

/// The file of the database in a data directory.
pub(crate) const DATABASE_FILE: &str = "prereg.db";

pub(crate) use audit::{Attempt, AuditEntry, AuditHead, AuditRecord, AuditVerdict, audited};
pub(crate) use client::{NewClient, StoredClient};
pub(crate) use enrollment_page::{Counts, EnrollmentCursor, EnrollmentRow, EnrollmentStage};
pub(crate) use hook::{Delivery, DeliveryId};
pub(crate) use mail_history::{MailKind, MailOutcome, RecordedMail, SentMail};
pub(crate) use relying_party::store::StoreError;
pub(crate) use sealing::SealingStatus;
pub(crate) use sqlite::Database;
pub(crate) use system_log::{LogQuery, StoredEvent};
pub(crate) use token::{NewToken, StoredToken, TokenKind};
pub(crate) use user::{Inserted, UsersRefused};

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::Folder;
