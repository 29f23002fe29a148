//! Writing enrollment sets.

use prereg_types::SetId;
use relying_party::enrollment::{Credential, Enrollment, EnrollmentSet, PinStage, Request, Stage};
use relying_party::store::CommitError;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use super::{pin_of_set, response_key_of_enrollment, response_key_of_set};
use crate::seal::{DataKey, KeyEncryptionKey, SealError};
use crate::store::EnrollmentStage;
use crate::store::sqlite::columns::{json_array, millis, number};
use crate::store::sqlite::failure::{Failed, breaks_unique};
use crate::store::sqlite::writer::Scope;

const INSERT_SET: &str = "INSERT INTO enrollment_sets (id, revision, user_id, provider, audience, \
     created, expires, pin_stage, pin_request, pin_length, response_key, serial, pin, kek, data_key) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT (id) DO NOTHING RETURNING id";

/// The set, and away with its enrollments as they were, in one call.
const REPLACE_SET: &str = "UPDATE enrollment_sets SET revision = revision + 1, user_id = $3, \
     provider = $4, audience = $5, created = $6, expires = $7, pin_stage = $8, pin_request = $9, \
     pin_length = $10, response_key = $11, serial = $12, pin = $13, kek = $14, data_key = $15 \
     WHERE id = $1 AND revision = $2 RETURNING id; \
     DELETE FROM enrollments WHERE set_id = $1";

const INSERT_ENROLLMENT: &str = "INSERT INTO enrollments (set_id, position, id, rp_id, created, \
     updated, stage, request, challenge, response_key, kek, data_key, credential_id, algorithm, \
     public_key, sign_count, backup_eligible, aaguid, transports, serial, firmware, \
     authentication_challenge, authentication_expires) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
     $19, $20, $21, $22, $23)";

/// Adds a set.
pub(in crate::store::sqlite) async fn insert(
    scope: &mut Scope,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    put_set(scope, INSERT_SET, set).await?;
    put_enrollments(scope, set).await
}

/// Puts a set in the place of the one of the same revision.
pub(in crate::store::sqlite) async fn replace(
    scope: &mut Scope,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    put_set(scope, REPLACE_SET, set).await?;
    scope.wiped();
    put_enrollments(scope, set).await
}

/// Removes the set of that revision, and its enrollments with it.
pub(in crate::store::sqlite) async fn remove(
    scope: &mut Scope,
    id: &SetId,
    revision: u64,
) -> Result<(), Failed<CommitError>> {
    let statement = "DELETE FROM enrollment_sets WHERE id = $1 AND revision = $2 RETURNING id";
    let removed = sqlx::query(statement)
        .bind(id.as_str())
        .bind(number(revision))
        .fetch_all(scope.connection())
        .await?;
    scope.wiped();
    changed(removed.len())
}

/// What a sealed row is written with; nothing where it holds no secret.
#[derive(Default)]
struct Sealed {
    response_key: Option<Vec<u8>>,
    pin: Option<Vec<u8>>,
    kek: Option<String>,
    data_key: Option<Vec<u8>>,
}

async fn put_set(
    scope: &mut Scope,
    statement: &'static str,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    let kek = scope.kek().await?;
    let sealed = seal_set(&kek, set)?;
    let (stage, request, length, serial) = match &set.pin {
        PinStage::Requested { request, spec, .. } => {
            let length = i64::from(spec.length());
            ("requested", Some(request.as_str()), Some(length), None)
        }
        PinStage::Available { serial, .. } => ("available", None, None, Some(serial.as_str())),
        PinStage::Wiped => ("wiped", None, None, None),
    };
    let written = sqlx::query(statement)
        .bind(set.id.as_str())
        .bind(number(set.revision))
        .bind(set.user_id.as_str())
        .bind(set.provider.as_str())
        .bind(set.audience.as_str())
        .bind(millis(set.created))
        .bind(millis(set.expires))
        .bind(stage)
        .bind(request)
        .bind(length)
        .bind(sealed.response_key)
        .bind(serial)
        .bind(sealed.pin)
        .bind(sealed.kek)
        .bind(sealed.data_key)
        .fetch_all(scope.connection())
        .await?;
    changed(written.len())
}

async fn put_enrollments(
    scope: &mut Scope,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    let kek = scope.kek().await?;
    for (position, enrollment) in (0..).zip(&set.enrollments) {
        put_enrollment(scope.connection(), &kek, set, position, enrollment).await?;
    }
    Ok(())
}

async fn put_enrollment(
    connection: &mut SqliteConnection,
    kek: &KeyEncryptionKey,
    set: &EnrollmentSet,
    position: i64,
    enrollment: &Enrollment,
) -> Result<(), Failed<CommitError>> {
    let (stage, request, credential) = match &enrollment.stage {
        Stage::Requested(request) => (EnrollmentStage::Requested, Some(request), None),
        Stage::Errored(request) => (EnrollmentStage::Errored, Some(request), None),
        Stage::Active(credential) => (EnrollmentStage::Active, None, Some(&**credential)),
    };
    let query = sqlx::query(INSERT_ENROLLMENT)
        .bind(set.id.as_str())
        .bind(position)
        .bind(enrollment.id.as_str())
        .bind(enrollment.rp_id.as_str())
        .bind(millis(set.created))
        .bind(millis(enrollment.updated))
        .bind(stage.as_str());
    let sealed = request.map(|request| seal_request(kek, enrollment.id.as_str(), request));
    let query = bind_request(query, request, sealed.transpose()?.unwrap_or_default());
    match bind_credential(query, credential).execute(connection).await {
        Ok(_) => Ok(()),
        Err(error) if breaks_unique(&error, "enrollments.credential_id") => {
            Err(Failed::Refused(CommitError::CredentialIdTaken))
        }
        Err(error) if breaks_unique(&error, "enrollments.id") => {
            Err(Failed::Refused(CommitError::Conflict))
        }
        Err(error) => Err(error.into()),
    }
}

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind_request<'q>(
    query: Statement<'q>,
    request: Option<&'q Request>,
    sealed: Sealed,
) -> Statement<'q> {
    query
        .bind(request.map(|request| request.jti.as_str()))
        .bind(request.map(|request| request.challenge.as_slice()))
        .bind(sealed.response_key)
        .bind(sealed.kek)
        .bind(sealed.data_key)
}

fn bind_credential<'q>(query: Statement<'q>, credential: Option<&'q Credential>) -> Statement<'q> {
    let authentication = credential.and_then(|credential| credential.authentication.as_ref());
    query
        .bind(credential.map(|credential| credential.id.as_slice()))
        .bind(credential.map(|credential| credential.public_key.algorithm().id()))
        .bind(credential.map(|credential| credential.public_key.to_sec1()))
        .bind(credential.map(|credential| i64::from(credential.sign_count)))
        .bind(credential.map(|credential| credential.backup_eligible))
        .bind(credential.map(|credential| credential.aaguid.as_bytes().as_slice()))
        .bind(credential.map(|credential| json_array(&credential.transports)))
        .bind(credential.map(|credential| credential.serial.as_str()))
        .bind(credential.map(|credential| credential.version.to_string()))
        .bind(authentication.map(|authentication| authentication.challenge.as_slice()))
        .bind(authentication.map(|authentication| millis(authentication.expires)))
}

/// Each time under a new data key: the old one is gone with what it sealed.
fn seal_set(kek: &KeyEncryptionKey, set: &EnrollmentSet) -> Result<Sealed, SealError> {
    let id = set.id.as_str();
    let mut sealed = Sealed::default();
    let data_key = match &set.pin {
        PinStage::Wiped => return Ok(sealed),
        _ => DataKey::generate(kek)?,
    };
    match &set.pin {
        PinStage::Requested { response_key, .. } => {
            let text = response_key.to_json();
            let place = response_key_of_set(id);
            sealed.response_key = Some(data_key.seal(place, text.as_bytes())?);
        }
        PinStage::Available { pin, .. } => {
            sealed.pin = Some(data_key.seal(pin_of_set(id), pin.expose().as_bytes())?);
        }
        PinStage::Wiped => {}
    }
    sealed.under(&data_key);
    Ok(sealed)
}

fn seal_request(kek: &KeyEncryptionKey, id: &str, request: &Request) -> Result<Sealed, SealError> {
    let data_key = DataKey::generate(kek)?;
    let text = request.response_key.to_json();
    let mut sealed = Sealed {
        response_key: Some(data_key.seal(response_key_of_enrollment(id), text.as_bytes())?),
        ..Sealed::default()
    };
    sealed.under(&data_key);
    Ok(sealed)
}

impl Sealed {
    fn under(&mut self, data_key: &DataKey) {
        self.kek = Some(data_key.kek().as_str().to_owned());
        self.data_key = Some(data_key.wrapped().to_vec());
    }
}

/// Where no row was there to change, somebody else changed it first.
fn changed(rows: usize) -> Result<(), Failed<CommitError>> {
    if rows == 0 {
        return Err(Failed::Refused(CommitError::Conflict));
    }
    Ok(())
}
