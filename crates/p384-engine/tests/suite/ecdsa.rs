//! Signatures: ours, the oracle's, and changed ones.

use ecdsa_oracle::sign;
use p384::{ProjectivePoint, Scalar};
use p384_engine::ecdsa::{
    SigningKey, VerifyItem, sign_batch, verify_batch_vartime, verify_unprepared_vartime,
    verify_vartime,
};
use p384_engine::{Error, PreparedKey, Window};

use crate::subject::{SIZES, WINDOWS, backends, bytes, prepared, public, scalar, secret};

mod ecdsa_oracle {
    use p384::ecdsa::SigningKey;
    use p384::ecdsa::signature::hazmat::PrehashSigner as _;
    use p384::{Scalar, SecretKey};

    use crate::subject::bytes;

    /// The deterministic signature of RFC 6979.
    pub(super) fn sign(secret: &Scalar, digest: &[u8; 48]) -> [u8; 96] {
        let key = SecretKey::from_bytes(&bytes(secret).into()).unwrap();
        let signature: p384::ecdsa::Signature = SigningKey::from(key).sign_prehash(digest).unwrap();
        signature.to_bytes().into()
    }
}

const N: [u8; 48] = {
    let mut n = [0xff; 48];
    let low = [
        0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7,
        0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
    ];
    let mut i = 0;
    while i < 24 {
        n[24 + i] = low[i];
        i += 1;
    }
    n
};

/// Zero, one, n − 1, n, the largest, and others: z = 0 makes u1 = 0.
fn digests() -> Vec<[u8; 48]> {
    let mut one = [0; 48];
    one[47] = 1;
    let below_n = bytes(&-Scalar::ONE);
    let mut digests = vec![[0; 48], one, below_n, N, [0xff; 48]];
    digests.extend((0..8).map(|number| bytes(&scalar(number + 100))));
    digests
}

fn secrets() -> [Scalar; 6] {
    let one = Scalar::ONE;
    [one, one + one, -one, -(one + one), scalar(1), scalar(2)]
}

/// RFC 6979 A.2.6, SHA-384 of "sample".
#[test]
fn the_example_of_rfc_6979() {
    let key = hex(
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
    );
    let digest = hex(
        "9A9083505BC92276AEC4BE312696EF7BF3BF603F4BBD381196A029F340585312313BCA4A9B5B890EFEE42C77B1EE25FE",
    );
    let r = hex(
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
    );
    let s = hex(
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
    );
    for backend in backends() {
        let key = p384_engine::SecretScalar::from_bytes(&key).unwrap();
        let signature = SigningKey::new(key, backend).sign(&digest);
        assert_eq!(signature[..48], r);
        assert_eq!(signature[48..], s);
    }
}

fn hex(text: &str) -> [u8; 48] {
    let byte = |i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
    core::array::from_fn(byte)
}

#[test]
fn signatures_are_the_oracles_and_verify() {
    for backend in backends() {
        for (number, d) in secrets().iter().enumerate() {
            let key = SigningKey::new(secret(d), backend);
            let point = ProjectivePoint::GENERATOR * d;
            assert_eq!(key.public_key(), public(&point));
            let verifying = prepared(&point, WINDOWS[number % 5], backend);
            for digest in digests() {
                let signature = key.sign(&digest);
                assert_eq!(signature, sign(d, &digest));
                verify_vartime(&verifying, &digest, &signature).unwrap();
                let public = verifying.public_key();
                verify_unprepared_vartime(public, backend, &digest, &signature).unwrap();
            }
        }
    }
}

#[test]
fn every_window_verifies_and_says_its_memory() {
    let d = scalar(3);
    let digest = [0x5a; 48];
    let signature = sign(&d, &digest);
    let kibibytes = [72 * 1024, 118_272, 192 * 1024, 330 * 1024, 576 * 1024];
    for backend in backends() {
        for (window, due) in WINDOWS.into_iter().zip(kibibytes) {
            let key = prepared(&(ProjectivePoint::GENERATOR * d), window, backend);
            assert_eq!(key.memory_bytes(), due, "{window:?}");
            assert_eq!((key.window(), key.backend()), (window, backend));
            verify_vartime(&key, &digest, &signature).unwrap();
            assert_eq!(
                verify_vartime(&key, &[0x5b; 48], &signature),
                Err(Error::SignatureInvalid)
            );
        }
    }
}

/// Each one bit of signature and digest, and the halves out of range.
#[test]
fn a_changed_bit_anywhere_is_refused() {
    let d = scalar(4);
    let digest = bytes(&scalar(5));
    let signature = sign(&d, &digest);
    for backend in backends() {
        let key = prepared(&(ProjectivePoint::GENERATOR * d), Window::W4, backend);
        for bit in (0..96 * 8).step_by(7) {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(verify_vartime(&key, &digest, &changed).is_err());
        }
        for bit in (0..48 * 8).step_by(7) {
            let mut changed = digest;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(verify_vartime(&key, &changed, &signature).is_err());
        }
        let other = prepared(&ProjectivePoint::GENERATOR, Window::W4, backend);
        assert!(verify_vartime(&other, &digest, &signature).is_err());
    }
}

#[test]
fn halves_out_of_range_are_refused() {
    let d = scalar(6);
    let signature = sign(&d, &[7; 48]);
    for backend in backends() {
        let key = prepared(&(ProjectivePoint::GENERATOR * d), Window::W4, backend);
        for half in [0, 48] {
            for value in [[0; 48], N, [0xff; 48]] {
                let mut changed = signature;
                changed[half..half + 48].copy_from_slice(&value);
                let refused = Err(Error::SignatureInvalid);
                assert_eq!(verify_vartime(&key, &[7; 48], &changed), refused);
                let public = key.public_key();
                let unprepared = verify_unprepared_vartime(public, backend, &[7; 48], &changed);
                assert_eq!(unprepared, refused);
            }
        }
    }
}

struct Case {
    key: usize,
    digest: [u8; 48],
    signature: [u8; 96],
}

fn cases(secrets: &[Scalar], count: usize) -> Vec<Case> {
    let case = |i| {
        let key = i * 5 % secrets.len();
        let digest = bytes(&scalar(1000 + i as u64));
        Case {
            key,
            digest,
            signature: sign(&secrets[key], &digest),
        }
    };
    (0..count).map(case).collect()
}

#[test]
fn a_bad_signature_anywhere_in_a_batch_is_refused_alone() {
    let secrets: Vec<Scalar> = (20..23).map(scalar).collect();
    let mut all = cases(&secrets, 64);
    // Of several backends and windows, mixed.
    let mixed = backends()
        .into_iter()
        .cycle()
        .zip([Window::W4, Window::W6, Window::W5]);
    let mixed = secrets.iter().zip(mixed);
    let mixed = mixed
        .map(|(d, (backend, window))| prepared(&(ProjectivePoint::GENERATOR * d), window, backend));
    let mut sets: Vec<Vec<PreparedKey>> = vec![mixed.collect()];
    for backend in backends() {
        let key = |d| prepared(&(ProjectivePoint::GENERATOR * d), Window::W5, backend);
        sets.push(secrets.iter().map(key).collect());
    }
    for keys in &sets {
        for size in SIZES {
            check_batch(keys, &all[..size], None);
            for bad in [0, size / 2, size.saturating_sub(1)] {
                if bad < size {
                    // In turn: of the digest, of s, and a zero r.
                    let before = (all[bad].digest, all[bad].signature);
                    match bad % 3 {
                        0 => all[bad].digest[5] ^= 1,
                        1 => all[bad].signature[90] ^= 1,
                        _ => all[bad].signature[..48].fill(0),
                    }
                    check_batch(keys, &all[..size], Some(bad));
                    (all[bad].digest, all[bad].signature) = before;
                }
            }
        }
    }
}

fn check_batch(keys: &[PreparedKey], cases: &[Case], bad: Option<usize>) {
    let items: Vec<VerifyItem<'_>> = cases
        .iter()
        .map(|case| VerifyItem {
            key: &keys[case.key],
            digest: &case.digest,
            signature: &case.signature,
        })
        .collect();
    let results = verify_batch_vartime(&items);
    assert_eq!(results.len(), cases.len());
    for (i, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), Some(i) == bad, "{i} of {}", cases.len());
    }
}

#[test]
fn batches_of_signatures_are_those_made_singly() {
    let secrets: Vec<Scalar> = (30..33).map(scalar).collect();
    let cases = cases(&secrets, 64);
    let backends = backends();
    let mut sets: Vec<Vec<SigningKey>> = Vec::new();
    for backend in &backends {
        sets.push(
            secrets
                .iter()
                .map(|d| SigningKey::new(secret(d), *backend))
                .collect(),
        );
    }
    let mixed = secrets.iter().zip(backends.iter().cycle());
    sets.push(
        mixed
            .map(|(d, backend)| SigningKey::new(secret(d), *backend))
            .collect(),
    );
    for keys in &sets {
        for size in SIZES {
            let items: Vec<_> = cases[..size]
                .iter()
                .map(|case| (&keys[case.key], &case.digest))
                .collect();
            let due: Vec<_> = cases[..size].iter().map(|case| case.signature).collect();
            assert_eq!(sign_batch(&items), due);
        }
    }
}

#[test]
fn keys_print_without_their_secret() {
    for backend in backends() {
        let key = SigningKey::new(secret(&Scalar::from(0xabcd_u64)), backend);
        let text = format!("{key:?}");
        assert!(
            text.starts_with("SigningKey") && !text.contains("abcd"),
            "{text}"
        );
    }
}
