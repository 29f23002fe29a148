//! What can be wrong with a value that a caller hands in.

use core::fmt;

/// Why an operation was refused. No variant carries a value, secret or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// A coordinate is p or more, or the two do not satisfy the curve's
    /// equation (SP 800-56A §5.6.2.3.4).
    NotOnCurve,
    /// A secret scalar is zero, or n or more.
    ScalarOutOfRange,
    /// The signature does not belong to this key and digest, or one of its
    /// halves is not in 1…n − 1 (FIPS 186-5 §6.4.2).
    SignatureInvalid,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOnCurve => "the coordinates are not those of a point of P-384",
            Self::ScalarOutOfRange => "the scalar is not in 1…n−1",
            Self::SignatureInvalid => "the signature is invalid for this key and digest",
        })
    }
}

impl core::error::Error for Error {}
