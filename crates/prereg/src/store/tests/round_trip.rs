//! Any set comes back as it went in.

use std::sync::atomic::{AtomicU64, Ordering};

use prereg_types::payload::{Pin, PinSpec};
use prereg_types::webauthn::{Aaguid, CoseKey};
use prereg_types::{FirmwareVersion, Jti, RpId, Serial, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use relying_party::enrollment::{
    Authentication, Credential, Enrollment, EnrollmentSet, PinStage, Request, Stage,
};
use relying_party::store::Store as _;
use tokio::runtime::Runtime;

use super::samples::{enrollment_id, insert, key, replace, requested, user, whole};
use crate::store::Database;

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..1_u64 << 50).prop_map(Timestamp::from_millis)
}

fn jti() -> impl Strategy<Value = Jti> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|text| Jti::parse(&text).unwrap())
}

fn serial() -> impl Strategy<Value = Serial> {
    "[0-9]{1,10}".prop_map(|text| Serial::parse(&text).unwrap())
}

fn pin() -> impl Strategy<Value = Pin> {
    "[\\PC]{4,15}".prop_filter_map("not a PIN", |text| Pin::new(&text).ok())
}

fn pin_stage() -> impl Strategy<Value = PinStage> {
    let requested =
        (jti(), 4..=63_u8, 0..4_usize).prop_map(|(request, length, number)| PinStage::Requested {
            request,
            spec: PinSpec::new(length).unwrap(),
            response_key: Box::new(key(number)),
        });
    let available = (pin(), serial()).prop_map(|(pin, serial)| PinStage::Available { pin, serial });
    prop_oneof![requested, available, Just(PinStage::Wiped)]
}

fn request() -> impl Strategy<Value = Request> {
    (jti(), any::<[u8; 32]>(), 0..4_usize).prop_map(|(jti, challenge, number)| Request {
        jti,
        challenge,
        response_key: key(number),
    })
}

fn public_key() -> impl Strategy<Value = CoseKey> {
    let p256 = any::<([u8; 32], [u8; 32])>().prop_map(|(x, y)| CoseKey::Es256 { x, y });
    let p384 = (vec(any::<u8>(), 48), vec(any::<u8>(), 48)).prop_map(|(x, y)| CoseKey::Es384 {
        x: x.try_into().unwrap(),
        y: y.try_into().unwrap(),
    });
    prop_oneof![p256, p384]
}

fn authentication() -> impl Strategy<Value = Authentication> {
    (any::<[u8; 32]>(), moment())
        .prop_map(|(challenge, expires)| Authentication { challenge, expires })
}

/// The id begins with a number of its own, since ids must be unique.
fn credential() -> impl Strategy<Value = Credential> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let parts = (
        vec(any::<u8>(), 0..1015),
        public_key(),
        any::<(u32, bool, u128, (u8, u8, u8))>(),
        vec("[\\PC\"\\\\]{0,8}", 0..4),
        serial(),
        option::of(authentication()),
    );
    parts.prop_map(
        |(
            id,
            public_key,
            (sign_count, backup_eligible, aaguid, version),
            transports,
            serial,
            authentication,
        )| {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            Credential {
                id: [&number.to_be_bytes(), id.as_slice()].concat(),
                public_key,
                sign_count,
                backup_eligible,
                aaguid: Aaguid::from_u128(aaguid),
                transports,
                serial,
                version: FirmwareVersion::new(version.0, version.1, version.2),
                authentication,
            }
        },
    )
}

fn stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        request().prop_map(Stage::Requested),
        request().prop_map(Stage::Errored),
        credential().prop_map(|credential| Stage::Active(Box::new(credential))),
    ]
}

/// The parts of a set that one change may give it.
fn parts() -> impl Strategy<Value = (PinStage, Vec<(Timestamp, Stage)>)> {
    (pin_stage(), vec((moment(), stage()), 1..5))
}

fn filled(
    base: &EnrollmentSet,
    revision: u64,
    (pin, stages): (PinStage, Vec<(Timestamp, Stage)>),
) -> EnrollmentSet {
    let enrollments = (1..)
        .zip(stages)
        .map(|(number, (updated, stage))| Enrollment {
            id: enrollment_id(base.id.as_str(), number),
            rp_id: RpId::parse(&format!("host{number}.example")).unwrap(),
            updated,
            stage,
        });
    EnrollmentSet {
        revision,
        pin,
        enrollments: enrollments.collect(),
        ..base.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_set_comes_back_as_it_went_in(
        created in moment(),
        expires in moment(),
        audience in "\\PC{0,40}",
        first in parts(),
        second in parts(),
    ) {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Database::scratch().await;
            let ada = user("ada");
            let base = EnrollmentSet { created, expires, audience, ..requested("one", &ada) };
            let set = filled(&base, 0, first);
            store.commit(insert(&set)).await.unwrap();
            let found = store.set_of(&set.enrollments[0].id).await.unwrap().unwrap();
            assert_eq!(whole(&found), whole(&set));
            let mut set = filled(&base, 0, second);
            store.commit(replace(&set)).await.unwrap();
            set.revision = 1;
            let found = store.sets_of_user(&ada.id).await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(whole(&found[0]), whole(&set));
        });
    }
}
