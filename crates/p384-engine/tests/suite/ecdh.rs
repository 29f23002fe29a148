//! Agreements and key generation.

use p384::{ProjectivePoint, Scalar};
use p384_engine::ecdh::{
    Sent, agree, agree_batch, public_key, public_keys, send, send_batch, send_unprepared,
    send_unprepared_batch,
};
use p384_engine::{Error, PublicKey, SecretScalar, Window};

use crate::subject::{SIZES, WINDOWS, backends, bytes, prepared, public, scalar, secret, x};

/// Scalars and their negatives: small ones, where windows begin, and others.
fn edges() -> Vec<Scalar> {
    let two = Scalar::ONE + Scalar::ONE;
    let mut edges: Vec<Scalar> = (1..=9_u64).map(Scalar::from).collect();
    let mut power = Scalar::ONE;
    for exponent in 0..384 {
        if exponent % 4 == 0 || exponent % 5 == 0 || exponent > 375 {
            edges.push(power);
            edges.push(power - Scalar::ONE);
        }
        power *= two;
    }
    edges.retain(|scalar| !bool::from(scalar.is_zero()));
    let negated: Vec<Scalar> = edges.iter().map(|scalar| -scalar).collect();
    edges.extend(negated);
    edges
}

fn check(sent: &Sent, q: &ProjectivePoint, e: &Scalar) {
    assert_eq!(sent.ephemeral, public(&(ProjectivePoint::GENERATOR * e)));
    assert_eq!(*sent.shared.expose(), x(&(q * e)));
}

#[test]
fn agreements_are_right_at_every_edge() {
    let q = ProjectivePoint::GENERATOR * scalar(40);
    for backend in backends() {
        let keys = WINDOWS.map(|window| prepared(&q, window, backend));
        for (i, e) in edges().iter().enumerate() {
            check(&send(&keys[i % keys.len()], &secret(e)), &q, e);
            check(&send_unprepared(&public(&q), &secret(e), backend), &q, e);
            let agreed = agree(&secret(e), &public(&q), backend);
            assert_eq!(*agreed.expose(), x(&(q * e)));
        }
    }
}

/// Peers that are the generator, its double, or their negatives.
#[test]
fn agreements_with_small_multiples_of_the_generator() {
    for backend in backends() {
        for multiple in [1_u64, 2, 3, 5, 31, 32, 33] {
            let multiple = Scalar::from(multiple);
            for q in [multiple, -multiple].map(|m| ProjectivePoint::GENERATOR * m) {
                let key = prepared(&q, Window::W6, backend);
                for e in [Scalar::ONE, -Scalar::ONE, multiple, scalar(41)] {
                    check(&send(&key, &secret(&e)), &q, &e);
                    check(
                        &send_unprepared(key.public_key(), &secret(&e), backend),
                        &q,
                        &e,
                    );
                }
            }
        }
    }
}

#[test]
fn batches_are_what_singles_are_at_every_size() {
    let points: Vec<_> = (50..53)
        .map(|i| ProjectivePoint::GENERATOR * scalar(i))
        .collect();
    let scalars: Vec<_> = (60..124).map(scalar).collect();
    let secrets: Vec<SecretScalar> = scalars.iter().map(secret).collect();
    for backend in backends() {
        let windows = [Window::W6, Window::W4, Window::W5];
        let keys: Vec<_> = points
            .iter()
            .zip(windows)
            .map(|(q, w)| prepared(q, w, backend))
            .collect();
        let publics: Vec<PublicKey> = points.iter().map(public).collect();
        for size in SIZES {
            let secrets = &secrets[..size];
            let numbered = || secrets.iter().enumerate();
            let items: Vec<_> = numbered().map(|(i, e)| (&keys[i % 3], e)).collect();
            let sent = send_batch(&items);
            let items: Vec<_> = numbered().map(|(i, e)| (&publics[i % 3], e)).collect();
            let unprepared = send_unprepared_batch(&items, backend);
            let items: Vec<_> = numbered().map(|(i, e)| (e, &publics[i % 3])).collect();
            let agreed = agree_batch(&items, backend);
            let generated = public_keys(&secrets.iter().collect::<Vec<_>>(), backend);
            assert_eq!(
                [sent.len(), unprepared.len(), agreed.len(), generated.len()],
                [size; 4]
            );
            for (i, e) in scalars[..size].iter().enumerate() {
                check(&sent[i], &points[i % 3], e);
                check(&unprepared[i], &points[i % 3], e);
                assert_eq!(agreed[i].expose(), sent[i].shared.expose());
                assert_eq!(generated[i], sent[i].ephemeral);
            }
        }
    }
}

/// Keys of different backends in one batch.
#[test]
fn a_batch_may_mix_backends() {
    let points: Vec<_> = (54..57)
        .map(|i| ProjectivePoint::GENERATOR * scalar(i))
        .collect();
    let keys = points.iter().zip(backends().into_iter().cycle());
    let keys: Vec<_> = keys
        .map(|(q, backend)| prepared(q, Window::W4, backend))
        .collect();
    let scalars: Vec<_> = (70..90).map(scalar).collect();
    let secrets: Vec<_> = scalars.iter().map(secret).collect();
    let items: Vec<_> = secrets
        .iter()
        .enumerate()
        .map(|(i, e)| (&keys[i % 3], e))
        .collect();
    for (i, sent) in send_batch(&items).iter().enumerate() {
        check(sent, &points[i % 3], &scalars[i]);
    }
}

#[test]
fn public_keys_are_the_oracles() {
    for backend in backends() {
        for d in edges() {
            let due = public(&(ProjectivePoint::GENERATOR * d));
            assert_eq!(public_key(&secret(&d), backend), due);
        }
    }
}

/// p − 1, p, the largest number, zero, and a neighbour of a point.
#[test]
fn coordinates_off_the_curve_are_refused() {
    let mut p = [0xff; 48];
    p[31] = 0xfe;
    p[36..44].fill(0);
    let mut p_less_one = p;
    p_less_one[47] = 0xfe;
    let key = public(&ProjectivePoint::GENERATOR);
    let (x, y) = (key.x(), key.y());
    let mut beside = y;
    beside[47] ^= 1;
    let pairs = [(x, beside), (y, x), ([0; 48], [0; 48]), (x, [0; 48])];
    let bad = [p, p_less_one, [0xff; 48]];
    let pairs = pairs
        .into_iter()
        .chain(bad.iter().flat_map(|b| [(x, *b), (*b, y), (*b, *b)]));
    for (x, y) in pairs {
        assert_eq!(PublicKey::from_coordinates(&x, &y), Err(Error::NotOnCurve));
    }
    // The points with x = 0 exist; a coordinate of p must not pass for zero.
    let zero_x = y_of_zero();
    assert!(PublicKey::from_coordinates(&[0; 48], &zero_x).is_ok());
    assert!(PublicKey::from_coordinates(&p, &zero_x).is_err());
}

/// y of a point whose x is zero.
fn y_of_zero() -> [u8; 48] {
    use p384::elliptic_curve::point::DecompressPoint as _;
    use p384::elliptic_curve::sec1::ToSec1Point as _;
    let zero = p384::FieldBytes::from([0; 48]);
    let point = p384::AffinePoint::decompress(&zero, 0.into()).unwrap();
    (*point.to_sec1_point(false).y().unwrap()).into()
}

#[test]
fn scalars_out_of_range_are_refused() {
    let n = {
        let mut n = bytes(&-Scalar::ONE);
        n[47] += 1;
        n
    };
    for bad in [[0; 48], n, [0xff; 48]] {
        let refused = SecretScalar::from_bytes(&bad).err();
        assert_eq!(refused, Some(Error::ScalarOutOfRange));
    }
    let last = bytes(&-Scalar::ONE);
    assert_eq!(SecretScalar::from_bytes(&last).unwrap().to_bytes(), last);
}

#[test]
fn agreed_secrets_print_redacted() {
    let sent = send_unprepared(
        &public(&ProjectivePoint::GENERATOR),
        &secret(&scalar(7)),
        backends()[0],
    );
    assert!(format!("{sent:?}").contains("SharedSecret(redacted)"));
}
