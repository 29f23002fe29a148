use getrandom::SysRng;
use jose_core::Backend;
use jose_core::base64url;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer};
use prereg_types::Timestamp;
use serde_json::json;

use crate::auth::oauth::AccessTokens;
use crate::auth::{Scope, Scopes, Unauthenticated};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ISSUER: &str = "https://acme.okta.example";

fn key() -> PrivateJwk {
    PrivateJwk::generate(&mut SysRng).unwrap()
}

fn scopes() -> Scopes {
    Scopes::of(&[Scope::UsersRead, Scope::LogsRead])
}

#[test]
fn an_access_token_says_whose_it_is_and_what_for_until_it_runs_out() {
    let tokens = AccessTokens::new(key(), ISSUER).unwrap();
    let token = tokens.issue("0oa1", scopes(), NOW).unwrap();
    let read = tokens.verify(&token, NOW.plus_seconds(899)).unwrap();
    assert_eq!((read.client.as_str(), read.scopes), ("0oa1", scopes()));
    let late = tokens.verify(&token, NOW.plus_seconds(900));
    assert_eq!(late, Err(Unauthenticated::Expired));
}

#[test]
fn another_server_s_token_and_one_for_another_issuer_are_refused() {
    let shared = key();
    let tokens = AccessTokens::new(shared.clone(), ISSUER).unwrap();
    let stranger = AccessTokens::new(key(), ISSUER).unwrap();
    let foreign = stranger.issue("0oa1", scopes(), NOW).unwrap();
    assert!(tokens.verify(&foreign, NOW).is_err());
    let moved = AccessTokens::new(shared, "https://other.example").unwrap();
    let elsewhere = moved.issue("0oa1", scopes(), NOW).unwrap();
    assert!(tokens.verify(&elsewhere, NOW).is_err());
}

#[test]
fn what_the_same_key_signed_as_another_type_is_no_access_token() {
    let key = key();
    let tokens = AccessTokens::new(key.clone(), ISSUER).unwrap();
    let good = tokens.issue("0oa1", scopes(), NOW).unwrap();
    let payload = base64url::decode(good.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let kid = key.public().thumbprint().to_base64url();
    let signer = Signer::prepare(&key.with_kid(&kid), Backend::default()).unwrap();
    for (typ, fits) in [("JWT", false), ("prereg-pin+jwt", false), ("at+jwt", true)] {
        let token = signer
            .sign(&payload, &SignHeader::new().with_typ(typ))
            .unwrap();
        assert_eq!(tokens.verify(&token, NOW).is_ok(), fits, "{typ}");
    }
}

#[test]
fn the_published_key_is_public_and_the_one_that_signs() {
    let key = key();
    let tokens = AccessTokens::new(key.clone(), ISSUER).unwrap();
    let published = JwkSet::<PublicJwk>::from_json(tokens.jwks().as_bytes()).unwrap();
    assert_eq!(published.keys().len(), 1);
    let jwk: serde_json::Value = serde_json::from_str(tokens.jwks()).unwrap();
    assert_eq!(jwk["keys"][0]["alg"], json!("ES384"));
    assert_eq!(jwk["keys"][0]["use"], json!("sig"));
    assert_eq!(jwk["keys"][0].get("d"), None);
    assert_eq!(published.keys()[0].thumbprint(), key.public().thumbprint());
    assert!(!format!("{tokens:?}").contains(&*key.to_json()));
}
