//! The relying party's bodies: the published form, what real callers send
//! besides it (one test per row of that table), and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jose_core::jwk::{KeyUse, PrivateJwk, PublicJwk};
use prereg_types::api::{
    ActivateCommand, EcKeyJwk, EmailAddress, EnrollCommand, EnrollmentInitializationRequest,
    FulfillmentCommand, SendPinCommand, VerifyCommand,
};
use prereg_types::read::Reason;
use prereg_types::{EnrollmentId, Invalid, RpId, UserId};
use serde_json::{Value, json};

const USER: &str = "00u4enoiqp7hX6HBq5d7";
const ENROLLMENT: &str = "fwf4enoiqp7hX6HBq5d7";

fn key(seed: u8, key_use: KeyUse) -> PublicJwk {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let private = PrivateJwk::generate(&mut rng).unwrap();
    let kid = format!("APCS-T-{seed}");
    private.public().clone().with_kid(&kid).with_use(key_use)
}

fn jwk(seed: u8, key_use: KeyUse) -> Value {
    serde_json::to_value(EcKeyJwk::new(&key(seed, key_use)).unwrap()).unwrap()
}

fn enroll_body() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["acme.okta.example", "login.acme.example"],
        "yubicoTransportKeyJWK": jwk(1, KeyUse::Enc),
    })
}

fn activate_body() -> Value {
    json!({
        "userId": USER,
        "fulfillmentProvider": "yubico",
        "serial": "3632071",
        "version": "5.4.3",
        "pinResponseJwe": "a.b.c.d.e",
        "credResponses": [
            {"authenticatorEnrollmentId": ENROLLMENT, "credResponseJwe": "f.g.h.i.j"},
            {"authenticatorEnrollmentId": "fwf2", "credResponseJwe": "k.l.m.n.o"},
        ],
        "yubicoSigningJwks": [jwk(2, KeyUse::Sig), jwk(3, KeyUse::Sig)],
    })
}

fn with(mut body: Value, member: &str, value: Value) -> Vec<u8> {
    body[member] = value;
    body.to_string().into_bytes()
}

fn without(mut body: Value, member: &str) -> Vec<u8> {
    body.as_object_mut().unwrap().remove(member).unwrap();
    body.to_string().into_bytes()
}

fn enroll(text: &[u8]) -> Result<EnrollCommand, Invalid> {
    EnrollCommand::from_json(text)
}

fn activate(text: &[u8]) -> Result<ActivateCommand, Invalid> {
    ActivateCommand::from_json(text)
}

#[test]
fn the_published_enroll_body_becomes_a_command() {
    let command = enroll(enroll_body().to_string().as_bytes()).unwrap();
    assert_eq!(command.user_id.as_str(), USER);
    let hosts: Vec<&str> = command.rp_ids.iter().map(RpId::as_str).collect();
    assert_eq!(hosts, ["acme.okta.example", "login.acme.example"]);
    assert_eq!(command.transport_key, key(1, KeyUse::Enc));
}

#[test]
fn wire_requests_serialize_to_the_published_names() {
    let request = EnrollmentInitializationRequest {
        user_id: Some(UserId::parse(USER).unwrap()),
        fulfillment_provider: Some(prereg_types::api::FulfillmentProvider::Yubico),
        enrollment_rp_ids: Some(vec![
            RpId::parse("acme.okta.example").unwrap(),
            RpId::parse("login.acme.example").unwrap(),
        ]),
        yubico_transport_key_jwk: Some(EcKeyJwk::new(&key(1, KeyUse::Enc)).unwrap()),
    };
    assert_eq!(serde_json::to_value(&request).unwrap(), enroll_body());
}

#[test]
fn every_missing_member_is_named() {
    for member in [
        "userId",
        "fulfillmentProvider",
        "enrollmentRpIds",
        "yubicoTransportKeyJWK",
    ] {
        let error = enroll(&without(enroll_body(), member)).unwrap_err();
        assert_eq!((error.path(), error.reason()), (member, &Reason::Missing));
        let error = enroll(&with(enroll_body(), member, Value::Null)).unwrap_err();
        assert_eq!(error.path(), member, "null is absent");
    }
    for member in [
        "userId",
        "fulfillmentProvider",
        "serial",
        "version",
        "pinResponseJwe",
        "credResponses",
        "yubicoSigningJwks",
    ] {
        let error = activate(&without(activate_body(), member)).unwrap_err();
        assert_eq!((error.path(), error.reason()), (member, &Reason::Missing));
    }
}

#[test]
fn each_member_of_a_transport_key_is_required() {
    for member in ["kty", "crv", "use", "kid", "x", "y"] {
        let mut jwk = jwk(1, KeyUse::Enc);
        jwk.as_object_mut().unwrap().remove(member).unwrap();
        let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", jwk)).unwrap_err();
        assert_eq!(error.path(), format!("yubicoTransportKeyJWK.{member}"));
    }
}

#[test]
fn a_coordinate_of_45_bytes_is_refused() {
    // The pattern of the published example transport key, whose y is too short.
    let (x, y) = key(1, KeyUse::Enc).point().coordinates();
    let jwk = json!({
        "kty": "EC", "crv": "P-384", "use": "enc", "kid": "APCS-Ttrans-C19881-I009",
        "x": jose_core::base64url::encode(&x),
        "y": jose_core::base64url::encode(&y[..45]),
    });
    let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", jwk)).unwrap_err();
    assert_eq!(error.path(), "yubicoTransportKeyJWK");
    assert!(matches!(
        error.reason(),
        Reason::Jose(jose_core::Error::UnusableKey(_))
    ));
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let (x, mut y) = key(1, KeyUse::Enc).point().coordinates();
    y[47] ^= 1;
    let mut jwk = jwk(1, KeyUse::Enc);
    jwk["x"] = jose_core::base64url::encode(&x).into();
    jwk["y"] = jose_core::base64url::encode(&y).into();
    assert!(enroll(&with(enroll_body(), "yubicoTransportKeyJWK", jwk)).is_err());
}

#[test]
fn a_private_member_is_refused_and_not_repeated() {
    let transport = with_d(jwk(1, KeyUse::Enc));
    let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", transport)).unwrap_err();
    assert_eq!(error.path(), "yubicoTransportKeyJWK.d");
    assert!(!format!("{error} {error:?}").contains("c2VjcmV0"));
    let signing = json!([with_d(jwk(2, KeyUse::Sig))]);
    let error = activate(&with(activate_body(), "yubicoSigningJwks", signing)).unwrap_err();
    assert_eq!(error.path(), "yubicoSigningJwks[0].d");
    assert!(!format!("{error} {error:?}").contains("c2VjcmV0"));
}

fn with_d(mut jwk: Value) -> Value {
    jwk["d"] = "c2VjcmV0".into();
    jwk
}

#[test]
fn keys_for_the_other_use_are_refused() {
    let error = enroll(&with(
        enroll_body(),
        "yubicoTransportKeyJWK",
        jwk(1, KeyUse::Sig),
    ));
    assert_eq!(error.unwrap_err().path(), "yubicoTransportKeyJWK.use");
    let keys = json!([jwk(2, KeyUse::Sig), jwk(3, KeyUse::Enc)]);
    let error = activate(&with(activate_body(), "yubicoSigningJwks", keys));
    assert_eq!(error.unwrap_err().path(), "yubicoSigningJwks[1].use");
}

#[test]
fn two_signing_keys_of_one_kid_are_refused() {
    let mut twin = jwk(3, KeyUse::Sig);
    twin["kid"] = jwk(2, KeyUse::Sig)["kid"].clone();
    let keys = json!([jwk(2, KeyUse::Sig), twin]);
    let error = activate(&with(activate_body(), "yubicoSigningJwks", keys)).unwrap_err();
    assert_eq!(error.path(), "yubicoSigningJwks");
}

#[test]
fn further_members_are_ignored() {
    let mut signing = jwk(2, KeyUse::Sig);
    signing["alg"] = "ES384".into();
    signing["x5c"] = json!(["MIIB"]);
    let mut body = activate_body();
    body["yubicoSigningJwks"] = json!([signing]);
    body["somethingNew"] = json!({"nested": [1, 2]});
    assert!(activate(body.to_string().as_bytes()).is_ok());
}

/// Neither `alg` nor `key_ops` of a caller ties a key to something, nor is a
/// faulty one a reason to refuse it.
#[test]
fn of_a_key_only_point_kid_and_use_are_kept() {
    for (member, value) in [
        ("alg", json!("ECDH-ES+A256KW")),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!(7)),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
    ] {
        let mut transport = jwk(1, KeyUse::Enc);
        transport[member] = value.clone();
        let command = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", transport)).unwrap();
        assert_eq!(command.transport_key, key(1, KeyUse::Enc), "{value}");
        let mut signing = jwk(2, KeyUse::Sig);
        signing[member] = value;
        let keys = json!([signing]);
        let command = activate(&with(activate_body(), "yubicoSigningJwks", keys)).unwrap();
        assert_eq!(command.signing_keys.keys(), [key(2, KeyUse::Sig)]);
    }
    let restricted = key(1, KeyUse::Enc).with_alg("RSA-OAEP");
    let kept = EcKeyJwk::new(&restricted).unwrap();
    assert_eq!(kept.jwk(), &key(1, KeyUse::Enc));
}

#[test]
fn keys_of_another_kind_are_refused() {
    for (member, value) in [("kty", "RSA"), ("crv", "P-256"), ("use", "wrap")] {
        let mut transport = jwk(1, KeyUse::Enc);
        transport[member] = value.into();
        let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", transport)).unwrap_err();
        let unusable =
            |reason: &Reason| matches!(reason, Reason::Jose(jose_core::Error::UnusableKey(_)));
        assert!(unusable(error.reason()), "{error}");
    }
    for private in ["p", "q", "dp", "dq", "qi", "oth", "k"] {
        let mut transport = jwk(1, KeyUse::Enc);
        transport[private] = "c2VjcmV0".into();
        let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", transport)).unwrap_err();
        assert_eq!(error.path(), format!("yubicoTransportKeyJWK.{private}"));
    }
}

/// That these keys are nonsense is not even looked at.
#[test]
fn signing_keys_are_counted_before_they_are_read() {
    let many = json!(vec![json!({"kty": 1}); 101]);
    for form in [
        many.clone(),
        json!({"keys": many.clone()}),
        many.to_string().into(),
    ] {
        let error = activate(&with(activate_body(), "yubicoSigningJwks", form)).unwrap_err();
        assert!(error.to_string().contains("1 to 100 keys"), "{error}");
    }
}

#[test]
fn errors_name_the_element() {
    let mut body = activate_body();
    body["credResponses"][1]["credResponseJwe"] = 7.into();
    let error = activate(body.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "credResponses[1].credResponseJwe: must be a string"
    );
}

#[test]
fn arrays_do_not_pass_for_objects() {
    let fields: Vec<Value> = jwk(1, KeyUse::Enc)
        .as_object()
        .unwrap()
        .values()
        .cloned()
        .collect();
    for value in [json!(fields), json!([jwk(1, KeyUse::Enc)])] {
        let error = enroll(&with(enroll_body(), "yubicoTransportKeyJWK", value)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "yubicoTransportKeyJWK: must be an object"
        );
    }
    assert!(!enroll(b"[]").unwrap_err().is_malformed_json());
}

#[test]
fn empty_and_broken_bodies_are_told_apart() {
    assert_eq!(enroll(b"").unwrap_err().reason(), &Reason::Missing);
    for text in [
        &b"{"[..],
        b"{\"a\":1,\"a\":2}",
        b"\xff",
        b"nonsense",
        b"{}{}",
    ] {
        assert!(enroll(text).unwrap_err().is_malformed_json());
    }
    assert!(!enroll(b"{}").unwrap_err().is_malformed_json());
}

#[test]
fn hosts_and_enrollments_must_differ() {
    let twice = json!(["a.example", "a.example"]);
    assert!(enroll(&with(enroll_body(), "enrollmentRpIds", twice)).is_err());
    assert!(enroll(&with(enroll_body(), "enrollmentRpIds", json!([]))).is_err());
    let many: Vec<String> = (0..101).map(|n| format!("h{n}.example")).collect();
    assert!(enroll(&with(enroll_body(), "enrollmentRpIds", json!(many))).is_err());
    let mut body = activate_body();
    body["credResponses"][1]["authenticatorEnrollmentId"] = ENROLLMENT.into();
    let error = activate(body.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.path(), "credResponses[1]");
}

// The table "Accept what real callers send", row by row.

#[test]
fn addresses_cannot_reach_into_a_header() {
    let longest = format!("{}@acme.example", "a".repeat(241));
    for right in [
        "ada@acme.example",
        "a@b",
        "äda@bücher.example",
        longest.as_str(),
    ] {
        assert_eq!(EmailAddress::parse(right).unwrap().as_str(), right);
    }
    let too_long = format!("a{longest}");
    for wrong in [
        "",
        "ada",
        "@acme.example",
        "ada@",
        "ada@acme@example",
        "ada@acme.example\r\nBcc: eve",
        "ada@acme.example\n",
        "ada\0@acme.example",
        "ada@acme.example,eve",
        "ada@acme.example;eve",
        "Ada <ada@acme.example>",
        "ada @acme.example",
        "ada\u{2028}@acme.example",
        "ada\u{85}@acme.example",
        too_long.as_str(),
    ] {
        let error = EmailAddress::parse(wrong).unwrap_err();
        assert!(wrong.is_empty() || !error.to_string().contains(wrong));
    }
}

#[test]
fn send_pin_takes_a_string_or_an_array_of_one() {
    let body = |id: Value| {
        let body = json!({"userId": USER, "fulfillmentProvider": "yubico", "authenticatorEnrollmentId": id});
        SendPinCommand::from_json(body.to_string().as_bytes())
    };
    let expected = EnrollmentId::parse(ENROLLMENT).unwrap();
    assert_eq!(body(json!(ENROLLMENT)).unwrap().enrollment_id, expected);
    assert_eq!(body(json!([ENROLLMENT])).unwrap().enrollment_id, expected);
    for wrong in [
        json!([]),
        json!([ENROLLMENT, ENROLLMENT]),
        json!({"id": ENROLLMENT}),
        json!([7]),
    ] {
        assert!(
            body(wrong)
                .unwrap_err()
                .path()
                .starts_with("authenticatorEnrollmentId")
        );
    }
}

#[test]
fn the_former_spelling_of_the_response_is_read() {
    let former = json!([{"authenticatorEnrollmentId": ENROLLMENT, "credResponseJWE": "f.g.h.i.j"}]);
    let command = activate(&with(activate_body(), "credResponses", former)).unwrap();
    assert_eq!(command.cred_responses[0].jwe, "f.g.h.i.j");
    let both = json!([{
        "authenticatorEnrollmentId": ENROLLMENT, "credResponseJWE": "a", "credResponseJwe": "b",
    }]);
    assert!(activate(&with(activate_body(), "credResponses", both)).is_err());
}

#[test]
fn fulfillment_data_may_be_one_object() {
    let one = json!({"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"});
    let body = |data: Value| {
        let body =
            json!({"userId": USER, "fulfillmentProvider": "yubico", "fulfillmentData": data});
        FulfillmentCommand::from_json(body.to_string().as_bytes())
    };
    let expected = body(json!([one])).unwrap();
    assert_eq!(body(one.clone()).unwrap(), expected);
    assert_eq!(body(one.to_string().into()).unwrap(), expected);
    assert_eq!(
        expected.items[0].customization_id.as_deref(),
        Some("RXJN83")
    );
    let error = body(json!([one, {"productId": "1"}])).unwrap_err();
    assert_eq!(error.path(), "fulfillmentData[1].inventoryProductId");
}

#[test]
fn signing_keys_come_in_four_forms() {
    let keys = json!([jwk(2, KeyUse::Sig), jwk(3, KeyUse::Sig)]);
    let set = json!({"keys": keys});
    for form in [
        keys.clone(),
        set.clone(),
        keys.to_string().into(),
        set.to_string().into(),
    ] {
        let command = activate(&with(activate_body(), "yubicoSigningJwks", form)).unwrap();
        assert_eq!(
            command.signing_keys.keys(),
            [key(2, KeyUse::Sig), key(3, KeyUse::Sig)]
        );
    }
    for wrong in [
        json!([]),
        json!({}),
        json!("nonsense"),
        json!({"keys": {}}),
        json!(7),
    ] {
        let error = activate(&with(activate_body(), "yubicoSigningJwks", wrong)).unwrap_err();
        assert!(error.path().starts_with("yubicoSigningJwks"));
    }
}

#[test]
fn members_may_be_json_text_in_a_string() {
    for member in ["enrollmentRpIds", "yubicoTransportKeyJWK"] {
        let text = enroll_body()[member].to_string();
        let command = enroll(&with(enroll_body(), member, text.into())).unwrap();
        assert_eq!(command.rp_ids.len(), 2);
        assert_eq!(command.transport_key, key(1, KeyUse::Enc));
    }
    let text = activate_body()["credResponses"].to_string();
    let command = activate(&with(activate_body(), "credResponses", text.into())).unwrap();
    assert_eq!(command.cred_responses.len(), 2);
}

#[test]
fn text_in_a_string_is_parsed_as_strictly() {
    let private = with_d(jwk(1, KeyUse::Enc)).to_string();
    let error = enroll(&with(
        enroll_body(),
        "yubicoTransportKeyJWK",
        private.into(),
    ))
    .unwrap_err();
    assert_eq!(error.path(), "yubicoTransportKeyJWK.d");
    let twice = "{\"kid\":\"a\",\"kid\":\"b\"}";
    assert!(enroll(&with(enroll_body(), "yubicoTransportKeyJWK", twice.into())).is_err());
    let text_of_text = Value::from(jwk(1, KeyUse::Enc).to_string()).to_string();
    assert!(
        enroll(&with(
            enroll_body(),
            "yubicoTransportKeyJWK",
            text_of_text.into()
        ))
        .is_err()
    );
}

#[test]
fn verify_begins_without_a_body_and_reads_both_base64_alphabets() {
    assert_eq!(VerifyCommand::from_json(b"").unwrap(), VerifyCommand::Begin);
    assert_eq!(
        VerifyCommand::from_json(b"{}").unwrap(),
        VerifyCommand::Begin
    );
    for (client, data) in [("_-8", "AQ"), ("/+8=", "AQ==")] {
        let body =
            json!({"clientData": client, "authenticatorData": data, "signatureData": "AQID"});
        let command = VerifyCommand::from_json(body.to_string().as_bytes()).unwrap();
        let expected = VerifyCommand::Finish {
            client_data_json: vec![0xff, 0xef],
            authenticator_data: vec![1],
            signature: vec![1, 2, 3],
        };
        assert_eq!(command, expected);
    }
    assert!(
        VerifyCommand::from_json(
            br#"{"clientData":"AQ=","authenticatorData":"AQ","signatureData":"AQ"}"#
        )
        .is_err()
    );
    let error = VerifyCommand::from_json(br#"{"clientData":"AQ"}"#).unwrap_err();
    assert_eq!(error.path(), "authenticatorData");
}
