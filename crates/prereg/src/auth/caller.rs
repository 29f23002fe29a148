//! Who calls, once that is known.

use prereg_types::api::Actor;

use super::{AuthError, RateKey, Scope, Scopes, TokenId};

/// A caller whose credential was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The credential.
    pub(crate) credential: Credential,
    /// The name that its owner gave it.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) scopes: Scopes,
}

/// What a caller showed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// An API token.
    Token(TokenId),
    /// An access token of that OAuth client.
    Client(String),
}

impl Caller {
    /// Goes on only with this scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), AuthError> {
        if self.scopes.grants(scope) {
            return Ok(());
        }
        Err(AuthError::Forbidden(scope))
    }

    /// The caller as the system log and the audit log name it.
    pub(crate) fn actor(&self) -> Actor {
        let kind = match self.credential {
            Credential::Token(_) => "SystemPrincipal",
            Credential::Client(_) => "PublicClientApp",
        };
        Actor {
            id: self.id().to_owned(),
            kind: kind.to_owned(),
            alternate_id: self.id().to_owned(),
            display_name: self.name.clone(),
        }
    }

    /// What its calls are counted under.
    pub(crate) fn rate_key(&self) -> RateKey {
        RateKey::Credential(self.credential.clone())
    }

    /// The id of the token or client.
    pub(crate) fn id(&self) -> &str {
        match &self.credential {
            Credential::Token(id) => id.as_str(),
            Credential::Client(id) => id,
        }
    }
}
