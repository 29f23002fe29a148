//! API tokens: an id that finds the row and a secret of which only the digest
//! is kept.

use std::fmt;

use jose_core::base64url;
use prereg_types::Timestamp;
use rand_core::TryCryptoRng;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Scopes;
use crate::store::{NewToken, TokenKind};

/// Characters of an id: three of the kind, then letters and digits.
const ID_CHARACTERS: usize = 20;
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// Names a token; no secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TokenId(String);

/// A whole token, `<id>.<secret>`: whoever has it is the caller. Wiped when
/// dropped.
pub(crate) struct ApiToken {
    id: TokenId,
    text: Zeroizing<String>,
}

impl ApiToken {
    /// Draws a token of that kind.
    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(
        kind: TokenKind,
        rng: &mut R,
    ) -> Result<Self, jose_core::Error> {
        let id = TokenId::generate(kind, rng)?;
        let mut secret = Zeroizing::new([0u8; SECRET_BYTES]);
        rng.try_fill_bytes(&mut *secret)
            .map_err(|_| jose_core::Error::RandomnessFailed)?;
        let mut text = Zeroizing::new(String::with_capacity(80));
        text.push_str(id.as_str());
        text.push('.');
        base64url::encode_to(&*secret, &mut text);
        Ok(Self { id, text })
    }

    /// Reads what a caller sent; nothing where it cannot be a token of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        let well_formed = base64url::decoded_len(secret.len()) == Ok(SECRET_BYTES)
            && secret.bytes().all(is_base64url);
        well_formed.then_some(())?;
        Some(Self {
            id: TokenId::parse(id)?,
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Its id.
    pub(crate) const fn id(&self) -> &TokenId {
        &self.id
    }

    /// The token itself, to be shown once.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// What the database keeps. A plain digest is enough: the secret has 256
    /// random bits, so there is nothing to guess.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// Whether the digest is that of this token, in constant time.
    pub(crate) fn matches(&self, digest: &[u8; 32]) -> bool {
        self.digest().ct_eq(digest).into()
    }

    /// The row to keep for it.
    pub(crate) fn to_row(
        &self,
        kind: TokenKind,
        name: &str,
        scopes: Scopes,
        created: Timestamp,
        expires: Option<Timestamp>,
    ) -> NewToken {
        NewToken {
            id: self.id.to_string(),
            kind,
            name: name.to_owned(),
            digest: self.digest(),
            scopes: scopes.names(),
            created,
            expires,
        }
    }
}

impl TokenId {
    /// Reads an id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let well_formed =
            text.len() == ID_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The prefix of the kind and 17 random letters and digits. Taken from a
    /// user id, which is drawn in the same shape.
    fn generate<R: TryCryptoRng + ?Sized>(
        kind: TokenKind,
        rng: &mut R,
    ) -> Result<Self, jose_core::Error> {
        let drawn = prereg_types::UserId::generate(rng)?;
        let random = drawn.as_str().get(3..).unwrap_or_default();
        Ok(Self(format!("{}{random}", prefix(kind))))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiToken({}, secret redacted)", self.id)
    }
}

/// What ids begin with, so that people and secret scanners can tell them apart.
/// The kind that counts is the one in the database.
const fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Okta => "00T",
        TokenKind::Yubico => "fpr",
        TokenKind::Admin => "adm",
    }
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;

    use super::*;

    #[test]
    fn a_token_survives_its_text_and_prints_redacted() {
        for kind in TokenKind::ALL {
            let token = ApiToken::generate(kind, &mut SysRng).unwrap();
            let read = ApiToken::parse(token.expose()).unwrap();
            assert_eq!(read.id(), token.id());
            assert!(read.matches(&token.digest()));
            assert!(token.id().as_str().starts_with(prefix(kind)));
            let (_, secret) = token.expose().split_once('.').unwrap();
            assert!(!format!("{token:?}").contains(secret));
        }
    }

    #[test]
    fn neither_another_secret_nor_another_id_matches() {
        let token = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
        let other = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
        let (_, secret) = token.expose().split_once('.').unwrap();
        let moved = ApiToken::parse(&format!("{}.{secret}", other.id())).unwrap();
        assert!(!other.matches(&token.digest()));
        assert!(!moved.matches(&token.digest()));
        assert!(!moved.matches(&other.digest()));
    }

    #[test]
    fn what_cannot_be_a_token_is_not_looked_up() {
        let token = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
        let (id, secret) = token.expose().split_once('.').unwrap();
        let wrong = [
            String::new(),
            ".".into(),
            id.into(),
            format!("{id}."),
            format!(".{secret}"),
            format!("{id}{secret}"),
            format!("{id}.{secret}A"),
            format!("{id}. {}", secret.get(1..).unwrap()),
            format!("{id}.{secret}="),
            format!("{id}\0.{secret}"),
            format!("{id}.{secret}.{secret}"),
            "x".repeat(100_000),
        ];
        for text in wrong {
            assert!(ApiToken::parse(&text).is_none(), "{text:.80}");
        }
    }
}
