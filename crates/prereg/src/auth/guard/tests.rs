use std::sync::Mutex;

use axum::http::{HeaderValue, header};
use getrandom::SysRng;

use super::*;
use crate::auth::{Scope, Scopes};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

/// One token in memory, and how often its use was noted.
#[derive(Default)]
struct Memory {
    row: Mutex<Option<StoredToken>>,
    touches: Mutex<u32>,
}

impl TokenStore for &Memory {
    async fn token(&self, id: &TokenId) -> Result<Option<StoredToken>, StoreError> {
        let row = self.row.lock().unwrap().clone();
        Ok(row.filter(|row| row.id == *id))
    }

    async fn touch_token(&self, _: &TokenId, now: Timestamp) -> Result<(), StoreError> {
        *self.touches.lock().unwrap() += 1;
        if let Some(row) = self.row.lock().unwrap().as_mut() {
            row.last_used = Some(now);
        }
        Ok(())
    }
}

impl Memory {
    fn with(kind: TokenKind, scope: Scope) -> (Self, ApiToken) {
        let token = ApiToken::generate(kind, &mut SysRng).unwrap();
        let new = token.to_row(kind, "test", Scopes::of(&[scope]), NOW, None);
        let row = StoredToken {
            id: new.id,
            kind: new.kind,
            name: new.name,
            digest: new.digest,
            scopes: new.scopes,
            created: new.created,
            expires: new.expires,
            revoked: None,
            last_used: None,
        };
        let memory = Self::default();
        *memory.row.lock().unwrap() = Some(row);
        (memory, token)
    }

    fn change(&self, change: impl FnOnce(&mut StoredToken)) {
        change(self.row.lock().unwrap().as_mut().unwrap());
    }

    fn ask(&self, kind: TokenKind, header: &str, now: Timestamp) -> Result<Caller, AuthError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_str(header).unwrap(),
        );
        pollster::block_on(Guard::new(self, kind).authenticate(&headers, now))
    }
}

#[test]
fn a_token_opens_its_facade_by_its_scheme_only() {
    let (memory, token) = Memory::with(TokenKind::Okta, Scope::UsersRead);
    let text = token.expose();
    for header in [
        format!("SSWS {text}"),
        format!("SSWS{text}"),
        format!("ssws {text}"),
    ] {
        let caller = memory.ask(TokenKind::Okta, &header, NOW).unwrap();
        assert_eq!(caller.id(), token.id().as_str());
        assert_eq!(caller.require(Scope::UsersRead), Ok(()));
        let refused = Err(AuthError::Forbidden(Scope::UsersManage));
        assert_eq!(caller.require(Scope::UsersManage), refused);
    }
    let bearer = format!("Bearer {text}");
    assert!(memory.ask(TokenKind::Okta, &bearer, NOW).is_err());
    assert_eq!(
        memory.ask(TokenKind::Yubico, &bearer, NOW),
        Err(Unauthenticated::OtherKind.into())
    );
}

#[test]
fn the_id_alone_opens_nothing() {
    let (memory, token) = Memory::with(TokenKind::Okta, Scope::UsersRead);
    let other = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
    let (_, secret) = other.expose().split_once('.').unwrap();
    let forged = format!("SSWS {}.{secret}", token.id());
    let unknown = Err(Unauthenticated::Unknown.into());
    assert_eq!(memory.ask(TokenKind::Okta, &forged, NOW), unknown);
    let stranger = format!("SSWS {}", other.expose());
    assert_eq!(memory.ask(TokenKind::Okta, &stranger, NOW), unknown);
}

#[test]
fn a_token_ends_with_its_expiry_and_with_its_revocation() {
    let (memory, token) = Memory::with(TokenKind::Okta, Scope::UsersRead);
    let header = format!("SSWS {}", token.expose());
    memory.change(|row| row.expires = Some(NOW.plus_seconds(10)));
    assert!(
        memory
            .ask(TokenKind::Okta, &header, NOW.plus_seconds(9))
            .is_ok()
    );
    assert_eq!(
        memory.ask(TokenKind::Okta, &header, NOW.plus_seconds(10)),
        Err(Unauthenticated::Expired.into())
    );
    memory.change(|row| row.revoked = Some(NOW));
    assert_eq!(
        memory.ask(TokenKind::Okta, &header, NOW),
        Err(Unauthenticated::Revoked.into())
    );
}

#[test]
fn the_last_use_is_noted_once_a_minute() {
    let (memory, token) = Memory::with(TokenKind::Yubico, Scope::ShipmentsRead);
    let header = format!("Bearer {}", token.expose());
    for second in 0..120 {
        let now = NOW.plus_seconds(second);
        memory.ask(TokenKind::Yubico, &header, now).unwrap();
    }
    assert_eq!(*memory.touches.lock().unwrap(), 2);
}
