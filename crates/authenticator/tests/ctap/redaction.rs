//! Nothing secret is printed.

use authenticator::{MakeCredential, Pin, Quirks, model::YUBIKEY_5_NFC_5_7};

use crate::setup::{NOW, Workshop, assertion, registration};

const CANARY: &str = "7391648205";

#[test]
fn debug_output_holds_no_secret() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let pin = Pin::new(CANARY);
    key.set_pin(&pin).unwrap();
    let request = MakeCredential {
        pin: Some(&pin),
        pub_key_cred_params: &[-35],
        ..registration("example.com", b"user")
    };
    key.make_credential(&request, &mut workshop.rng).unwrap();
    let model = *key.model();
    let batch = workshop
        .issuer
        .issue_batch(&model, &Quirks::NONE, &mut workshop.rng, NOW)
        .unwrap();

    // Whole texts, so that a member added to `Debug` has to be looked at here.
    let expected = [
        (format!("{pin:?}"), "Pin(redacted)"),
        (
            format!("{key:?}"),
            "SecurityKey { model: \"YubiKey 5 NFC\", firmware: FirmwareVersion { major: 5, \
             minor: 7, patch: 1 }, serial: 3632071, credentials: 1, .. }",
        ),
        (format!("{:?}", workshop.issuer), "AttestationIssuer { .. }"),
        (format!("{batch:?}"), "AttestationBatch { .. }"),
    ];
    for (printed, expected) in expected {
        assert_eq!(printed, expected);
    }
    let asked = format!("{request:?} {:?}", assertion("example.com", Some(&pin)));
    assert!(asked.contains("Pin(redacted)") && !asked.contains(CANARY));
}
