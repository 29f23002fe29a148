//! Users, sets, events and mail to store.

use std::sync::LazyLock;

use getrandom::SysRng;
use jose_core::jwk::{KeyUse, PrivateJwk};
use prereg_types::api::{
    Actor, Client, EmailAddress, FulfillmentProvider, LogEvent, Outcome, Target, User, UserProfile,
    UserStatus,
};
use prereg_types::payload::{Pin, PinSpec};
use prereg_types::webauthn::{Aaguid, CoseKey};
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, RpId, Serial, SetId, Timestamp, UserId};
use relying_party::enrollment::{
    Authentication, Credential, Enrollment, EnrollmentSet, PinStage, Request, Stage,
};
use relying_party::mail::{Mail, PinMail};
use relying_party::store::{Change, SetChange};
use serde_json::Map;

/// A PIN that occurs nowhere else.
pub(super) const CANARY: &str = "kanarienvogel-7351";
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

/// Drawing keys takes long without optimization, so a few serve everybody.
static KEYS: LazyLock<Vec<PrivateJwk>> = LazyLock::new(|| {
    let key = |number| {
        let key = PrivateJwk::generate(&mut SysRng).unwrap();
        key.with_kid(&format!("key-{number}")).with_use(KeyUse::Enc)
    };
    (0..4).map(key).collect()
});

pub(super) fn key(number: usize) -> PrivateJwk {
    KEYS[number % KEYS.len()].clone()
}

pub(super) fn user(name: &str) -> User {
    User {
        id: UserId::parse(&format!("00u{name}")).unwrap(),
        status: UserStatus::Staged,
        profile: UserProfile {
            first_name: name.to_owned(),
            last_name: "Example".to_owned(),
            login: format!("{name}@acme.example"),
            email: EmailAddress::parse(&format!("{name}@acme.example")).unwrap(),
            second_email: Some(EmailAddress::parse(&format!("{name}@home.example")).unwrap()),
        },
    }
}

/// A set as an enroll call makes it, for two hosts.
pub(super) fn requested(name: &str, user: &User) -> EnrollmentSet {
    let enrollment = |number: u8| Enrollment {
        id: enrollment_id(name, number),
        rp_id: RpId::parse(&format!("host{number}.example")).unwrap(),
        updated: NOW,
        stage: Stage::Requested(Request {
            jti: Jti::parse(&format!("jti-{name}-{number}")).unwrap(),
            challenge: [number; 32],
            response_key: key(number.into()),
        }),
    };
    EnrollmentSet {
        id: set_id(name),
        revision: 0,
        user_id: user.id.clone(),
        provider: FulfillmentProvider::Yubico,
        audience: "https://acme.okta.example".to_owned(),
        created: NOW,
        expires: NOW.plus_seconds(86_400),
        pin: PinStage::Requested {
            request: Jti::parse(&format!("jti-{name}")).unwrap(),
            spec: PinSpec::DEFAULT,
            response_key: Box::new(key(0)),
        },
        enrollments: vec![enrollment(1), enrollment(2)],
    }
}

/// The same set as an activation leaves it.
pub(super) fn activated(mut set: EnrollmentSet, pin: &str) -> EnrollmentSet {
    let name = set.id.as_str().to_owned();
    for (number, enrollment) in (1..).zip(&mut set.enrollments) {
        enrollment.stage = Stage::Active(Box::new(credential(&format!("{name}-{number}"))));
    }
    set.pin = PinStage::Available {
        pin: Pin::new(pin).unwrap(),
        serial: Serial::parse("3632071").unwrap(),
    };
    set
}

pub(super) fn credential(id: &str) -> Credential {
    Credential {
        id: id.as_bytes().to_vec(),
        public_key: CoseKey::Es256 {
            x: [1; 32],
            y: [2; 32],
        },
        sign_count: 7,
        backup_eligible: false,
        aaguid: Aaguid::from_u128(0x2fc0579f_8113_47ea_b116_bb5a8db9202a),
        transports: vec!["nfc".to_owned(), "usb".to_owned()],
        serial: Serial::parse("3632071").unwrap(),
        version: FirmwareVersion::new(5, 4, 3),
        authentication: Some(Authentication {
            challenge: [9; 32],
            expires: NOW.plus_seconds(300),
        }),
    }
}

pub(super) fn set_id(name: &str) -> SetId {
    SetId::parse(name).unwrap()
}

pub(super) fn enrollment_id(set: &str, number: u8) -> EnrollmentId {
    EnrollmentId::parse(&format!("fwf-{set}-{number}")).unwrap()
}

pub(super) fn event(uuid: &str, event_type: &str, targets: &[&str]) -> LogEvent {
    let target = |id: &&str| Target {
        id: (*id).to_owned(),
        kind: "User".to_owned(),
        alternate_id: format!("{id}@acme.example"),
        display_name: "An Example".to_owned(),
        detail_entry: Map::from_iter([("yubicoProductId".to_owned(), "1".into())]),
    };
    LogEvent {
        actor: Actor {
            id: "system".to_owned(),
            kind: "SystemPrincipal".to_owned(),
            alternate_id: "system".to_owned(),
            display_name: "prereg".to_owned(),
        },
        client: Client {
            ip_address: Some("192.0.2.1".to_owned()),
        },
        display_message: "Something happened".to_owned(),
        event_type: event_type.to_owned(),
        outcome: Outcome {
            result: "FAILURE",
            reason: Some("a reason".to_owned()),
        },
        published: NOW,
        severity: "WARN",
        target: targets.iter().map(target).collect(),
        uuid: uuid.to_owned(),
        version: "0",
    }
}

pub(super) fn pin_mail(user: &User, set: &EnrollmentSet, pin: &str) -> Mail {
    let content = PinMail {
        set: set.id.clone(),
        serial: Serial::parse("3632071").unwrap(),
        pin: Pin::new(pin).unwrap(),
    };
    Mail::pin(user, content)
}

/// A change of a set and nothing else.
pub(super) fn only(set: SetChange) -> Change {
    Change {
        set,
        events: Vec::new(),
        mail: Vec::new(),
        withdraw_pin_mail: None,
    }
}

pub(super) fn insert(set: &EnrollmentSet) -> Change {
    only(SetChange::Insert(Box::new(set.clone())))
}

pub(super) fn replace(set: &EnrollmentSet) -> Change {
    only(SetChange::Replace(Box::new(set.clone())))
}

pub(super) fn remove(set: &EnrollmentSet) -> Change {
    only(SetChange::Remove {
        id: set.id.clone(),
        revision: set.revision,
    })
}

/// Everything of a set, the secrets included: equal texts mean equal sets.
pub(super) fn whole(set: &EnrollmentSet) -> String {
    let mut text = format!("{set:?}");
    match &set.pin {
        PinStage::Requested { response_key, .. } => text.push_str(&response_key.to_json()),
        PinStage::Available { pin, .. } => text.push_str(pin.expose()),
        PinStage::Wiped => {}
    }
    let requests = set.enrollments.iter().filter_map(|one| one.stage.request());
    for request in requests {
        text.push_str(&request.response_key.to_json());
    }
    text
}
