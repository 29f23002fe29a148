//! API tokens: of each only the digest is kept.

use prereg_types::Timestamp;

/// Which door a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TokenKind {
    /// The relying party's API (`SSWS`).
    Okta,
    /// The fulfillment provider's API (`Bearer`).
    Yubico,
    /// The page and its actions.
    Admin,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewToken {
    /// Its public name; not secret.
    pub(crate) id: String,
    /// Which door it opens.
    pub(crate) kind: TokenKind,
    /// What its owner calls it.
    pub(crate) name: String,
    /// SHA-256 of the token.
    pub(crate) digest: [u8; 32],
    /// What it may be used for.
    pub(crate) scopes: Vec<String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it runs out; never, where absent.
    pub(crate) expires: Option<Timestamp>,
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredToken {
    /// What was inserted.
    pub(crate) token: NewToken,
    /// When it was revoked, if it was.
    pub(crate) revoked: Option<Timestamp>,
    /// When it was used last, to a minute or so.
    pub(crate) last_used: Option<Timestamp>,
}

impl TokenKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Okta, Self::Yubico, Self::Admin];

    /// The name of the kind, in lower case.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Yubico => "yubico",
            Self::Admin => "admin",
        }
    }

    /// The kind of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl StoredToken {
    /// Whether it counts at that moment: neither revoked nor run out.
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.token.expires.is_none_or(|expires| now < expires)
    }
}
