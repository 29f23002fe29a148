//! The keys of access tokens, as the database keeps them, sealed: a line with the
//! private key that signs; after a rotation two more, with the public key that
//! signed before and the second until which its tokens count.

use getrandom::SysRng;
use jose_core::jwk::{KeyUse, PrivateJwk, PublicJwk};
use prereg_types::Timestamp;
use relying_party::store::StoreError;
use zeroize::Zeroizing;

use crate::store::Database;

/// The name of the sealed keys in the database.
const SECRET: &str = "oauth.signing_key";

/// What is kept.
pub(super) struct Kept {
    /// The key that signs.
    pub(super) current: PrivateJwk,
    /// The one that signed before it.
    pub(super) before: Option<Before>,
}

/// A key that signs no more.
pub(super) struct Before {
    pub(super) key: PublicJwk,
    /// When the last token that it signed has run out.
    pub(super) until: Timestamp,
}

impl Kept {
    /// A key that signs alone.
    pub(super) fn one(key: PrivateJwk) -> Self {
        Self {
            current: named(key),
            before: None,
        }
    }

    /// What the database has; the first key is drawn where it has none.
    pub(super) async fn load(db: &Database) -> Result<Self, StoreError> {
        if let Some(text) = db.secret(SECRET).await? {
            return Self::read(&text).ok_or_else(damaged);
        }
        let first = Self::one(draw()?);
        // Another process may have been first; then its key counts.
        db.insert_secret(SECRET, first.write().as_bytes()).await?;
        let text = db.secret(SECRET).await?;
        text.and_then(|text| Self::read(&text)).ok_or_else(damaged)
    }

    /// Another key signs from now on. Tokens of this one count until then, or not
    /// at all.
    pub(super) fn followed(self, until: Option<Timestamp>) -> Result<Self, StoreError> {
        let key = self.current.public().clone();
        Ok(Self {
            current: named(draw()?),
            before: until.map(|until| Before { key, until }),
        })
    }

    /// Keeps it in the database, in the place of what is there.
    pub(super) async fn save(&self, db: &Database) -> Result<(), StoreError> {
        db.replace_secret(SECRET, self.write().as_bytes()).await
    }

    /// The name of the key that signs.
    pub(super) fn kid(&self) -> &str {
        self.current.public().kid().unwrap_or_default()
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = text.split(|byte| *byte == b'\n');
        let current = PrivateJwk::from_json(lines.next()?).ok()?;
        let before = match (lines.next(), lines.next()) {
            (Some(key), Some(until)) => Some(Before {
                key: PublicJwk::from_json(key).ok()?,
                until: Timestamp::from_seconds(std::str::from_utf8(until).ok()?.parse().ok()?),
            }),
            (None, None) => None,
            _ => return None,
        };
        Some(Self {
            current: named(current),
            before,
        })
    }

    fn write(&self) -> Zeroizing<String> {
        let current = self.current.to_json();
        let Some(Before { key, until }) = &self.before else {
            return current;
        };
        let before = format!("\n{}\n{}", key.to_json(), until.seconds());
        // Room first: a text that moves would leave its secret behind.
        let mut text = Zeroizing::new(String::with_capacity(current.len() + before.len()));
        text.push_str(&current);
        text.push_str(&before);
        text
    }
}

fn draw() -> Result<PrivateJwk, StoreError> {
    let drawn = PrivateJwk::generate(&mut SysRng);
    drawn.map_err(|error| StoreError(format!("secret {SECRET}: {error}")))
}

/// With its thumbprint as its name, and what it is for.
fn named(key: PrivateJwk) -> PrivateJwk {
    let kid = key.public().thumbprint().to_base64url();
    key.with_kid(&kid).with_use(KeyUse::Sig).with_alg("ES384")
}

fn damaged() -> StoreError {
    StoreError(format!("secret {SECRET}: the stored value is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let first = Kept::one(draw().unwrap());
        let bare = Kept::read(first.write().as_bytes()).unwrap();
        assert_eq!((bare.kid(), bare.before.is_none()), (first.kid(), true));
        let kid = first.kid().to_owned();
        let until = Timestamp::from_seconds(1_800_000_000);
        let second = first.followed(Some(until)).unwrap();
        let read = Kept::read(second.write().as_bytes()).unwrap();
        assert_eq!(read.kid(), second.kid());
        let before = read.before.unwrap();
        assert_eq!(
            (before.key.kid(), before.until),
            (Some(kid.as_str()), until)
        );
        // What signed before is kept without its private half.
        let second_line = second.write().split('\n').nth(1).unwrap().to_owned();
        assert!(!second_line.contains("\"d\""));
        let alone = second.followed(None).unwrap();
        assert!(alone.before.is_none());
        for damaged in ["", "{}", "{}\n{}\n7", &format!("{}\n", *alone.write())] {
            assert!(Kept::read(damaged.as_bytes()).is_none(), "{damaged}");
        }
    }
}
