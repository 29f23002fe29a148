//! What became of mail.

use prereg_types::{Serial, SetId};
use rusqlite::params;
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::columns::{Columns, count, json_array, millis, number};
use super::failure::Failure;
use crate::store::{MailKind, MailOutcome, RecordedMail, SentMail, StoreError};

const INSERT: &str = "INSERT INTO mail_history \
     (at, recipients, subject, kind, set_id, serial, outcome, reason) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(super) const PAGE: &str = "SELECT * FROM mail_history WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

impl Database {
    /// Notes what became of a mail.
    pub(crate) async fn record_mail(&self, mail: SentMail) -> Result<(), StoreError> {
        self.write(move |scope| {
            let (outcome, reason) = match mail.outcome {
                MailOutcome::Sent => ("sent", None),
                MailOutcome::Postponed(reason) => ("postponed", Some(reason)),
                MailOutcome::Dropped(reason) => ("dropped", Some(reason)),
            };
            scope.execute(
                INSERT,
                params![
                    millis(mail.at),
                    json_array(&mail.recipients),
                    mail.subject,
                    mail.kind.as_str(),
                    mail.set.as_ref().map(SetId::as_str),
                    mail.serial.as_ref().map(Serial::as_str),
                    outcome,
                    reason
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Up to `limit` rows of the history, the latest first, from before that one.
    pub(crate) async fn sent_mails(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RecordedMail>, StoreError> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(PAGE)
            .bind(before.map_or(i64::MAX, number))
            .bind(count(limit))
            .fetch_all(&mut *connection)
            .await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(recorded).collect::<Result<_, _>>()?)
    }
}

fn recorded(row: &SqliteRow) -> Result<RecordedMail, Failure> {
    let reason: Option<String> = row.value("reason")?;
    let reason = reason.unwrap_or_default();
    let outcome = match row.value("outcome")? {
        "sent" => MailOutcome::Sent,
        "postponed" => MailOutcome::Postponed(reason),
        "dropped" => MailOutcome::Dropped(reason),
        _ => return Err(Failure::Damaged("outcome")),
    };
    let mail = SentMail {
        at: row.moment("at")?,
        recipients: row.texts("recipients")?,
        subject: row.value("subject")?,
        kind: row.named("kind", MailKind::from_name)?,
        set: row.parsed_if_set("set_id", SetId::parse)?,
        serial: row.parsed_if_set("serial", Serial::parse)?,
        outcome,
    };
    Ok(RecordedMail {
        id: row.unsigned("id")?,
        mail,
    })
}
