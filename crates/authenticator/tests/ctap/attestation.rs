//! The attestation a key makes, as a relying party reads it.

use authenticator::model::{self, YUBIKEY_5_NFC_5_7};
use p256::{
    ecdsa::{DerSignature, VerifyingKey, signature::Verifier},
    pkcs8::DecodePublicKey,
};
use prereg_types::webauthn::{AttestationObject, AttestationStatement, PackedStatement};
use x509_cert::{
    Certificate, Version,
    der::{Decode, Encode},
    ext::pkix::{BasicConstraints, KeyUsage},
};

use crate::setup::{CLIENT_DATA_HASH, NOW, Workshop, registration};

pub(crate) fn packed<'a>(object: &AttestationObject<'a>) -> PackedStatement<'a> {
    match &object.statement {
        AttestationStatement::Packed(packed) => packed.clone(),
        AttestationStatement::None => panic!("no packed statement"),
    }
}

pub(crate) fn certificates(packed: &PackedStatement<'_>) -> Vec<Certificate> {
    let x5c = packed.x5c.as_ref().expect("self attestation");
    x5c.iter()
        .map(|der| Certificate::from_der(der).unwrap())
        .collect()
}

pub(crate) fn public_key(certificate: &Certificate) -> VerifyingKey {
    let spki = certificate.tbs_certificate().subject_public_key_info();
    VerifyingKey::from_public_key_der(&spki.to_der().unwrap()).unwrap()
}

/// Whether `issuer` has signed `certificate` and is named in it.
pub(crate) fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    let signature = DerSignature::from_bytes(certificate.signature().raw_bytes()).unwrap();
    tbs.issuer() == issuer.tbs_certificate().subject()
        && public_key(issuer)
            .verify(&tbs.to_der().unwrap(), &signature)
            .is_ok()
}

/// The value of an extension by OID, in hexadecimal, and whether it is critical.
pub(crate) fn extension(certificate: &Certificate, oid: &str) -> Option<(bool, Vec<u8>)> {
    let extensions = certificate.tbs_certificate().extensions()?;
    let found = extensions
        .iter()
        .find(|one| one.extn_id.to_string() == oid)?;
    Some((found.critical, found.extn_value.as_bytes().to_vec()))
}

#[test]
fn the_statement_is_signed_by_the_certificate() {
    let mut workshop = Workshop::new();
    for params in [&[-7][..], &[-35]] {
        let mut request = registration("example.com", b"user");
        request.pub_key_cred_params = params;
        let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
        let made = key.make_credential(&request, &mut workshop.rng).unwrap();
        let object = AttestationObject::parse(&made.attestation_object).unwrap();
        assert_eq!(object.auth_data, made.authenticator_data);
        let packed = packed(&object);
        assert_eq!(packed.alg, -7);
        let signed = [object.auth_data, CLIENT_DATA_HASH].concat();
        let signature = DerSignature::from_bytes(packed.sig).unwrap();
        let leaf = &certificates(&packed)[0];
        public_key(leaf).verify(&signed, &signature).unwrap();
    }
}

#[test]
fn the_chain_leads_to_the_trust_anchor() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let request = registration("example.com", b"user");
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    let object = AttestationObject::parse(&made.attestation_object).unwrap();
    let [leaf, intermediate] = &certificates(&packed(&object))[..] else {
        panic!("a leaf and an intermediate");
    };
    let root = Certificate::from_der(workshop.issuer.trust_anchor()).unwrap();
    assert!(is_issued_by(leaf, intermediate));
    assert!(is_issued_by(intermediate, &root));
    assert!(is_issued_by(&root, &root));
    assert!(!is_issued_by(leaf, &root));
    for (ca, path_len) in [(&root, 1), (intermediate, 0)] {
        let tbs = ca.tbs_certificate();
        let (critical, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        assert!(critical && constraints.ca);
        assert_eq!(constraints.path_len_constraint, Some(path_len));
        let (_, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert!(usage.key_cert_sign() && !usage.digital_signature());
    }
    for certificate in [leaf, intermediate, &root] {
        let validity = certificate.tbs_certificate().validity();
        assert_eq!(validity.not_before.to_unix_duration().as_secs(), NOW);
        assert!(validity.not_after.to_unix_duration().as_secs() > NOW + 600_000_000);
    }
}

/// WebAuthn §8.2.1, requirement by requirement.
#[test]
fn the_leaf_is_an_attestation_certificate() {
    let mut workshop = Workshop::new();
    for model in model::ALL {
        let mut key = workshop.key(*model);
        let request = registration("example.com", b"user");
        let made = key.make_credential(&request, &mut workshop.rng).unwrap();
        let object = AttestationObject::parse(&made.attestation_object).unwrap();
        let leaf = &certificates(&packed(&object))[0];
        let tbs = leaf.tbs_certificate();
        assert_eq!(tbs.version(), Version::V3);

        let subject = tbs.subject().to_string();
        assert!(
            subject.contains("OU=Authenticator Attestation"),
            "{subject}"
        );
        assert!(subject.contains("C=XX") && subject.contains("O=SIMULATED prereg"));
        assert!(subject.contains("CN=SIMULATED prereg FIDO batch "));

        let (critical, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        assert!(critical && !constraints.ca);
        assert_eq!(constraints.path_len_constraint, None);

        let aaguid = [&[0x04, 0x10][..], model.aaguid.as_bytes()].concat();
        let found = extension(leaf, "1.3.6.1.4.1.45724.1.1.4");
        assert_eq!(found, Some((false, aaguid)));
        let firmware = [&[0x04, 0x03][..], &model.firmware.to_bytes()].concat();
        let found = extension(leaf, "1.3.6.1.4.1.41482.13.1");
        assert_eq!(found, Some((false, firmware)));
    }
}

#[test]
fn no_name_imitates_a_vendor() {
    let mut workshop = Workshop::new();
    let key = workshop.key(YUBIKEY_5_NFC_5_7);
    assert_eq!(key.model().name, "YubiKey 5 NFC");
    let batch = workshop
        .issuer
        .issue_batch(
            key.model(),
            &authenticator::Quirks::NONE,
            &mut workshop.rng,
            NOW,
        )
        .unwrap();
    let chain = batch.x5c().iter().map(Vec::as_slice);
    for der in chain.chain([workshop.issuer.trust_anchor()]) {
        let certificate = Certificate::from_der(der).unwrap();
        let tbs = certificate.tbs_certificate();
        for name in [tbs.subject().to_string(), tbs.issuer().to_string()] {
            assert!(name.contains("CN=SIMULATED "), "{name}");
            assert!(name.contains("O=SIMULATED "), "{name}");
            assert!(!name.to_lowercase().contains("yubi"), "{name}");
        }
    }
}

#[test]
fn a_seeded_run_reproduces_everything() {
    let run = |seed| {
        let mut workshop = Workshop::seeded(seed);
        let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
        let request = registration("example.com", b"user");
        let made = key.make_credential(&request, &mut workshop.rng).unwrap();
        (workshop.issuer.trust_anchor().to_vec(), made)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0);
    assert_ne!(run(1).1.credential_id, run(2).1.credential_id);
}
