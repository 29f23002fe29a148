//! Views for the page and for lists.

use prereg_types::{EnrollmentId, RpId, Serial, SetId, UserId};
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::columns::{Columns, count, millis};
use super::failure::Failure;
use crate::store::{Counts, EnrollmentCursor, EnrollmentRow, EnrollmentStage, StoreError};

macro_rules! enrollment_page {
    ($condition:literal) => {
        concat!(
            "SELECT s.user_id, u.login, e.id, e.set_id, e.rp_id, e.stage, e.created, e.updated, \
             s.expires, s.pin_stage, e.serial FROM enrollments AS e \
             JOIN enrollment_sets AS s ON s.id = e.set_id \
             LEFT JOIN users AS u ON u.id = s.user_id ",
            $condition,
            " ORDER BY e.created DESC, e.id DESC LIMIT ?1"
        )
    };
}

pub(super) const FIRST_PAGE: &str = enrollment_page!("");
pub(super) const NEXT_PAGE: &str = enrollment_page!("WHERE (e.created, e.id) < (?2, ?3)");
pub(super) const OF_KEY: &str = enrollment_page!("WHERE e.serial = ?2");

/// More than any key has room for.
const MOST_OF_KEY: usize = 100;

const COUNTS: &str = "SELECT \
     (SELECT COUNT(*) FROM users) AS users, \
     (SELECT COUNT(*) FROM enrollments WHERE stage = 'requested') AS requested, \
     (SELECT COUNT(*) FROM enrollments WHERE stage = 'errored') AS errored, \
     (SELECT COUNT(*) FROM enrollments WHERE stage = 'active') AS active, \
     (SELECT COUNT(*) FROM mail_outbox) AS mail_queued, \
     (SELECT COUNT(*) FROM event_outbox) AS events_queued, \
     (SELECT COUNT(*) FROM hook_deliveries) AS deliveries_queued, \
     (SELECT COUNT(*) FROM shipments) AS shipments, \
     (SELECT COUNT(*) FROM simulated_keys) AS keys";

impl Database {
    /// Up to `limit` enrollments, the latest made first, from after that place.
    pub(crate) async fn enrollment_page(
        &self,
        after: Option<&EnrollmentCursor>,
        limit: usize,
    ) -> Result<Vec<EnrollmentRow>, StoreError> {
        let mut connection = self.reader().await?;
        let query = match after {
            None => sqlx::query(FIRST_PAGE).bind(count(limit)),
            Some(after) => sqlx::query(NEXT_PAGE)
                .bind(count(limit))
                .bind(millis(after.created))
                .bind(after.id.as_str()),
        };
        let rows = query.fetch_all(&mut *connection).await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(enrollment).collect::<Result<_, _>>()?)
    }

    /// The enrollments of a key, the latest made first.
    pub(crate) async fn enrollments_of_key(
        &self,
        serial: &Serial,
    ) -> Result<Vec<EnrollmentRow>, StoreError> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(OF_KEY)
            .bind(count(MOST_OF_KEY))
            .bind(serial.as_str())
            .fetch_all(&mut *connection)
            .await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(enrollment).collect::<Result<_, _>>()?)
    }

    /// How many there are of everything.
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(COUNTS).fetch_one(&mut *connection).await;
        Ok(counts(&row.map_err(Failure::from)?)?)
    }
}

fn enrollment(row: &SqliteRow) -> Result<EnrollmentRow, Failure> {
    let login: Option<String> = row.value("login")?;
    let pin_stage: &str = row.value("pin_stage")?;
    Ok(EnrollmentRow {
        user: row.parsed("user_id", UserId::parse)?,
        login: login.unwrap_or_default(),
        id: row.parsed("id", EnrollmentId::parse)?,
        set: row.parsed("set_id", SetId::parse)?,
        rp_id: row.parsed("rp_id", RpId::parse)?,
        stage: row.named("stage", EnrollmentStage::from_name)?,
        created: row.moment("created")?,
        updated: row.moment("updated")?,
        expires: row.moment("expires")?,
        pin_available: pin_stage == "available",
        serial: row.parsed_if_set("serial", Serial::parse)?,
    })
}

fn counts(row: &SqliteRow) -> Result<Counts, Failure> {
    Ok(Counts {
        users: row.unsigned("users")?,
        requested: row.unsigned("requested")?,
        errored: row.unsigned("errored")?,
        active: row.unsigned("active")?,
        mail_queued: row.unsigned("mail_queued")?,
        events_queued: row.unsigned("events_queued")?,
        deliveries_queued: row.unsigned("deliveries_queued")?,
        shipments: row.unsigned("shipments")?,
        keys: row.unsigned("keys")?,
    })
}
