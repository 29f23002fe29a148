use getrandom::SysRng;
use jose_core::Backend;
use jose_core::base64url;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer};
use prereg_types::Timestamp;
use serde_json::json;

use crate::auth::oauth::AccessTokens;
use crate::auth::{Scope, Scopes, Unauthenticated};
use crate::store::Database;

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
    let jwk: serde_json::Value = serde_json::from_str(&tokens.jwks()).unwrap();
    assert_eq!(jwk["keys"][0]["alg"], json!("ES384"));
    assert_eq!(jwk["keys"][0]["use"], json!("sig"));
    assert_eq!(jwk["keys"][0].get("d"), None);
    assert_eq!(published.keys()[0].thumbprint(), key.public().thumbprint());
    assert!(!format!("{tokens:?}").contains(&*key.to_json()));
}

fn published(tokens: &AccessTokens) -> usize {
    let set = JwkSet::<PublicJwk>::from_json(tokens.jwks().as_bytes()).unwrap();
    set.keys().len()
}

#[tokio::test]
async fn after_a_rotation_what_the_old_key_signed_counts_until_it_runs_out() {
    let db = Database::scratch().await;
    // Two servers, of which one has not looked yet.
    let server = AccessTokens::open(&db, ISSUER).await.unwrap();
    let slow = AccessTokens::open(&db, ISSUER).await.unwrap();
    let old = server.issue("0oa1", scopes(), NOW).unwrap();
    let kid = AccessTokens::rotate(&db, false, NOW).await.unwrap();
    let late = NOW.plus_seconds(5);
    let unaware = slow.issue("0oa1", scopes(), late).unwrap();
    server.look(&db, late).await.unwrap();
    assert_eq!(published(&server), 2);
    assert!(server.jwks().contains(&kid));
    let new = server.issue("0oa1", scopes(), late).unwrap();
    for token in [&old, &unaware, &new] {
        assert!(server.verify(token, late).is_ok());
    }
    // The last second of what the slow one has issued, and the end of the old key.
    assert!(server.verify(&unaware, NOW.plus_seconds(904)).is_ok());
    assert_eq!(
        server.verify(&old, NOW.plus_seconds(900)),
        Err(Unauthenticated::Expired)
    );
    let end = NOW.plus_seconds(960);
    let forged = slow.issue("0oa1", scopes(), end).unwrap();
    assert!(server.verify(&forged, end).is_err(), "the old key is gone");
    server.look(&db, end).await.unwrap();
    assert_eq!(published(&server), 1);
    let newer = server.issue("0oa1", scopes(), end).unwrap();
    assert!(server.verify(&newer, end).is_ok());
}

#[tokio::test]
async fn of_several_rotations_in_a_row_and_at_the_same_time_none_is_lost() {
    let db = Database::scratch().await;
    let server = AccessTokens::open(&db, ISSUER).await.unwrap();
    let first = server.issue("0oa1", scopes(), NOW).unwrap();
    let rotate = || AccessTokens::rotate(&db, false, NOW);
    let (one, two) = tokio::join!(rotate(), rotate());
    let three = rotate().await.unwrap();
    server.look(&db, NOW).await.unwrap();
    for kid in [one.unwrap(), two.unwrap(), three] {
        assert!(server.jwks().contains(&kid));
    }
    assert_eq!(published(&server), 4);
    assert!(server.verify(&first, NOW).is_ok());
    AccessTokens::rotate(&db, true, NOW).await.unwrap();
    server.look(&db, NOW).await.unwrap();
    assert_eq!(published(&server), 1);
    assert!(server.verify(&first, NOW).is_err());
}

#[tokio::test]
async fn a_key_that_leaked_is_refused_at_once() {
    let db = Database::scratch().await;
    let server = AccessTokens::open(&db, ISSUER).await.unwrap();
    let old = server.issue("0oa1", scopes(), NOW).unwrap();
    AccessTokens::rotate(&db, true, NOW).await.unwrap();
    server.look(&db, NOW).await.unwrap();
    assert!(server.verify(&old, NOW).is_err());
    assert_eq!(published(&server), 1);
    let new = server.issue("0oa1", scopes(), NOW).unwrap();
    let restarted = AccessTokens::open(&db, ISSUER).await.unwrap();
    assert!(restarted.verify(&new, NOW).is_ok());
}
