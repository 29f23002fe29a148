//! The judges of the tests: the integers of `crypto-bigint` modulo p, and the
//! points of `p384`.

use p384::elliptic_curve::PrimeField as _;
use p384::elliptic_curve::bigint::{NonZero, U384};
use p384::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
use p384::{AffinePoint, FieldBytes, ProjectivePoint, Sec1Point};

use crate::field::{Coordinates, P};
use crate::limbs::{self, Limbs};
use crate::scalar::Scalar;

/// An integer modulo p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element(U384);

impl Element {
    pub(crate) fn new(limbs: &Limbs) -> Self {
        Self(U384::from_be_slice(&limbs::to_be_bytes(limbs)))
    }

    pub(crate) fn limbs(&self) -> Limbs {
        let bytes = self.0.to_be_bytes();
        let mut array = [0; 48];
        array.copy_from_slice(bytes.as_ref());
        limbs::from_be_bytes(&array)
    }

    fn modulus() -> NonZero<U384> {
        NonZero::new(Self::new(&P).0).unwrap()
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        Self(self.0.add_mod(&other.0, &Self::modulus()))
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        Self(self.0.sub_mod(&other.0, &Self::modulus()))
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        Self(self.0.mul_mod(&other.0, &Self::modulus()))
    }

    /// 1/self, and zero for zero.
    pub(crate) fn invert(&self) -> Self {
        Self(Option::from(self.0.invert_mod(&Self::modulus())).unwrap_or(U384::ZERO))
    }
}

/// The same scalar.
pub(crate) fn scalar(scalar: &Scalar) -> p384::Scalar {
    p384::Scalar::from_repr(scalar.to_bytes().into()).unwrap()
}

/// The same point, which must be one of the curve.
pub(crate) fn point(point: &Coordinates) -> ProjectivePoint {
    let encoded = Sec1Point::from_affine_coordinates(
        &FieldBytes::from(limbs::to_be_bytes(&point.x)),
        &FieldBytes::from(limbs::to_be_bytes(&point.y)),
        false,
    );
    AffinePoint::from_sec1_point(&encoded).unwrap().into()
}

/// The coordinates of the oracle's point, none for the identity.
pub(crate) fn coordinates(point: &ProjectivePoint) -> Option<Coordinates> {
    let encoded = point.to_affine().to_sec1_point(false);
    let limbs = |bytes: &FieldBytes| limbs::from_be_bytes(&(*bytes).into());
    Some(Coordinates {
        x: limbs(encoded.x()?),
        y: limbs(encoded.y()?),
    })
}

/// k·G.
pub(crate) fn multiple_of_generator(k: &Scalar) -> Coordinates {
    coordinates(&(ProjectivePoint::GENERATOR * scalar(k))).unwrap()
}

/// A point with this x, where the curve has one.
pub(crate) fn lift(x: &Limbs) -> Option<Coordinates> {
    let mut compressed = [2; 49];
    compressed[1..].copy_from_slice(&limbs::to_be_bytes(x));
    let point = p384::PublicKey::from_sec1_bytes(&compressed).ok()?;
    coordinates(&point.to_projective())
}
