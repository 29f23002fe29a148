//! Writing enrollment sets.

use prereg_types::{EnrollmentId, SetId};
use relying_party::enrollment::{Enrollment, EnrollmentSet, PinStage, Request, Stage};
use relying_party::store::CommitError;
use rusqlite::params;

use super::{pin_of_set, response_key_of_enrollment, response_key_of_set};
use crate::seal::{DataKey, KeyEncryptionKey, SealError};
use crate::store::EnrollmentStage;
use crate::store::sqlite::columns::{json_array, millis, number};
use crate::store::sqlite::failure::{Failed, breaks_unique};
use crate::store::sqlite::writer::Scope;

const INSERT_SET: &str = "INSERT INTO enrollment_sets (id, revision, user_id, provider, audience, \
     created, expires, pin_stage, pin_request, pin_length, response_key, serial, pin, kek, data_key) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
     ON CONFLICT (id) DO NOTHING";

/// The same parameters. A set stays its user's and as old as it is, so that the
/// indexes of both are left alone.
const REPLACE_SET: &str = "UPDATE enrollment_sets SET revision = revision + 1, provider = ?4, \
     audience = ?5, expires = ?7, pin_stage = ?8, pin_request = ?9, pin_length = ?10, \
     response_key = ?11, serial = ?12, pin = ?13, kek = ?14, data_key = ?15 \
     WHERE id = ?1 AND revision = ?2";

const REMOVE_SET: &str = "DELETE FROM enrollment_sets WHERE id = ?1 AND revision = ?2";

const INSERT_ENROLLMENT: &str = "INSERT INTO enrollments (set_id, position, id, rp_id, created, \
     updated, stage, request, challenge, response_key, kek, data_key, credential_id, algorithm, \
     public_key, sign_count, backup_eligible, aaguid, transports, serial, firmware, \
     authentication_challenge, authentication_expires) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
     ?19, ?20, ?21, ?22, ?23)";

/// The same parameters. Places in a set only tell the order, and may have gaps.
const REPLACE_ENROLLMENT: &str = "UPDATE enrollments SET rp_id = ?4, updated = ?6, stage = ?7, \
     request = ?8, challenge = ?9, response_key = ?10, kek = ?11, data_key = ?12, \
     credential_id = ?13, algorithm = ?14, public_key = ?15, sign_count = ?16, \
     backup_eligible = ?17, aaguid = ?18, transports = ?19, serial = ?20, firmware = ?21, \
     authentication_challenge = ?22, authentication_expires = ?23 WHERE set_id = ?1 AND id = ?3";

const REMOVE_OTHERS: &str = "DELETE FROM enrollments WHERE set_id = ?1 \
     AND id NOT IN (SELECT value FROM json_each(?2))";

/// Adds a set.
pub(in crate::store::sqlite) fn insert(
    scope: &mut Scope,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    put_set(scope, INSERT_SET, set)?;
    for (position, enrollment) in (0..).zip(&set.enrollments) {
        put_enrollment(scope, INSERT_ENROLLMENT, set, position, enrollment)?;
    }
    Ok(())
}

/// Puts a set in the place of the one of the same revision.
pub(in crate::store::sqlite) fn replace(
    scope: &mut Scope,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    put_set(scope, REPLACE_SET, set)?;
    scope.wiped();
    let ids = set.enrollments.iter().map(|enrollment| &enrollment.id);
    let ids: Vec<&str> = ids.map(EnrollmentId::as_str).collect();
    scope.execute(REMOVE_OTHERS, params![set.id.as_str(), json_array(&ids)])?;
    for (position, enrollment) in (0..).zip(&set.enrollments) {
        if put_enrollment(scope, REPLACE_ENROLLMENT, set, position, enrollment)? == 0 {
            put_enrollment(scope, INSERT_ENROLLMENT, set, position, enrollment)?;
        }
    }
    Ok(())
}

/// Removes the set of that revision, and its enrollments with it.
pub(in crate::store::sqlite) fn remove(
    scope: &mut Scope,
    id: &SetId,
    revision: u64,
) -> Result<(), Failed<CommitError>> {
    let removed = scope.execute(REMOVE_SET, params![id.as_str(), number(revision)])?;
    scope.wiped();
    changed(removed)
}

/// What a sealed row is written with; nothing where it holds no secret.
#[derive(Default)]
struct Sealed {
    response_key: Option<Vec<u8>>,
    pin: Option<Vec<u8>>,
    kek: Option<String>,
    data_key: Option<Vec<u8>>,
}

fn put_set(
    scope: &mut Scope,
    statement: &str,
    set: &EnrollmentSet,
) -> Result<(), Failed<CommitError>> {
    let sealed = seal_set(&scope.kek()?, set)?;
    let (stage, request, length, serial) = match &set.pin {
        PinStage::Requested { request, spec, .. } => {
            let length = i64::from(spec.length());
            ("requested", Some(request.as_str()), Some(length), None)
        }
        PinStage::Available { serial, .. } => ("available", None, None, Some(serial.as_str())),
        PinStage::Wiped => ("wiped", None, None, None),
    };
    let written = scope.execute(
        statement,
        params![
            set.id.as_str(),
            number(set.revision),
            set.user_id.as_str(),
            set.provider.as_str(),
            set.audience,
            millis(set.created),
            millis(set.expires),
            stage,
            request,
            length,
            sealed.response_key,
            serial,
            sealed.pin,
            sealed.kek,
            sealed.data_key,
        ],
    )?;
    changed(written)
}

/// Gives how many rows were written.
fn put_enrollment(
    scope: &mut Scope,
    statement: &str,
    set: &EnrollmentSet,
    position: i64,
    enrollment: &Enrollment,
) -> Result<usize, Failed<CommitError>> {
    let (stage, request, credential) = match &enrollment.stage {
        Stage::Requested(request) => (EnrollmentStage::Requested, Some(request), None),
        Stage::Errored(request) => (EnrollmentStage::Errored, Some(request), None),
        Stage::Active(credential) => (EnrollmentStage::Active, None, Some(&**credential)),
    };
    let sealed = match request {
        Some(request) => seal_request(&scope.kek()?, enrollment.id.as_str(), request)?,
        None => Sealed::default(),
    };
    let authentication = credential.and_then(|credential| credential.authentication.as_ref());
    let written = scope.execute(
        statement,
        params![
            set.id.as_str(),
            position,
            enrollment.id.as_str(),
            enrollment.rp_id.as_str(),
            millis(set.created),
            millis(enrollment.updated),
            stage.as_str(),
            request.map(|request| request.jti.as_str()),
            request.map(|request| request.challenge.as_slice()),
            sealed.response_key,
            sealed.kek,
            sealed.data_key,
            credential.map(|credential| credential.id.as_slice()),
            credential.map(|credential| credential.public_key.algorithm().id()),
            credential.map(|credential| credential.public_key.to_sec1()),
            credential.map(|credential| i64::from(credential.sign_count)),
            credential.map(|credential| credential.backup_eligible),
            credential.map(|credential| credential.aaguid.as_bytes().as_slice()),
            credential.map(|credential| json_array(&credential.transports)),
            credential.map(|credential| credential.serial.as_str()),
            credential.map(|credential| credential.version.to_string()),
            authentication.map(|authentication| authentication.challenge.as_slice()),
            authentication.map(|authentication| millis(authentication.expires)),
        ],
    );
    written.map_err(|error| match error {
        error if breaks_unique(&error, "enrollments.credential_id") => {
            Failed::Refused(CommitError::CredentialIdTaken)
        }
        error if breaks_unique(&error, "enrollments.id") => Failed::Refused(CommitError::Conflict),
        error => error.into(),
    })
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
