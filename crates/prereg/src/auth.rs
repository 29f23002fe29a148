//! Who calls: API tokens, OAuth clients, access tokens, scopes.
