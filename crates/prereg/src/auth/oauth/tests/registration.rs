use serde_json::{Value, json};

use super::signing::Client;
use crate::auth::oauth::{ClientKeys, KeyFault};

fn fault(jwks: &Value) -> KeyFault {
    ClientKeys::parse(jwks.to_string().as_bytes()).unwrap_err()
}

fn with(client: &Client, name: &str, value: Value) -> Value {
    let mut jwk = client.jwk.clone();
    jwk[name] = value;
    jwk
}

#[test]
fn a_set_and_a_single_key_are_read_and_written_back_alike() {
    for client in Client::each() {
        let set = ClientKeys::parse(client.jwks().as_bytes()).unwrap();
        let single = ClientKeys::parse(client.jwk.to_string().as_bytes()).unwrap();
        assert_eq!(set.to_json(), single.to_json());
        let again = ClientKeys::parse(set.to_json().as_bytes()).unwrap();
        assert_eq!(again.to_json(), set.to_json());
        assert_eq!(set.algorithms(), [client.alg]);
        // The key that is kept is the key that was given.
        let token = client.assert(&json!({"iss": "a", "sub": "a", "aud": "b", "exp": 1}));
        let assertion = crate::auth::oauth::assertion::Unverified::parse(&token).unwrap();
        assert!(assertion.verify(&again).is_some());
    }
}

#[test]
fn private_keys_are_refused() {
    for client in Client::each() {
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            let jwk = with(&client, name, json!("AQAB"));
            assert_eq!(fault(&json!({"keys": [jwk]})), KeyFault::Private);
        }
    }
}

#[test]
fn keys_for_something_else_are_refused() {
    for client in Client::each() {
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("PS256")),
            ("key_ops", json!(["sign"])),
        ] {
            let jwk = with(&client, name, value);
            let refused = ClientKeys::parse(jwk.to_string().as_bytes());
            assert!(refused.is_err(), "{name} {}", client.alg);
        }
        let fitting = with(&client, "key_ops", json!(["verify"]));
        assert!(ClientKeys::parse(fitting.to_string().as_bytes()).is_ok());
    }
}

#[test]
fn keys_that_cannot_be_are_refused() {
    let (p256, rsa) = (Client::es256("k"), Client::rs256("k"));
    let off = with(&p256, "y", p256.jwk["x"].clone());
    assert_eq!(fault(&off), KeyFault::NotOnCurve);
    assert_eq!(
        fault(&with(&p256, "x", json!("AQAB"))),
        KeyFault::Member("x or y")
    );
    assert_eq!(fault(&with(&p256, "crv", json!("P-521"))), KeyFault::Type);
    assert_eq!(fault(&with(&rsa, "kty", json!("oct"))), KeyFault::Type);
    assert_eq!(fault(&with(&rsa, "n", json!("AQAB"))), KeyFault::Modulus);
    for e in ["AQ", "Ag", "AAAB", "_____w__"] {
        assert_eq!(
            fault(&with(&rsa, "e", json!(e))),
            KeyFault::Member("e"),
            "{e}"
        );
    }
}

#[test]
fn several_keys_need_kids_of_their_own() {
    let (one, two) = (Client::es256("a"), Client::es384("b"));
    assert!(ClientKeys::parse(json!({"keys": [one.jwk, two.jwk]}).to_string().as_bytes()).is_ok());
    let same = with(&two, "kid", json!("a"));
    assert_eq!(fault(&json!({"keys": [one.jwk, same]})), KeyFault::KeyId);
    let mut unnamed = two.jwk.clone();
    unnamed.as_object_mut().unwrap().remove("kid");
    assert_eq!(fault(&json!({"keys": [one.jwk, unnamed]})), KeyFault::KeyId);
    assert_eq!(fault(&json!({"keys": []})), KeyFault::Count);
    assert_eq!(
        fault(&json!({"keys": vec![one.jwk.clone(); 11]})),
        KeyFault::Count
    );
}
