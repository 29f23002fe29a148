//! What every listener shares: the server, request ids, limits.
