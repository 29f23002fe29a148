//! What the provider refuses, and that a refusal changes nothing.

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::EncryptHeader;
use jose_core::jwk::{KeyUse, PublicJwk};
use pollster::block_on;
use prereg_types::Timestamp;
use prereg_types::api::EcKeyJwk;
use prereg_types::payload::PinSpec;
use prereg_types::shipment::CreateShipment;
use yubico_sim::{Error, ErrorKind, Seed};

use crate::enroll_call::{EnrollCall, shipment};
use crate::{NOW, TestProvider, provider};

fn call() -> EnrollCall {
    EnrollCall::new("call", &["acme.example", "acme.test"])
}

/// Path and code of the refusal; the store must be as it was.
fn refused(provider: &TestProvider, body: &CreateShipment, now: Timestamp) -> (String, String) {
    let before = format!("{:?}", provider.store());
    let mut rng = Seed::from_text("create").stream("shipment", 0);
    let error = block_on(provider.create_shipment(body, now, &mut rng)).unwrap_err();
    assert_eq!(format!("{:?}", provider.store()), before);
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    let code = error.code().to_owned();
    match error {
        Error::Request { path, .. } => (path, code),
        other => panic!("{other}"),
    }
}

const KEY: &str = "shipment_items[0].product_customizations[0]";

/// Breaks one call in one way and tells what the provider says.
fn refused_after(change: impl FnOnce(&mut EnrollCall)) -> (String, String) {
    let provider = provider("requests");
    let mut call = call();
    change(&mut call);
    let body = call.shipment(&provider.transport_jwks());
    let (path, code) = refused(&provider, &body, NOW);
    (path.replace(KEY, "*"), code)
}

fn assert_refused(change: impl FnOnce(&mut EnrollCall), path: &str, code: &str) {
    let expected = (path.to_owned(), code.to_owned());
    assert_eq!(refused_after(change), expected);
}

#[test]
fn claims_that_break_a_rule() {
    let pin = "*.fido_pin_request";
    assert_refused(|c| c.pin.claims.exp = NOW, pin, "request_expired");
    let second = "*.fido_credential_requests[1]";
    assert_refused(
        |c| c.credentials[1].claims.exp = NOW,
        second,
        "request_expired",
    );
    let soon = NOW.plus_seconds(301);
    assert_refused(|c| c.pin.claims.iat = soon, pin, "request_not_yet_valid");
    let late = NOW.plus_seconds(366 * 86_400 + 1);
    assert_refused(
        |c| c.pin.claims.exp = late,
        pin,
        "request_lifetime_too_long",
    );
    let signing = |c: &mut EnrollCall| {
        let key = c.pin_key.public().clone().with_use(KeyUse::Sig);
        c.pin.claims.response_key = EcKeyJwk::new(&key).unwrap();
    };
    assert_refused(signing, pin, "request_response_key");
}

#[test]
fn sets_that_are_mixed_or_incomplete() {
    let second = "*.fido_credential_requests[1]";
    let other = EnrollCall::new("other", &["acme.test"]);
    let (of_other, of_same_set) = (other.credentials[0].clone(), other.credentials[0].clone());
    assert_refused(|c| c.credentials[1] = of_other, second, "request_mixed_set");
    assert_refused(
        |c| c.credentials[1].claims.iss = "https://other.example".into(),
        second,
        "request_mixed_set",
    );
    assert_refused(
        |c| c.credentials[1].claims.set.size += 1,
        second,
        "request_mixed_set",
    );
    assert_refused(|c| drop(c.credentials.pop()), "*", "request_incomplete_set");
    let one_more = |c: &mut EnrollCall| {
        let mut request = of_same_set;
        request.claims.set = c.pin.claims.set.clone();
        request.public_key.rp.id = prereg_types::RpId::parse("third.test").unwrap();
        request.origin = "https://third.test".into();
        c.credentials.push(request);
    };
    assert_refused(one_more, "*", "request_incomplete_set");
}

#[test]
fn nothing_is_asked_for_twice() {
    let second = "*.fido_credential_requests[1]";
    let repeated = "request_repeated";
    let enrollment = |c: &mut EnrollCall| {
        c.credentials[1].enrollment = c.credentials[0].enrollment.clone();
    };
    assert_refused(enrollment, second, repeated);
    let rp_id = |c: &mut EnrollCall| {
        c.credentials[1].public_key.rp = c.credentials[0].public_key.rp.clone();
        c.credentials[1].origin = c.credentials[0].origin.clone();
    };
    assert_refused(rp_id, second, repeated);
    let key_of_pin = |c: &mut EnrollCall| {
        c.credentials[1].claims.response_key = c.pin.claims.response_key.clone();
    };
    assert_refused(key_of_pin, second, repeated);
    let same_point = |c: &mut EnrollCall| {
        let key = c.credential_keys[0].public().clone().with_kid("another");
        c.credentials[1].claims.response_key = EcKeyJwk::new(&key).unwrap();
    };
    assert_refused(same_point, second, repeated);
}

#[test]
fn options_that_no_key_can_meet() {
    let first = "*.fido_credential_requests[0]";
    let origin = |c: &mut EnrollCall| c.credentials[0].origin = "https://evil.example".into();
    assert_refused(origin, first, "request_origin");
    let algorithm = |c: &mut EnrollCall| {
        c.credentials[0].public_key.pub_key_cred_params.clear();
    };
    assert_refused(algorithm, first, "request_algorithm");
    let provider = provider("requests");
    let key = |c: &mut EnrollCall| vec![c.customization(&provider.transport_jwks().keys()[0])];
    let unknown = shipment(4711, key(&mut call()));
    let expected = (
        "shipment_items[0].product_id".into(),
        "request_product".into(),
    );
    assert_eq!(refused(&provider, &unknown, NOW), expected);
    let mut short = call();
    short.pin.pin_request = PinSpec::new(5).unwrap();
    let fips = shipment(54, key(&mut short));
    assert_eq!(refused(&provider, &fips, NOW).1, "request_pin_length");
    let too_many: Vec<String> = (0..101).map(|n| format!("rp{n}.test")).collect();
    let too_many: Vec<&str> = too_many.iter().map(String::as_str).collect();
    let many = shipment(1, key(&mut EnrollCall::new("many", &too_many)));
    assert_eq!(
        refused(&provider, &many, NOW).1,
        "request_too_many_credentials"
    );
}

#[test]
fn envelopes_outside_the_policy() {
    let pin = "*.fido_pin_request";
    let header = |alg, enc| EncryptHeader::new(alg, enc);
    let direct = KeyManagement::EcdhEs;
    let wrapped = header(KeyManagement::EcdhEsA256Kw, ContentEncryption::A256Gcm).with_cty("json");
    assert_refused(|c| c.header = wrapped, pin, "not_allowed_alg");
    let short = header(direct, ContentEncryption::A128Gcm).with_cty("json");
    assert_refused(|c| c.header = short, pin, "not_allowed_enc");
    let bare = header(direct, ContentEncryption::A256Gcm);
    assert_refused(|c| c.header = bare.clone(), pin, "not_allowed_cty");
    assert_refused(
        |c| c.header = bare.clone().with_cty("JWT"),
        pin,
        "not_allowed_cty",
    );
    let provider = provider("requests");
    let transport = provider.transport_jwks().keys()[0].clone();
    let to = |key: &PublicJwk| shipment(1, vec![call().customization(key)]);
    let nameless = to(&PublicJwk::new(*transport.point()));
    assert_eq!(
        refused(&provider, &nameless, NOW).1,
        "not_allowed_missing_kid"
    );
    let unknown = to(&transport.clone().with_kid("elsewhere"));
    assert_eq!(
        refused(&provider, &unknown, NOW).1,
        "unusable_key_unknown_kid"
    );
    let kid = transport.kid().unwrap();
    let foreign = to(&call().pin_key.public().clone().with_kid(kid));
    assert_eq!(refused(&provider, &foreign, NOW).1, "decrypt_failed");
}

#[test]
fn requests_of_the_wrong_kind() {
    let provider = provider("requests");
    let mut body = call().shipment(&provider.transport_jwks());
    let key = &mut body.shipment_items[0].product_customizations[0];
    core::mem::swap(
        &mut key.fido_pin_request,
        &mut key.fido_credential_requests[0],
    );
    let (path, code) = refused(&provider, &body, NOW);
    assert_eq!(path.replace(KEY, "*"), "*.fido_pin_request");
    assert_eq!(code, "request_claims");
}

/// Encrypted anew, to another key of the provider, with all else the same: what
/// counts is the `jti`.
#[test]
fn a_request_is_served_once() {
    let provider = provider("requests");
    let transport = provider.transport_jwks();
    let mut call = call();
    let first = call.shipment(&transport);
    let again = shipment(1, vec![call.customization(&transport.keys()[1])]);
    let mut rng = Seed::from_text("create").stream("shipment", 0);
    let id = block_on(provider.create_shipment(&first, NOW, &mut rng))
        .unwrap()
        .shipment_id;
    assert_eq!(refused(&provider, &first, NOW).1, "request_replayed");
    assert_eq!(refused(&provider, &again, NOW).1, "request_replayed");

    block_on(provider.purge(&id)).unwrap();
    let exp = call.pin.claims.exp;
    let last_moment = Timestamp::from_seconds(exp.seconds() - 1);
    assert_eq!(block_on(provider.forget_expired(last_moment)), Ok(0));
    assert_eq!(
        refused(&provider, &first, last_moment).1,
        "request_replayed"
    );
    assert_eq!(block_on(provider.forget_expired(exp)), Ok(3));
    assert_eq!(refused(&provider, &first, exp).1, "request_expired");
}

#[test]
fn one_set_for_two_keys_of_a_shipment() {
    let provider = provider("requests");
    let mut call = call();
    let transport = provider.transport_jwks();
    let twice = [0, 1].map(|n: usize| call.customization(&transport.keys()[n]));
    let body = shipment(1, twice.to_vec());
    assert_eq!(refused(&provider, &body, NOW).1, "request_replayed");
}

#[test]
fn only_one_of_many_racing_shipments_is_served() {
    let provider = provider("requests");
    let body = call().shipment(&provider.transport_jwks());
    let served = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (provider, body) = (&provider, &body);
                scope.spawn(move || {
                    let mut rng = Seed::from_text("race").stream("shipment", n);
                    block_on(provider.create_shipment(body, NOW, &mut rng)).is_ok()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap())
            .filter(|ok| *ok)
            .count()
    });
    assert_eq!(served, 1);
}
