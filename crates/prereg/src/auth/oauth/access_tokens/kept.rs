//! The keys of access tokens, as the database keeps them, sealed: a line with the
//! private key that signs; then two for each that signed before and still counts,
//! with its public half and the second until which its tokens do.

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
    /// Those that signed before it, the last first.
    pub(super) before: Vec<Before>,
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
            before: Vec::new(),
        }
    }

    /// What the database has; the first key is drawn where it has none.
    pub(super) async fn load(db: &Database) -> Result<Self, StoreError> {
        Self::read(&stored(db).await?).ok_or_else(damaged)
    }

    /// Lets a new key sign, in the database. Tokens of the keys before it count
    /// for `afterlife` from now on, or not at all.
    pub(super) async fn rotate(
        db: &Database,
        now: Timestamp,
        afterlife: Option<u64>,
    ) -> Result<Self, StoreError> {
        loop {
            let known = stored(db).await?;
            let next = Self::read(&known).ok_or_else(damaged)?;
            let next = next.followed(now, afterlife)?;
            let text = next.write();
            // Where another process was faster, its key is one to follow too.
            if db.exchange_secret(SECRET, &known, text.as_bytes()).await? {
                return Ok(next);
            }
        }
    }

    fn followed(self, now: Timestamp, afterlife: Option<u64>) -> Result<Self, StoreError> {
        let before = afterlife.map_or_else(Vec::new, |seconds| {
            let last = Before {
                key: self.current.public().clone(),
                until: now.plus_seconds(seconds),
            };
            let earlier = self.before.into_iter().filter(|one| now < one.until);
            [last].into_iter().chain(earlier).collect()
        });
        Ok(Self {
            current: named(draw()?),
            before,
        })
    }

    /// The name of the key that signs.
    pub(super) fn kid(&self) -> &str {
        self.current.public().kid().unwrap_or_default()
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = text.split(|byte| *byte == b'\n');
        let current = PrivateJwk::from_json(lines.next()?).ok()?;
        let mut before = Vec::new();
        while let Some(key) = lines.next() {
            let until = std::str::from_utf8(lines.next()?).ok()?;
            before.push(Before {
                key: PublicJwk::from_json(key).ok()?,
                until: Timestamp::from_seconds(until.parse().ok()?),
            });
        }
        Some(Self {
            current: named(current),
            before,
        })
    }

    fn write(&self) -> Zeroizing<String> {
        let current = self.current.to_json();
        let lines = self
            .before
            .iter()
            .map(|Before { key, until }| format!("\n{}\n{}", key.to_json(), until.seconds()));
        let before: String = lines.collect();
        // Room first: a text that moves would leave its secret behind.
        let mut text = Zeroizing::new(String::with_capacity(current.len() + before.len()));
        text.push_str(&current);
        text.push_str(&before);
        text
    }
}

async fn stored(db: &Database) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    if let Some(text) = db.secret(SECRET).await? {
        return Ok(text);
    }
    let first = Kept::one(draw()?);
    // Another process may have been first; then its key counts.
    db.insert_secret(SECRET, first.write().as_bytes()).await?;
    db.secret(SECRET).await?.ok_or_else(damaged)
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
        assert_eq!((bare.kid(), bare.before.len()), (first.kid(), 0));
        let now = Timestamp::from_seconds(1_800_000_000);
        let second = first.followed(now, Some(960)).unwrap();
        let third = second.followed(now.plus_seconds(60), Some(960)).unwrap();
        let read = Kept::read(third.write().as_bytes()).unwrap();
        assert_eq!(read.kid(), third.kid());
        let until = |kept: &Kept| -> Vec<_> {
            let of = |one: &Before| (one.key.kid().map(str::to_owned), one.until);
            kept.before.iter().map(of).collect()
        };
        assert_eq!(until(&read), until(&third));
        let seconds = read.before.iter().map(|one| one.until.seconds());
        assert_eq!(seconds.collect::<Vec<_>>(), [1_800_001_020, 1_800_000_960]);
        // What signed before is kept without its private half.
        assert_eq!(third.write().matches("\"d\"").count(), 1);
        let later = third.followed(now.plus_seconds(960), Some(960)).unwrap();
        assert_eq!(later.before.len(), 2, "the first has run out");
        let alone = later.followed(now, None).unwrap();
        assert!(alone.before.is_empty());
        for damaged in ["", "{}", "{}\n{}\n7", &format!("{}\n", *alone.write())] {
            assert!(Kept::read(damaged.as_bytes()).is_none(), "{damaged}");
        }
    }
}
