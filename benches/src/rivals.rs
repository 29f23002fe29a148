//! The contests of the headline, all checked before anything is timed.

use crate::interleave::Contest;
use crate::{bare, tokens};

/// jose4rs on AWS-LC, the fastest JOSE library measured.
pub const JOSE4RS: &str = "jose4rs 0.6";
/// AWS-LC through aws-lc-rs, the fastest curve arithmetic with a Rust API.
pub const AWS_LC: &str = "aws-lc-rs 1.19";
/// The `RustCrypto` curve, the engine's oracle.
pub const P384: &str = "p384 0.14";

/// Everything the headline measures, in the order it prints.
///
/// # Panics
/// Where ours and a rival's results differ: a wrong answer has no speed.
pub fn contests() -> Vec<Contest> {
    let mut contests = tokens::contests();
    contests.extend(bare::contests());
    contests
}
