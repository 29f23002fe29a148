//! Public keys: points of the curve, as callers hand them in and get them back.

use crate::backend::serial::point::Affine;
use crate::error::Error;
use crate::field::{self, Coordinates};
use crate::limbs::{self, BYTES};

/// A point of the curve other than the identity: a valid public key, because
/// the curve's cofactor is 1 (SP 800-56A §5.6.2.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(Coordinates);

impl PublicKey {
    /// Takes affine coordinates, big-endian; in variable time.
    ///
    /// # Errors
    /// [`Error::NotOnCurve`] where one is p or more, or where they do not
    /// satisfy the curve's equation.
    pub fn from_coordinates(x: &[u8; BYTES], y: &[u8; BYTES]) -> Result<Self, Error> {
        let x = field::from_bytes(x).ok_or(Error::NotOnCurve)?;
        let y = field::from_bytes(y).ok_or(Error::NotOnCurve)?;
        let point = Coordinates { x, y };
        if Affine::from_coordinates(&point).is_on_curve_vartime() {
            Ok(Self(point))
        } else {
            Err(Error::NotOnCurve)
        }
    }

    /// The affine x, big-endian.
    pub fn x(&self) -> [u8; BYTES] {
        limbs::to_be_bytes(&self.0.x)
    }

    /// The affine y, big-endian.
    pub fn y(&self) -> [u8; BYTES] {
        limbs::to_be_bytes(&self.0.y)
    }

    /// For a point that was calculated, and so is on the curve.
    pub(crate) const fn from_calculated(point: Coordinates) -> Self {
        Self(point)
    }

    pub(crate) const fn coordinates(&self) -> &Coordinates {
        &self.0
    }
}
