use axum::http::{HeaderValue, header};
use getrandom::SysRng;

use super::*;
use crate::auth::Scope;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

fn token(kind: TokenKind) -> (ApiToken, StoredToken) {
    let token = ApiToken::generate(kind, &mut SysRng).unwrap();
    let scopes = Scopes::of(&[Scope::UsersRead]);
    let row = token.to_row(kind, "test", scopes, NOW, Some(NOW.plus_seconds(10)));
    let stored = StoredToken {
        token: row,
        revoked: None,
        last_used: None,
    };
    (token, stored)
}

#[test]
fn the_id_alone_opens_nothing() {
    let (token, stored) = token(TokenKind::Okta);
    let other = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
    let (_, secret) = other.expose().split_once('.').unwrap();
    let forged = ApiToken::parse(&format!("{}.{secret}", token.id())).unwrap();
    let unknown = Err(Unauthenticated::Unknown);
    assert_eq!(check(&forged, &stored, TokenKind::Okta, NOW), unknown);
    assert_eq!(check(&token, &stored, TokenKind::Okta, NOW), Ok(()));
}

#[test]
fn a_token_opens_its_own_facade_only() {
    for kind in TokenKind::ALL {
        let (token, stored) = token(kind);
        for door in TokenKind::ALL {
            let expected = if door == kind {
                Ok(())
            } else {
                Err(Unauthenticated::OtherKind)
            };
            assert_eq!(check(&token, &stored, door, NOW), expected);
        }
    }
}

#[test]
fn a_token_ends_with_its_expiry_and_with_its_revocation() {
    let (token, mut stored) = token(TokenKind::Okta);
    let at = |stored: &StoredToken, seconds| {
        check(&token, stored, TokenKind::Okta, NOW.plus_seconds(seconds))
    };
    assert_eq!(at(&stored, 9), Ok(()));
    assert_eq!(at(&stored, 10), Err(Unauthenticated::Expired));
    stored.revoked = Some(NOW);
    assert_eq!(at(&stored, 0), Err(Unauthenticated::Revoked));
}

async fn ask(db: &Database, kind: TokenKind, header: &str) -> Result<Caller, AuthError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_str(header).unwrap(),
    );
    Guard::new(db.clone(), kind)
        .authenticate(&headers, NOW)
        .await
}

#[tokio::test]
async fn a_token_opens_its_facade_by_its_scheme_until_it_is_revoked() {
    let db = Database::scratch().await;
    let (okta, stored) = token(TokenKind::Okta);
    let (yubico, other) = token(TokenKind::Yubico);
    for row in [&stored.token, &other.token] {
        db.insert_token(row).await.unwrap();
    }
    let text = okta.expose();
    for header in [
        format!("SSWS {text}"),
        format!("SSWS{text}"),
        format!("ssws {text}"),
    ] {
        let caller = ask(&db, TokenKind::Okta, &header).await.unwrap();
        assert_eq!(caller.id(), okta.id().as_str());
        assert_eq!(caller.require(Scope::UsersRead), Ok(()));
        let forbidden = Err(AuthError::Forbidden(Scope::UsersManage));
        assert_eq!(caller.require(Scope::UsersManage), forbidden);
    }
    let bearer = format!("Bearer {}", yubico.expose());
    assert!(ask(&db, TokenKind::Yubico, &bearer).await.is_ok());
    let malformed = Err(Unauthenticated::Malformed.into());
    let swapped = [
        (TokenKind::Okta, format!("Bearer {text}")),
        (TokenKind::Yubico, format!("SSWS {}", yubico.expose())),
    ];
    for (kind, header) in swapped {
        assert_eq!(ask(&db, kind, &header).await, malformed);
    }
    let ssws = format!("SSWS {}", yubico.expose());
    let other_kind = Err(Unauthenticated::OtherKind.into());
    assert_eq!(ask(&db, TokenKind::Okta, &ssws).await, other_kind);
    db.revoke_token(okta.id().as_str(), NOW).await.unwrap();
    let revoked = Err(Unauthenticated::Revoked.into());
    assert_eq!(
        ask(&db, TokenKind::Okta, &format!("SSWS {text}")).await,
        revoked
    );
}
