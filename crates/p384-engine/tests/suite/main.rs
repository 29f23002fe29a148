//! The public interface on every backend, judged by `p384` and Wycheproof.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is called from tests fails them so"
)]
#![expect(clippy::doc_markdown, reason = "formulas are not code")]

mod corpus;
mod differential;
mod ecdh;
mod ecdsa;
mod exceptional;
mod subject;
mod wycheproof;
