//! Sealing at rest: key-encryption keys, data keys, and what binds a secret to its row.
