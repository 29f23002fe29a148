//! What is judged: each backend, with points and scalars from the oracle.

use p384::elliptic_curve::PrimeField as _;
use p384::elliptic_curve::sec1::ToSec1Point as _;
use p384::{ProjectivePoint, Scalar};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window};

pub(crate) const WINDOWS: [Window; 5] =
    [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

/// Sizes around those of a vector and of two.
pub(crate) const SIZES: [usize; 8] = [0, 1, 7, 8, 9, 16, 17, 64];

/// Every backend that runs on this processor.
pub(crate) fn backends() -> Vec<Backend> {
    let mut backends = vec![Backend::Serial, Backend::Lanes];
    let detected = Backend::detect();
    if !backends.contains(&detected) {
        backends.push(detected);
    }
    backends
}

/// A scalar without a pattern, another for each number.
pub(crate) fn scalar(number: u64) -> Scalar {
    let mut power = Scalar::from(number + 3);
    for _ in 0..9 {
        power = power * power + Scalar::from(number);
    }
    power
}

pub(crate) fn bytes(scalar: &Scalar) -> [u8; 48] {
    scalar.to_repr().into()
}

pub(crate) fn secret(scalar: &Scalar) -> SecretScalar {
    SecretScalar::from_bytes(&bytes(scalar)).unwrap()
}

/// The same point, which must not be the identity.
pub(crate) fn public(point: &ProjectivePoint) -> PublicKey {
    let encoded = point.to_affine().to_sec1_point(false);
    let x = (*encoded.x().unwrap()).into();
    let y = (*encoded.y().unwrap()).into();
    PublicKey::from_coordinates(&x, &y).unwrap()
}

/// x of a point other than the identity.
pub(crate) fn x(point: &ProjectivePoint) -> [u8; 48] {
    public(point).x()
}

pub(crate) fn prepared(point: &ProjectivePoint, window: Window, backend: Backend) -> PreparedKey {
    PreparedKey::prepare(&public(point), window, backend)
}

/// A number below p modulo n.
pub(crate) fn reduce(x: &[u8; 48]) -> Scalar {
    let byte = |sum, byte: &u8| sum * Scalar::from(256_u64) + Scalar::from(u64::from(*byte));
    x.iter().fold(Scalar::ZERO, byte)
}
