//! The tokens of a first start.

use getrandom::SysRng;
use relying_party::clock::Clock as _;
use zeroize::Zeroizing;

use super::ServiceError;
use crate::auth::{ApiToken, Scopes, audit};
use crate::clock::SystemClock;
use crate::store::{Database, TokenKind};

/// The name under which `prereg token list` shows them.
const NAME: &str = "first start";

/// The tokens of a first start, shown once: only digests are kept.
pub(crate) struct FirstTokens {
    /// For the relying party's API.
    pub(crate) okta: Zeroizing<String>,
    /// For the provider's API.
    pub(crate) yubico: Zeroizing<String>,
}

impl FirstTokens {
    /// Makes them, unless this directory has had its own.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub(super) async fn once(database: &Database) -> Result<Option<Self>, ServiceError> {
        let known = database.tokens().await?;
        if known.iter().any(|token| token.token.name == NAME) {
            return Ok(None);
        }
        Ok(Some(Self {
            okta: make(database, TokenKind::Okta).await?,
            yubico: make(database, TokenKind::Yubico).await?,
        }))
    }
}

async fn make(database: &Database, kind: TokenKind) -> Result<Zeroizing<String>, ServiceError> {
    let token = ApiToken::generate(kind, &mut SysRng)?;
    let row = token.to_row(kind, NAME, Scopes::all_of(kind), SystemClock.now(), None);
    let entry = audit::entry(audit::SERVER, "token.create", &row.id, row.created);
    audit::recorded(database, entry, database.insert_token(&row)).await?;
    Ok(Zeroizing::new(token.expose().to_owned()))
}
