//! Enrollment sets: one row each, and one a credential.

mod write;

use jose_core::jwk::PrivateJwk;
use prereg_types::api::FulfillmentProvider;
use prereg_types::payload::{Pin, PinSpec};
use prereg_types::webauthn::{Aaguid, CoseKey};
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, RpId, Serial, SetId, UserId};
use relying_party::enrollment::{
    Authentication, Credential, Enrollment, EnrollmentSet, PinStage, Request, Stage,
};

use super::columns::{Columns, open_key, open_text};
use super::direct::{Direct, Found};
use super::failure::Failure;
use crate::seal::{Keyring, Place};
use crate::store::EnrollmentStage;

pub(super) use write::{insert, remove, replace};

const SETS: &str = "enrollment_sets";
const ENROLLMENTS: &str = "enrollments";

/// Both tables in one row; where names meet, those of the set begin with `set_`.
macro_rules! sets_with_enrollments {
    ($from_where:literal) => {
        concat!(
            "SELECT s.id AS set_id, s.revision, s.user_id, s.provider, s.audience, \
             s.created, s.expires, s.pin_stage, s.pin_request, s.pin_length, \
             s.response_key AS set_response_key, s.serial AS set_serial, s.pin, \
             s.kek AS set_kek, s.data_key AS set_data_key, \
             e.id, e.rp_id, e.updated, e.stage, e.request, e.challenge, e.response_key, \
             e.kek, e.data_key, e.credential_id, e.algorithm, e.public_key, e.sign_count, \
             e.backup_eligible, e.aaguid, e.transports, e.serial, e.firmware, \
             e.authentication_challenge, e.authentication_expires ",
            $from_where
        )
    };
}

/// The set that an enrollment belongs to.
pub(super) const OF_ENROLLMENT: &str = sets_with_enrollments!(
    "FROM enrollments AS one \
     JOIN enrollment_sets AS s ON s.id = one.set_id \
     JOIN enrollments AS e ON e.set_id = s.id \
     WHERE one.id = ?1 ORDER BY e.position"
);

/// The sets of a user, oldest first.
pub(super) const OF_USER: &str = sets_with_enrollments!(
    "FROM enrollment_sets AS s JOIN enrollments AS e ON e.set_id = s.id \
     WHERE s.user_id = ?1 ORDER BY s.created, s.id, e.position"
);

/// Reads the sets that one of the statements above finds for an id.
pub(super) fn load(
    direct: &Direct,
    keyring: &Keyring,
    statement: &str,
    id: &str,
) -> Result<Vec<EnrollmentSet>, Failure> {
    let mut sets: Vec<EnrollmentSet> = Vec::new();
    direct.each(statement, [id], |row| {
        let id: &str = row.value("set_id")?;
        if sets.last().is_none_or(|set| set.id.as_str() != id) {
            sets.push(set(row, keyring)?);
        }
        if let Some(set) = sets.last_mut() {
            set.enrollments.push(enrollment(row, keyring)?);
        }
        Ok(())
    })?;
    Ok(sets)
}

/// The set of a row, without its enrollments.
fn set(row: &Found<'_>, keyring: &Keyring) -> Result<EnrollmentSet, Failure> {
    let id = row.parsed("set_id", SetId::parse)?;
    Ok(EnrollmentSet {
        revision: row.unsigned("revision")?,
        user_id: row.parsed("user_id", UserId::parse)?,
        provider: row.named("provider", provider)?,
        audience: row.value("audience")?,
        created: row.moment("created")?,
        expires: row.moment("expires")?,
        pin: pin_stage(row, keyring, id.as_str())?,
        enrollments: Vec::new(),
        id,
    })
}

fn provider(name: &str) -> Option<FulfillmentProvider> {
    let yubico = FulfillmentProvider::Yubico;
    (name == yubico.as_str()).then_some(yubico)
}

fn pin_stage(row: &Found<'_>, keyring: &Keyring, id: &str) -> Result<PinStage, Failure> {
    let data_key = || row.data_key(keyring, "set_kek", "set_data_key");
    match row.value("pin_stage")? {
        "requested" => Ok(PinStage::Requested {
            request: row.parsed("pin_request", Jti::parse)?,
            spec: PinSpec::new(row.unsigned("pin_length")?)
                .map_err(|_| Failure::Damaged("pin_length"))?,
            response_key: Box::new(open_key(
                &data_key()?,
                response_key_of_set(id),
                row.value("set_response_key")?,
            )?),
        }),
        "available" => {
            let pin = open_text(&data_key()?, pin_of_set(id), row.value("pin")?)?;
            Ok(PinStage::Available {
                pin: Pin::new(&pin).map_err(|_| Failure::Damaged("pin"))?,
                serial: row.parsed("set_serial", Serial::parse)?,
            })
        }
        "wiped" => Ok(PinStage::Wiped),
        _ => Err(Failure::Damaged("pin_stage")),
    }
}

fn enrollment(row: &Found<'_>, keyring: &Keyring) -> Result<Enrollment, Failure> {
    let id = row.parsed("id", EnrollmentId::parse)?;
    let stage = match row.named("stage", EnrollmentStage::from_name)? {
        EnrollmentStage::Requested => Stage::Requested(request(row, keyring, id.as_str())?),
        EnrollmentStage::Errored => Stage::Errored(request(row, keyring, id.as_str())?),
        EnrollmentStage::Active => Stage::Active(Box::new(credential(row)?)),
    };
    Ok(Enrollment {
        rp_id: row.parsed("rp_id", RpId::parse)?,
        updated: row.moment("updated")?,
        stage,
        id,
    })
}

fn request(row: &Found<'_>, keyring: &Keyring, id: &str) -> Result<Request, Failure> {
    let data_key = row.data_key(keyring, "kek", "data_key")?;
    let sealed = row.value("response_key")?;
    let response_key: PrivateJwk = open_key(&data_key, response_key_of_enrollment(id), sealed)?;
    Ok(Request {
        jti: row.parsed("request", Jti::parse)?,
        challenge: row.bytes("challenge")?,
        response_key,
    })
}

fn credential(row: &Found<'_>) -> Result<Credential, Failure> {
    let expires = row.moment_if_set("authentication_expires")?;
    let authentication = expires.map(|expires| {
        let challenge = row.bytes("authentication_challenge")?;
        Ok::<_, Failure>(Authentication { challenge, expires })
    });
    Ok(Credential {
        id: row.value("credential_id")?,
        public_key: public_key(row.value("algorithm")?, row.value("public_key")?)?,
        sign_count: row.unsigned("sign_count")?,
        backup_eligible: row.value("backup_eligible")?,
        aaguid: Aaguid::from_bytes(row.bytes("aaguid")?),
        transports: row.texts("transports")?,
        serial: row.parsed("serial", Serial::parse)?,
        version: row.parsed("firmware", FirmwareVersion::parse)?,
        authentication: authentication.transpose()?,
    })
}

/// The key of a COSE algorithm and an uncompressed point.
fn public_key(algorithm: i64, point: &[u8]) -> Result<CoseKey, Failure> {
    let damaged = Failure::Damaged("public_key");
    let Some((4, coordinates)) = point.split_first() else {
        return Err(damaged);
    };
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let key = match algorithm {
        -7 => x.try_into().and_then(|x| {
            Ok(CoseKey::Es256 {
                x,
                y: y.try_into()?,
            })
        }),
        -35 => x.try_into().and_then(|x| {
            Ok(CoseKey::Es384 {
                x,
                y: y.try_into()?,
            })
        }),
        _ => return Err(Failure::Damaged("algorithm")),
    };
    key.map_err(|_| damaged)
}

const fn pin_of_set(row: &str) -> Place<'_> {
    Place {
        table: SETS,
        column: "pin",
        row,
    }
}

const fn response_key_of_set(row: &str) -> Place<'_> {
    Place {
        table: SETS,
        column: "response_key",
        row,
    }
}

const fn response_key_of_enrollment(row: &str) -> Place<'_> {
    Place {
        table: ENROLLMENTS,
        column: "response_key",
        row,
    }
}
