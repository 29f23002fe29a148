use prereg_types::Timestamp;
use serde_json::{Value, json};

use super::signing::Client;
use crate::auth::oauth::ClientKeys;
use crate::auth::oauth::assertion::Unverified;
use crate::auth::oauth::claims::Claims;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const AUD: &str = "https://acme.okta.example/oauth2/v1/token";

fn claims() -> Value {
    json!({
        "iss": "0oa1", "sub": "0oa1", "aud": AUD, "jti": "one",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn verify(keys: &str, token: &str) -> Option<Claims> {
    let keys = ClientKeys::parse(keys.as_bytes()).unwrap();
    Unverified::parse(token)?.verify(&keys)
}

/// Whether the claims of a good signature hold.
fn holds(claims: &Value) -> bool {
    let claims = Claims::parse(claims.to_string().as_bytes());
    claims.is_some_and(|claims| claims.check(&[AUD.to_owned()], NOW).is_ok())
}

#[test]
fn each_algorithm_verifies_with_its_registered_key() {
    for client in Client::each() {
        let token = client.assert(&claims());
        let verified = verify(&client.jwks(), &token).unwrap();
        assert_eq!(verified.issuer(), "0oa1");
        assert!(verified.check(&[AUD.to_owned()], NOW).is_ok());
        // What the SDKs send for a key given as PEM: no kid.
        let bare = client.assert_under(&json!({"alg": client.alg, "typ": "JWT"}), &claims());
        assert!(verify(&client.jwks(), &bare).is_some(), "{}", client.alg);
    }
}

#[test]
fn somebody_else_s_key_verifies_nothing() {
    let registered = Client::each();
    for signer in [Client::es384("k1"), Client::es256("k1")] {
        let token = signer.assert(&claims());
        for client in &registered {
            assert!(verify(&client.jwks(), &token).is_none(), "{}", client.alg);
        }
    }
}

#[test]
fn the_algorithm_is_that_of_the_key() {
    for client in Client::each() {
        for alg in [
            "none", "None", "HS256", "RS256", "PS256", "ES256", "ES384", "ES512",
        ] {
            let token = client.assert_under(&json!({"alg": alg, "kid": "k1"}), &claims());
            let verifies = verify(&client.jwks(), &token).is_some();
            assert_eq!(verifies, alg == client.alg, "{alg} with {}", client.alg);
        }
    }
}

#[test]
fn a_changed_or_cut_token_is_refused() {
    for client in Client::each() {
        let token = client.assert(&claims());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = signed.split_once('.').unwrap();
        let other = client.assert(&with("jti", json!("two")));
        let other_payload = other.split('.').nth(1).unwrap();
        let hostile = [
            format!("{header}.{other_payload}.{signature}"),
            format!("{signed}."),
            signed.to_owned(),
            format!("{token}.{signature}"),
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            format!("{header}.{payload}.{}", "A".repeat(signature.len())),
            format!("{header}.{payload}.{}", &signature[4..]),
            format!(".{payload}.{signature}"),
            "..".to_owned(),
            "a".repeat(20_000),
        ];
        for token in hostile {
            assert!(verify(&client.jwks(), &token).is_none(), "{token:.60}");
        }
    }
}

#[test]
fn headers_that_would_change_the_meaning_are_refused() {
    for client in Client::each() {
        let refused = |name: &str, value: Value| {
            let mut header = json!({"alg": client.alg, "kid": "k1"});
            header[name] = value;
            verify(&client.jwks(), &client.assert_under(&header, &claims())).is_none()
        };
        assert!(refused("crit", json!([])));
        assert!(refused("crit", json!(["exp"])));
        assert!(refused("b64", json!(true)));
        assert!(refused("typ", json!("at+jwt")));
        assert!(refused("typ", json!("prereg-pin+jwt")));
        assert!(refused("kid", json!("k2")));
        assert!(refused("kid", json!(7)));
        assert!(!refused("typ", json!("client-authentication+jwt")));
        assert!(!refused("typ", json!("application/JWT")));
    }
}

#[test]
fn a_key_in_the_header_is_not_used() {
    for (registered, attacker) in [
        (Client::es384("k1"), Client::es384("k1")),
        (Client::es256("k1"), Client::es256("k1")),
    ] {
        let header = json!({"alg": attacker.alg, "kid": "k1", "jwk": attacker.jwk});
        let token = attacker.assert_under(&header, &claims());
        assert!(verify(&registered.jwks(), &token).is_none());
    }
}

#[test]
fn of_several_keys_the_kid_chooses() {
    let (old, new) = (Client::rs256("old"), Client::es384("new"));
    let keys = json!({"keys": [old.jwk, new.jwk]}).to_string();
    assert!(verify(&keys, &old.assert(&claims())).is_some());
    assert!(verify(&keys, &new.assert(&claims())).is_some());
    let bare = new.assert_under(&json!({"alg": "ES384"}), &claims());
    assert!(verify(&keys, &bare).is_none());
    let crossed = new.assert_under(&json!({"alg": "ES384", "kid": "old"}), &claims());
    assert!(verify(&keys, &crossed).is_none());
}

#[test]
fn the_claims_must_be_for_here_and_now() {
    let now = NOW.seconds();
    assert!(holds(&claims()));
    assert!(holds(&with("aud", json!(["https://other.example", AUD]))));
    assert!(holds(&with("exp", json!(now + 3600))));
    assert!(holds(&with("exp", json!(now - 59))));
    assert!(holds(&with("iat", json!(now + 60))));
    assert!(holds(&without("iat")));
    assert!(holds(&without("jti")));
    let wrong = [
        with("sub", json!("0oa2")),
        with("aud", json!("https://other.example/oauth2/v1/token")),
        with("aud", json!(format!("{AUD}/"))),
        with("aud", json!([])),
        with("aud", json!({ AUD: true })),
        with("exp", json!(now - 60)),
        with("exp", json!(now + 3600 + 61)),
        with("exp", json!(u64::MAX)),
        with("exp", json!(-1)),
        with("exp", json!((now + 300).to_string())),
        with("iat", json!(now + 61)),
        with("nbf", json!(now + 61)),
        with("jti", json!(["one"])),
        without("iss"),
        without("sub"),
        without("aud"),
        without("exp"),
    ];
    for claims in wrong {
        assert!(!holds(&claims), "{claims}");
    }
}

#[test]
fn a_claim_twice_is_refused() {
    let twice = br#"{"iss":"0oa1","sub":"0oa1","aud":"a","exp":1,"\u0065xp":9}"#;
    assert!(Claims::parse(twice).is_none());
}

#[test]
fn one_use_is_remembered_by_jti_or_by_what_was_signed() {
    let client = Client::es256("k1");
    let once = |claims: &Value| {
        let token = client.assert(claims);
        verify(&client.jwks(), &token).unwrap().single_use(&token)
    };
    // ECDSA signs differently each time; the use is the same.
    assert_eq!(once(&claims()), once(&claims()));
    assert_eq!(once(&without("jti")), once(&without("jti")));
    assert_ne!(once(&claims()).key, once(&with("jti", json!("two"))).key);
    assert_ne!(once(&claims()).key, once(&without("jti")).key);
    let remembered = once(&claims()).expires.seconds();
    assert!(remembered >= NOW.seconds() + 300);
}
