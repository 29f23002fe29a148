#![doc = include_str!("../../../docs/points.md")]

use zeroize::Zeroize;

use crate::backend::serial::field::Field;
use crate::ct::Mask;
use crate::field::Coordinates;

/// A point other than the identity, by its affine coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub(crate) struct Affine {
    pub(crate) x: Field,
    pub(crate) y: Field,
}

/// The point (x/zz, y/zzz), where zz³ = zzz²; the identity where zz = zzz = 0.
#[derive(Clone, Copy, Debug, Zeroize)]
pub(crate) struct Point {
    pub(crate) x: Field,
    pub(crate) y: Field,
    pub(crate) zz: Field,
    pub(crate) zzz: Field,
}

/// A point as a table stores it: x and y as [`Field`] does, in little-endian bytes.
pub(crate) type Packed = [u8; 96];

impl Affine {
    pub(crate) fn from_coordinates(point: &Coordinates) -> Self {
        Self {
            x: Field::from_canonical(&point.x),
            y: Field::from_canonical(&point.y),
        }
    }

    /// Whether y² = x³ − 3·x + b: public points only.
    pub(crate) fn is_on_curve_vartime(&self) -> bool {
        let three = Field::ONE.double().add(&Field::ONE);
        let cubic = self
            .x
            .square()
            .sub(&three)
            .mul(&self.x)
            .add(&Field::CURVE_B);
        self.y.square() == cubic
    }

    #[inline(always)]
    pub(crate) fn negate_if(&self, mask: Mask) -> Self {
        Self {
            x: self.x,
            y: self.y.negate_if(mask),
        }
    }

    /// 2·self: 5M + 2S with ZZ = 1. No point of P-384 has y = 0, so this is
    /// never the identity.
    pub(crate) fn double(&self) -> Point {
        let u = self.y.double();
        let v = u.square();
        let w = u.mul(&v);
        let s = self.x.mul(&v);
        let slope = times_three(&self.x.sub(&Field::ONE).mul(&self.x.add(&Field::ONE)));
        let x = slope.square().sub(&s.double());
        Point {
            y: Field::mul_sub(&slope, &s.sub(&x), &w, &self.y),
            x,
            zz: v,
            zzz: w,
        }
    }

    /// self + other, given 1/(other.x − self.x); not for ±self: 2M + 1S.
    #[inline(always)]
    pub(crate) fn add_with(&self, other: &Self, inverse: &Field) -> Self {
        let slope = other.y.sub(&self.y).mul(inverse);
        let x = slope.square().sub(&self.x).sub(&other.x);
        let y = slope.mul(&self.x.sub(&x)).sub(&self.y);
        Self { x, y }
    }

    pub(crate) fn pack(&self) -> Packed {
        let mut packed = [0; 96];
        let (chunks, _) = packed.as_chunks_mut::<8>();
        let limbs = self.x.to_limbs().into_iter().chain(self.y.to_limbs());
        for (chunk, limb) in chunks.iter_mut().zip(limbs) {
            *chunk = limb.to_le_bytes();
        }
        packed
    }

    #[inline(always)]
    pub(crate) fn unpack(packed: &Packed) -> Self {
        let limb = |i: usize| {
            packed
                .as_chunks::<8>()
                .0
                .get(i)
                .map_or(0, |chunk| u64::from_le_bytes(*chunk))
        };
        Self {
            x: Field::from_limbs([limb(0), limb(1), limb(2), limb(3), limb(4), limb(5)]),
            y: Field::from_limbs([limb(6), limb(7), limb(8), limb(9), limb(10), limb(11)]),
        }
    }
}

impl Point {
    pub(crate) const IDENTITY: Self = Self {
        x: Field::ONE,
        y: Field::ONE,
        zz: Field::ZERO,
        zzz: Field::ZERO,
    };

    pub(crate) const fn from_affine(point: &Affine) -> Self {
        Self {
            x: point.x,
            y: point.y,
            zz: Field::ONE,
            zzz: Field::ONE,
        }
    }

    /// All ones for the identity, and for what an exceptional addition left.
    #[inline(always)]
    pub(crate) fn is_identity(&self) -> Mask {
        self.zz.is_zero()
    }

    /// 2·self, the identity included: 7M + 2S, two products sharing a reduction.
    pub(crate) fn double(&self) -> Self {
        let u = self.y.double();
        let v = u.square();
        let w = u.mul(&v);
        let s = self.x.mul(&v);
        // 3·x² + a·zz² with a = −3.
        let slope = times_three(&self.x.sub(&self.zz).mul(&self.x.add(&self.zz)));
        let x = slope.square().sub(&s.double());
        Self {
            y: Field::mul_sub(&slope, &s.sub(&x), &w, &self.y),
            x,
            zz: v.mul(&self.zz),
            zzz: w.mul(&self.zzz),
        }
    }

    /// self + other where self is neither the identity nor ±other; otherwise
    /// zz = 0, which then stays: 8M + 2S, two products sharing a reduction.
    #[inline(always)]
    pub(crate) fn add_affine(&self, other: &Affine) -> Self {
        let p = other.x.mul(&self.zz).sub(&self.x);
        let r = other.y.mul(&self.zzz).sub(&self.y);
        self.add_by(&p, &r)
    }

    /// The sum, from p = Δx·zz and r = Δy·zzz.
    #[inline(always)]
    fn add_by(&self, p: &Field, r: &Field) -> Self {
        let pp = p.square();
        let ppp = p.mul(&pp);
        let q = self.x.mul(&pp);
        let x = r.square().sub(&ppp).sub(&q.double());
        Self {
            y: Field::mul_sub(r, &q.sub(&x), &self.y, &ppp),
            x,
            zz: self.zz.mul(&pp),
            zzz: self.zzz.mul(&ppp),
        }
    }

    /// self + other in constant time where self is not the identity and not
    /// −other; it may be other.
    pub(crate) fn add_or_double(&self, other: &Affine) -> Self {
        let sum = self.add_affine(other);
        Self::select(sum.is_identity(), &sum, &other.double())
    }

    /// self + other, whatever they are: public points only.
    pub(crate) fn add_complete_vartime(&self, other: &Affine) -> Self {
        if self.is_identity().declassify() {
            return Self::from_affine(other);
        }
        let p = other.x.mul(&self.zz).sub(&self.x);
        let r = other.y.mul(&self.zzz).sub(&self.y);
        match (p == Field::ZERO, r == Field::ZERO) {
            (true, true) => other.double(),
            (true, false) => Self::IDENTITY,
            (false, _) => self.add_by(&p, &r),
        }
    }

    /// `if_set` where the mask is all ones, else `if_clear`.
    pub(crate) const fn select(mask: Mask, if_clear: &Self, if_set: &Self) -> Self {
        Self {
            x: Field::select(mask, &if_clear.x, &if_set.x),
            y: Field::select(mask, &if_clear.y, &if_set.y),
            zz: Field::select(mask, &if_clear.zz, &if_set.zz),
            zzz: Field::select(mask, &if_clear.zzz, &if_set.zzz),
        }
    }

    /// The affine coordinates, given 1/zzz; not for the identity.
    ///
    /// 1/z = zz/zzz, so 1/zz is its square.
    pub(crate) fn to_affine(&self, zzz_inverse: &Field) -> Affine {
        let z_inverse = self.zz.mul(zzz_inverse);
        Affine {
            x: self.x.mul(&z_inverse.square()),
            y: self.y.mul(zzz_inverse),
        }
    }
}

impl Affine {
    pub(crate) fn to_coordinates(self) -> Coordinates {
        Coordinates {
            x: self.x.to_canonical(),
            y: self.y.to_canonical(),
        }
    }
}

#[inline(always)]
fn times_three(a: &Field) -> Field {
    a.double().add(a)
}
