//! Mail that waits. The PIN of a PIN mail is sealed.

use getrandom::SysRng;
use prereg_types::api::EmailAddress;
use prereg_types::payload::Pin;
use prereg_types::{Jti, Serial, SetId};
use relying_party::mail::{Content, Mail, PinMail};
use relying_party::store::{OutboxId, QueuedMail, StoreError};
use rusqlite::params;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::columns::{Columns, json_array, number, open_text};
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::seal::{DataKey, Keyring, Place, SealError};

pub(super) const NEXT: &str = "SELECT * FROM mail_outbox WHERE id > ?1 ORDER BY id LIMIT 1";

pub(super) const WITHDRAW: &str = "DELETE FROM mail_outbox WHERE set_id = ?1";

const INSERT_PIN: &str = "INSERT INTO mail_outbox \
     (kind, recipients, salutation, set_id, serial, row_id, pin, kek, data_key) \
     VALUES ('pin', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const INSERT_DELETED: &str = "INSERT INTO mail_outbox (kind, recipients, salutation, host) \
     VALUES ('enrollment_deleted', ?1, ?2, ?3)";

const WAITS: &str = "SELECT EXISTS (SELECT 1 FROM mail_outbox WHERE id = ?1)";

impl Database {
    /// Whether a mail still waits: a last look before it is handed over.
    pub(crate) async fn mail_waits(&self, id: OutboxId) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let waits = sqlx::query_scalar(WAITS)
            .bind(number(id.0))
            .fetch_one(&mut *connection)
            .await;
        Ok(waits.map_err(Failure::from)?)
    }

    /// Takes the last step of handing a mail over, if it still waits, and gives
    /// what came of it. No other change is made meanwhile: whoever withdraws the
    /// mail has done so before, or comes after. So the step has to be short.
    pub(crate) async fn while_mail_waits<T: Send + 'static>(
        &self,
        id: OutboxId,
        step: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        self.write(move |scope| {
            let waits: bool = scope.value(WAITS, params![number(id.0)])?;
            Ok(waits.then(step))
        })
        .await
    }
}

/// Queues a mail.
pub(super) fn queue<E>(scope: &mut Scope, mail: &Mail) -> Result<(), Failed<E>> {
    let recipients = json_array(&addresses(mail));
    match &mail.content {
        Content::Pin(content) => {
            let data_key = DataKey::generate(&scope.kek()?)?;
            let row_id = Jti::generate(&mut SysRng).map_err(|_| SealError::Randomness)?;
            let pin = data_key.seal(place(row_id.as_str()), content.pin.expose().as_bytes())?;
            scope.execute(
                INSERT_PIN,
                params![
                    recipients,
                    mail.salutation.as_str(),
                    content.set.as_str(),
                    content.serial.as_str(),
                    row_id.as_str(),
                    pin,
                    data_key.kek().as_str(),
                    data_key.wrapped().as_slice()
                ],
            )?;
        }
        Content::EnrollmentDeleted { host } => {
            scope.execute(
                INSERT_DELETED,
                params![recipients, mail.salutation.as_str(), host.as_str()],
            )?;
        }
    }
    scope.queued_mail();
    Ok(())
}

/// The first mail after that row, or the oldest one.
pub(super) async fn next(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    after: Option<OutboxId>,
) -> Result<Option<QueuedMail>, Failure> {
    let row = sqlx::query(NEXT)
        .bind(after.map_or(0, |id| number(id.0)))
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(QueuedMail {
            id: OutboxId(row.unsigned("id")?),
            mail: mail(&row, keyring)?,
        })
    })
    .transpose()
}

/// Takes a mail out; one that is gone is no error.
pub(super) fn remove<E>(scope: &mut Scope, id: OutboxId) -> Result<(), Failed<E>> {
    scope.execute(
        "DELETE FROM mail_outbox WHERE id = ?1",
        params![number(id.0)],
    )?;
    scope.wiped();
    Ok(())
}

/// Takes the PIN mail of a set out, unsent.
pub(super) fn withdraw<E>(scope: &mut Scope, set: &SetId) -> Result<(), Failed<E>> {
    scope.execute(WITHDRAW, params![set.as_str()])?;
    scope.wiped();
    Ok(())
}

fn addresses(mail: &Mail) -> Vec<&str> {
    mail.recipients.iter().map(EmailAddress::as_str).collect()
}

fn mail(row: &SqliteRow, keyring: &Keyring) -> Result<Mail, Failure> {
    let content = match row.value("kind")? {
        "pin" => Content::Pin(pin_mail(row, keyring)?),
        "enrollment_deleted" => Content::EnrollmentDeleted {
            host: row.value("host")?,
        },
        _ => return Err(Failure::Damaged("kind")),
    };
    let recipients = row.texts("recipients")?;
    let recipients = recipients.iter().map(|text| EmailAddress::parse(text));
    Ok(Mail {
        recipients: recipients
            .collect::<Result<_, _>>()
            .map_err(|_| Failure::Damaged("recipients"))?,
        salutation: row.value("salutation")?,
        content,
    })
}

fn pin_mail(row: &SqliteRow, keyring: &Keyring) -> Result<PinMail, Failure> {
    let data_key = row.data_key(keyring, "kek", "data_key")?;
    let pin = open_text(&data_key, place(row.value("row_id")?), row.value("pin")?)?;
    Ok(PinMail {
        set: row.parsed("set_id", SetId::parse)?,
        serial: row.parsed("serial", Serial::parse)?,
        pin: Pin::new(&pin).map_err(|_| Failure::Damaged("pin"))?,
    })
}

const fn place(row: &str) -> Place<'_> {
    Place {
        table: "mail_outbox",
        column: "pin",
        row,
    }
}
