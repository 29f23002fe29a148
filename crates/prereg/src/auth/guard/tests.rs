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
