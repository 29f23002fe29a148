//! The PIN (CTAP 2.1 §6.5): policy, retries, blocking.

use authenticator::{
    MakeCredential, Model, Pin, PinRetries, SecurityKey, Status,
    model::{self, YUBIKEY_5_NFC_5_4, YUBIKEY_5_NFC_5_7, YUBIKEY_5_NFC_FIPS_5_4},
};

use crate::setup::{Workshop, assertion, registration};

const RIGHT: &str = "847261";
const WRONG: &str = "847262";

fn key_with_pin(pin: &str) -> SecurityKey {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    key.set_pin(&Pin::new(pin)).unwrap();
    key
}

fn set(model: Model, pin: &str) -> Result<(), Status> {
    Workshop::new().key(model).set_pin(&Pin::new(pin))
}

fn retries(retries: u8, power_cycle_required: bool) -> PinRetries {
    PinRetries {
        retries,
        power_cycle_required,
    }
}

/// The whole life of a guessed key, row by row.
#[test]
fn wrong_pins_count_down_to_a_blocked_key() {
    let mut key = key_with_pin(RIGHT);
    let rows = [
        (WRONG, Status::PinInvalid, retries(7, false)),
        (WRONG, Status::PinInvalid, retries(6, false)),
        (WRONG, Status::PinAuthBlocked, retries(5, true)),
        // Blocked: neither looked at nor counted, right or wrong.
        (WRONG, Status::PinAuthBlocked, retries(5, true)),
        (RIGHT, Status::PinAuthBlocked, retries(5, true)),
        ("unplug", Status::Other, retries(5, false)),
        (WRONG, Status::PinInvalid, retries(4, false)),
        (WRONG, Status::PinInvalid, retries(3, false)),
        (WRONG, Status::PinAuthBlocked, retries(2, true)),
        ("unplug", Status::Other, retries(2, false)),
        (WRONG, Status::PinInvalid, retries(1, false)),
        (WRONG, Status::PinBlocked, retries(0, false)),
        (RIGHT, Status::PinBlocked, retries(0, false)),
        ("unplug", Status::Other, retries(0, false)),
        (RIGHT, Status::PinBlocked, retries(0, false)),
    ];
    for (row, (pin, status, left)) in rows.into_iter().enumerate() {
        if pin == "unplug" {
            key.power_cycle();
        } else {
            assert_eq!(key.verify_pin(&Pin::new(pin)), Err(status), "row {row}");
        }
        assert_eq!(key.pin_retries(), left, "row {row}");
    }
}

#[test]
fn the_right_pin_gives_all_tries_back() {
    let mut key = key_with_pin(RIGHT);
    for _ in 0..4 {
        for _ in 0..2 {
            key.verify_pin(&Pin::new(WRONG)).unwrap_err();
        }
        assert_eq!(key.pin_retries(), retries(6, false));
        key.verify_pin(&Pin::new(RIGHT)).unwrap();
        assert_eq!(key.pin_retries(), retries(8, false));
    }
}

/// Every command that takes the PIN counts on the same counter.
#[test]
fn all_commands_share_the_counter() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    key.set_pin(&Pin::new(RIGHT)).unwrap();
    let wrong = Pin::new(WRONG);
    let request = MakeCredential {
        pin: Some(&wrong),
        ..registration("example.com", b"user")
    };
    let status = key.make_credential(&request, &mut workshop.rng);
    assert_eq!(status, Err(Status::PinInvalid));
    let status = key.get_assertion(&assertion("example.com", Some(&wrong)));
    assert_eq!(status, Err(Status::PinInvalid));
    let status = key.change_pin(&wrong, &Pin::new("739164"));
    assert_eq!(status, Err(Status::PinAuthBlocked));
    let status = key.set_min_pin_length(Some(&wrong), 6);
    assert_eq!(status, Err(Status::PinAuthBlocked));
    assert_eq!(key.pin_retries(), retries(5, true));
}

#[test]
fn without_a_pin_there_is_nothing_to_verify() {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    assert_eq!(key.verify_pin(&Pin::new(RIGHT)), Err(Status::PinNotSet));
    let status = key.change_pin(&Pin::new(RIGHT), &Pin::new(WRONG));
    assert_eq!(status, Err(Status::PinNotSet));
    assert_eq!(key.pin_retries(), retries(8, false));
}

#[test]
fn a_pin_is_set_once_and_changed_after_that() {
    let mut key = key_with_pin(RIGHT);
    assert_eq!(key.set_pin(&Pin::new(WRONG)), Err(Status::PinAuthInvalid));
    key.change_pin(&Pin::new(RIGHT), &Pin::new(WRONG)).unwrap();
    assert_eq!(key.verify_pin(&Pin::new(RIGHT)), Err(Status::PinInvalid));
    assert_eq!(key.verify_pin(&Pin::new(WRONG)), Ok(()));
    let short = key.change_pin(&Pin::new(WRONG), &Pin::new("123"));
    assert_eq!(short, Err(Status::PinPolicyViolation));
    assert_eq!(key.verify_pin(&Pin::new(WRONG)), Ok(()));
}

#[test]
fn length_counts_code_points_from_below_and_bytes_from_above() {
    let refused = Err(Status::PinPolicyViolation);
    let model = YUBIKEY_5_NFC_5_4;
    assert_eq!(set(model, ""), refused);
    assert_eq!(set(model, "123"), refused);
    assert_eq!(set(model, "1234"), Ok(()));
    // Three code points in twelve bytes, four in sixteen.
    assert_eq!(set(model, "🔑🔑🔑"), refused);
    assert_eq!(set(model, "🔑🔑🔑🔑"), Ok(()));
    assert_eq!(set(model, &"a".repeat(63)), Ok(()));
    assert_eq!(set(model, &"a".repeat(64)), refused);
    // 32 code points in 64 bytes.
    assert_eq!(set(model, &"é".repeat(31)), Ok(()));
    assert_eq!(set(model, &"é".repeat(32)), refused);
    // The wire form ends at the first zero byte.
    assert_eq!(set(model, "1234\0"), refused);
}

#[test]
fn fips_keys_want_six() {
    let model = YUBIKEY_5_NFC_FIPS_5_4;
    assert_eq!(set(model, "84726"), Err(Status::PinPolicyViolation));
    assert_eq!(set(model, "847261"), Ok(()));
}

#[test]
fn normalization_makes_one_pin_of_two_spellings() {
    // U+00E9, and e with U+0301.
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let mut key = key_with_pin(composed);
    assert_eq!(key.verify_pin(&Pin::new(decomposed)), Ok(()));
    let mut key = key_with_pin(decomposed);
    assert_eq!(key.verify_pin(&Pin::new(composed)), Ok(()));
    // Length is counted after normalization: these are three code points.
    let short = set(YUBIKEY_5_NFC_5_4, "abe\u{301}");
    assert_eq!(short, Err(Status::PinPolicyViolation));
    // A compatibility form is another PIN: NFC, not NFKC.
    let mut key = key_with_pin("1234");
    let full_width = Pin::new("\u{ff11}\u{ff12}\u{ff13}\u{ff14}");
    assert_eq!(key.verify_pin(&full_width), Err(Status::PinInvalid));
}

#[test]
fn trivial_pins_are_refused_by_the_keys_that_can() {
    let trivial = [
        "111111", "000000", "aaaaaa", "123456", "123123", "654321", "123321", "112233", "121212",
        "520520", "123654", "159753",
    ];
    for pin in trivial {
        let status = set(model::YUBIKEY_5_NFC_5_7_ENHANCED_PIN, pin);
        assert_eq!(status, Err(Status::PinPolicyViolation), "{pin}");
        assert_eq!(set(YUBIKEY_5_NFC_5_7, pin), Ok(()), "{pin}");
    }
    assert_eq!(set(model::YUBIKEY_5_NFC_5_7_ENHANCED_PIN, RIGHT), Ok(()));
}

#[test]
fn the_minimum_length_only_rises() {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    key.set_min_pin_length(None, 8).unwrap();
    assert_eq!(key.get_info().min_pin_length, 8);
    let lower = key.set_min_pin_length(None, 7);
    assert_eq!(lower, Err(Status::PinPolicyViolation));
    let unreachable = key.set_min_pin_length(None, 64);
    assert_eq!(unreachable, Err(Status::PinPolicyViolation));
    let short = key.set_pin(&Pin::new("8472619"));
    assert_eq!(short, Err(Status::PinPolicyViolation));
    key.set_pin(&Pin::new("84726193")).unwrap();
    let without_pin = key.set_min_pin_length(None, 9);
    assert_eq!(without_pin, Err(Status::PuatRequired));
}

#[test]
fn a_pin_that_became_too_short_must_be_changed() {
    let mut key = key_with_pin(RIGHT);
    let right = Pin::new(RIGHT);
    key.set_min_pin_length(Some(&right), 6).unwrap();
    assert!(!key.get_info().force_pin_change);
    key.set_min_pin_length(Some(&right), 8).unwrap();
    assert!(key.get_info().force_pin_change);
    assert_eq!(key.verify_pin(&right), Err(Status::PinPolicyViolation));
    key.change_pin(&right, &Pin::new("84726193")).unwrap();
    assert!(!key.get_info().force_pin_change);
    assert_eq!(key.verify_pin(&Pin::new("84726193")), Ok(()));
}

#[test]
fn reset_unblocks_and_forgets() {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    key.set_min_pin_length(None, 6).unwrap();
    key.set_pin(&Pin::new(RIGHT)).unwrap();
    for _ in 0..3 {
        key.verify_pin(&Pin::new(WRONG)).unwrap_err();
    }
    key.reset();
    assert!(!key.get_info().client_pin);
    assert_eq!(key.get_info().min_pin_length, 4);
    assert_eq!(key.pin_retries(), retries(8, false));
    assert_eq!(key.set_pin(&Pin::new("1234")), Ok(()));
}

/// CTAP 2.1 §8.2.
#[test]
fn status_codes_are_the_registered_numbers() {
    let table = [
        (Status::PinInvalid, 0x31, "CTAP2_ERR_PIN_INVALID"),
        (Status::PinBlocked, 0x32, "CTAP2_ERR_PIN_BLOCKED"),
        (Status::PinAuthInvalid, 0x33, "CTAP2_ERR_PIN_AUTH_INVALID"),
        (Status::PinAuthBlocked, 0x34, "CTAP2_ERR_PIN_AUTH_BLOCKED"),
        (Status::PinNotSet, 0x35, "CTAP2_ERR_PIN_NOT_SET"),
        (Status::PuatRequired, 0x36, "CTAP2_ERR_PUAT_REQUIRED"),
        (
            Status::PinPolicyViolation,
            0x37,
            "CTAP2_ERR_PIN_POLICY_VIOLATION",
        ),
        (
            Status::CredentialExcluded,
            0x19,
            "CTAP2_ERR_CREDENTIAL_EXCLUDED",
        ),
        (
            Status::UnsupportedAlgorithm,
            0x26,
            "CTAP2_ERR_UNSUPPORTED_ALGORITHM",
        ),
        (Status::KeyStoreFull, 0x28, "CTAP2_ERR_KEY_STORE_FULL"),
        (Status::NoCredentials, 0x2e, "CTAP2_ERR_NO_CREDENTIALS"),
        (
            Status::InvalidParameter,
            0x02,
            "CTAP1_ERR_INVALID_PARAMETER",
        ),
        (Status::InvalidLength, 0x03, "CTAP1_ERR_INVALID_LENGTH"),
        (Status::Other, 0x7f, "CTAP1_ERR_OTHER"),
    ];
    for (status, code, name) in table {
        assert_eq!((status.code(), status.name()), (code, name));
    }
}
