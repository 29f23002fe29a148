//! Signatures of a key owner who wants additions to fail: P + P, P − P, the
//! identity as the sum; and x between n and p.

use p384::elliptic_curve::point::DecompressPoint as _;
use p384::{AffinePoint, ProjectivePoint, Scalar};
use p384_engine::ecdsa::{
    VerifyItem, verify_batch_vartime, verify_unprepared_vartime, verify_vartime,
};
use p384_engine::{Backend, PreparedKey, PublicKey, Window};

use crate::subject::{WINDOWS, backends, bytes, public, reduce, scalar, x};

/// A key, a digest, a signature, and whether it is valid.
struct Case {
    key: PublicKey,
    digest: [u8; 48],
    signature: [u8; 96],
    valid: bool,
}

fn signature(r: &Scalar, s: &Scalar) -> [u8; 96] {
    let mut signature = [0; 96];
    signature[..48].copy_from_slice(&bytes(r));
    signature[48..].copy_from_slice(&bytes(s));
    signature
}

fn invert(scalar: &Scalar) -> Scalar {
    Option::from(scalar.invert()).unwrap()
}

/// A valid signature for which u1 and u2·Q = product·G are as wished: the nonce
/// is their sum, so r is known, s any, and key and digest follow.
fn with_product(u1: &Scalar, product: &Scalar, s: &Scalar) -> Case {
    let r = reduce(&x(&(ProjectivePoint::GENERATOR * (u1 + product))));
    let u2 = r * invert(s);
    Case {
        key: public(&(ProjectivePoint::GENERATOR * (product * &invert(&u2)))),
        digest: bytes(&(u1 * s)),
        signature: signature(&r, s),
        valid: true,
    }
}

/// As above for u2 chosen and the key d·G: s follows.
fn with_key(u1: &Scalar, u2: &Scalar, d: &Scalar) -> Case {
    let r = reduce(&x(&(ProjectivePoint::GENERATOR * (u1 + &(u2 * d)))));
    let s = r * invert(u2);
    Case {
        key: public(&(ProjectivePoint::GENERATOR * d)),
        digest: bytes(&(u1 * &s)),
        signature: signature(&r, &s),
        valid: true,
    }
}

fn power_of_two(exponent: u32) -> Scalar {
    (0..exponent).fold(Scalar::ONE, |power, _| power.double())
}

/// u mod 2^bits of a number without its oracle's help.
fn low_bits(u: &Scalar, bits: u32) -> Scalar {
    let mut low = bytes(u);
    for (i, byte) in low.iter_mut().rev().enumerate() {
        let kept = bits.saturating_sub(8 * u32::try_from(i).unwrap()).min(8);
        *byte &= u8::try_from((1_u16 << kept) - 1).unwrap();
    }
    reduce(&low)
}

/// The digits of an odd u below the window `i` of w bits sum to
/// S_i = (u mod 2^(w·i + 1)) − 2^(w·i). Whoever adds u1·G window by window to
/// u2·Q adds a point to itself where u2·Q + S_i·G = D·G with D = S_(i+1) − S_i,
/// and to its negative where it is −D·G.
fn collisions() -> Vec<Case> {
    let mut u1 = scalar(10);
    if bytes(&u1)[47] & 1 == 0 {
        u1 += Scalar::ONE;
    }
    let mut cases = Vec::new();
    for window in 4..=8 {
        let sum = |i: u32| low_bits(&u1, window * i + 1) - power_of_two(window * i);
        for i in 0..384 / window - 1 {
            let before = if i == 0 { Scalar::ZERO } else { sum(i) };
            let digit = sum(i + 1) - before;
            cases.push(with_product(&u1, &(digit - before), &scalar(11)));
            cases.push(with_product(&u1, &(-digit - before), &scalar(12)));
            cases.push(with_product(&u1, &digit, &scalar(13)));
            cases.push(with_product(&u1, &-digit, &scalar(14)));
        }
    }
    cases
}

/// Keys that are G, −G, and small multiples, with small u1 and u2.
fn small_everything() -> Vec<Case> {
    let mut cases = Vec::new();
    let one = Scalar::ONE;
    for d in [one, -one, one.double(), -one.double(), Scalar::from(3_u64)] {
        for u1 in [
            one,
            one.double(),
            Scalar::from(15_u64),
            -one,
            Scalar::from(16_u64),
        ] {
            for u2 in [one, -one, one.double(), Scalar::from(17_u64)] {
                if !bool::from((u1 + u2 * d).is_zero()) {
                    cases.push(with_key(&u1, &u2, &d));
                }
            }
        }
    }
    cases
}

/// u1 = 0, because the digest is zero modulo n.
fn no_generator() -> Vec<Case> {
    (1..20_u64)
        .map(|i| with_product(&Scalar::ZERO, &scalar(i), &scalar(14)))
        .collect()
}

/// u1·G + u2·Q is the identity: never valid, whatever r.
fn identity_sums() -> Vec<Case> {
    let case = |i: u64| {
        let (r, s, u1) = (scalar(i), scalar(i + 50), scalar(i + 100));
        let d = -u1 * invert(&(r * invert(&s)));
        Case {
            key: public(&(ProjectivePoint::GENERATOR * d)),
            digest: bytes(&(u1 * s)),
            signature: signature(&r, &s),
            valid: false,
        }
    };
    (0..8).map(case).collect()
}

/// x(R) = r + n < p: the key is what makes R come out, nobody knows its secret.
fn x_above_n() -> Vec<Case> {
    let mut n = bytes(&-Scalar::ONE);
    n[47] += 1;
    let mut cases = Vec::new();
    for offset in 1..200_u64 {
        // The lowest byte of n is 0x73: no carry leaves the last two bytes.
        let mut candidate = n;
        let low = u16::from_be_bytes([n[46], n[47]]) + u16::try_from(offset).unwrap();
        candidate[46..].copy_from_slice(&low.to_be_bytes());
        let Some(point) = Option::from(AffinePoint::decompress(&candidate.into(), 1.into())) else {
            continue;
        };
        let point: AffinePoint = point;
        let (r, u1, u2) = (Scalar::from(offset), scalar(offset), scalar(offset + 1));
        let q = (ProjectivePoint::from(point) - ProjectivePoint::GENERATOR * u1) * invert(&u2);
        let s = r * invert(&u2);
        let case = |r: &Scalar, valid| Case {
            key: public(&q),
            digest: bytes(&(u1 * s)),
            signature: signature(r, &s),
            valid,
        };
        cases.push(case(&r, true));
        cases.push(case(&(r + Scalar::ONE), false));
    }
    assert!(cases.len() > 100);
    cases
}

fn check(cases: &[Case]) {
    assert!(!cases.is_empty());
    for backend in backends() {
        for (i, case) in cases.iter().enumerate() {
            let key = PreparedKey::prepare(&case.key, WINDOWS[i % 3], backend);
            let valid = verify_vartime(&key, &case.digest, &case.signature).is_ok();
            assert_eq!(valid, case.valid, "{backend:?}, prepared, {i}");
            let unprepared =
                verify_unprepared_vartime(&case.key, backend, &case.digest, &case.signature);
            assert_eq!(
                unprepared.is_ok(),
                case.valid,
                "{backend:?}, unprepared, {i}"
            );
        }
        check_batch(cases, backend);
    }
}

fn check_batch(cases: &[Case], backend: Backend) {
    for cases in cases.chunks(33) {
        let keys: Vec<_> = cases
            .iter()
            .map(|case| PreparedKey::prepare(&case.key, Window::W4, backend))
            .collect();
        let item = |(case, key)| -> VerifyItem<'_> {
            let case: &Case = case;
            VerifyItem {
                key,
                digest: &case.digest,
                signature: &case.signature,
            }
        };
        let items: Vec<_> = cases.iter().zip(&keys).map(item).collect();
        let valid = verify_batch_vartime(&items)
            .into_iter()
            .map(|result| result.is_ok());
        assert!(
            valid.eq(cases.iter().map(|case| case.valid)),
            "{backend:?}, batch"
        );
    }
}

#[test]
fn collisions_on_the_way_do_not_spoil_a_signature() {
    check(&collisions());
}

#[test]
fn small_keys_and_small_factors() {
    check(&small_everything());
}

#[test]
fn a_digest_of_zero() {
    check(&no_generator());
}

#[test]
fn a_sum_that_is_the_identity_is_refused() {
    check(&identity_sums());
}

#[test]
fn an_x_of_n_and_above_is_reduced() {
    check(&x_above_n());
}
