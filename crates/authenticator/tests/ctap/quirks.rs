//! Each quirk changes what its name says. Every row is checked on an honest key
//! too, where the same question must get the opposite answer.

use authenticator::{NewCredential, Pin, Quirk, Quirks, model::YUBIKEY_5_NFC_5_7};
use p256::ecdsa::{DerSignature, signature::Verifier};
use prereg_types::{
    cbor,
    webauthn::{AttestationObject, AttestationStatement, AuthenticatorData, Error, Flags},
};
use sha2::{Digest, Sha256};
use x509_cert::{Certificate, der::Decode, ext::pkix::BasicConstraints};

use crate::{
    attestation::{certificates, extension, is_issued_by, packed, public_key},
    setup::{CLIENT_DATA_HASH, NOW, Workshop, assertion, registration, verifies},
};

/// What a relying party gets to see of one registration.
struct Seen {
    made: NewCredential,
    root: Certificate,
}

impl Seen {
    fn of(quirks: &Quirks) -> Self {
        let mut workshop = Workshop::new();
        let mut key = workshop.quirky(YUBIKEY_5_NFC_5_7, quirks);
        let pin = Pin::new("847261");
        key.set_pin(&pin).unwrap();
        let mut request = registration("example.com", b"user");
        request.pin = Some(&pin);
        Self {
            made: key.make_credential(&request, &mut workshop.rng).unwrap(),
            root: Certificate::from_der(workshop.issuer.trust_anchor()).unwrap(),
        }
    }

    fn data(&self) -> Result<AuthenticatorData<'_>, Error> {
        AuthenticatorData::parse(&self.made.authenticator_data)
    }

    fn has_flag(&self, flag: Flags) -> bool {
        self.data().is_ok_and(|data| data.flags.contains(flag))
    }

    fn object(&self) -> AttestationObject<'_> {
        AttestationObject::parse(&self.made.attestation_object).unwrap()
    }

    fn chain(&self) -> Vec<Certificate> {
        certificates(&packed(&self.object()))
    }

    fn signed(&self) -> Vec<u8> {
        [&self.made.authenticator_data[..], CLIENT_DATA_HASH].concat()
    }

    fn leaf_extension(&self, oid: &str) -> (bool, Vec<u8>) {
        extension(&self.chain()[0], oid).unwrap()
    }
}

/// Asks a registration whether it shows the fault.
fn shows(quirk: Quirk, seen: &Seen) -> bool {
    const AAGUID: &str = "1.3.6.1.4.1.45724.1.1.4";
    let rp_id_hash: [u8; 32] = Sha256::digest(b"example.com").into();
    match quirk {
        Quirk::UserPresenceCleared => !seen.has_flag(Flags::UP),
        Quirk::UserVerificationCleared => !seen.has_flag(Flags::UV),
        Quirk::BackupStateWithoutEligibility => seen
            .data()
            .is_ok_and(|data| data.flags.contains(Flags::BS) && !data.flags.contains(Flags::BE)),
        Quirk::WrongRpIdHash => seen.data().unwrap().rp_id_hash != rp_id_hash,
        Quirk::AttestedDataMissing => seen.data().unwrap().attested_credential_data.is_none(),
        Quirk::TrailingBytes => seen.data() == Err(Error::TrailingBytes),
        Quirk::KeyOffCurve => {
            let attested = seen.data().unwrap().attested_credential_data.unwrap();
            p256::PublicKey::from_sec1_bytes(&attested.public_key.to_sec1()).is_err()
        }
        Quirk::CredentialIdTooLong => seen.data() == Err(Error::CredentialIdLength),
        Quirk::CredentialIdRepeated => {
            let mut other = Workshop::seeded(9);
            let mut key = other.quirky(YUBIKEY_5_NFC_5_7, &Quirks::from(quirk));
            let made = key.make_credential(&registration("example.org", b"else"), &mut other.rng);
            made.unwrap().credential_id == seen.made.credential_id
        }
        Quirk::CounterStandsStill => seen.data().unwrap().sign_count == 0,
        Quirk::AttestationNone => seen.object().statement == AttestationStatement::None,
        Quirk::AttestationSelf => {
            let packed = packed(&seen.object());
            packed.x5c.is_none() && verifies(&seen.made.public_key, &seen.signed(), packed.sig)
        }
        Quirk::AttestationAlgorithmMismatch => packed(&seen.object()).alg != -7,
        Quirk::AttestationSignatureInvalid => {
            let object = seen.object();
            let signature = DerSignature::from_bytes(packed(&object).sig).unwrap();
            let key = public_key(&seen.chain()[0]);
            key.verify(&seen.signed(), &signature).is_err()
        }
        Quirk::CborNotCanonical => {
            let parsed = AttestationObject::parse(&seen.made.attestation_object);
            parsed == Err(Error::Cbor(cbor::Error::NotShortest))
        }
        Quirk::CertificateAaguidMismatch => {
            seen.leaf_extension(AAGUID).1[2..] != YUBIKEY_5_NFC_5_7.aaguid.as_bytes()[..]
        }
        Quirk::CertificateAaguidCritical => seen.leaf_extension(AAGUID).0,
        Quirk::CertificateIsCa => {
            let chain = seen.chain();
            let tbs = chain[0].tbs_certificate();
            tbs.get_extension::<BasicConstraints>()
                .unwrap()
                .unwrap()
                .1
                .ca
        }
        Quirk::CertificateExpired => {
            let chain = seen.chain();
            let validity = chain[0].tbs_certificate().validity();
            validity.not_after.to_unix_duration().as_secs() < NOW
        }
        Quirk::CertificateUnitWrong => {
            let subject = seen.chain()[0].tbs_certificate().subject().to_string();
            !subject.contains("OU=Authenticator Attestation")
        }
        Quirk::ChainOfForeignRoot => {
            let chain = seen.chain();
            let tbs = chain[1].tbs_certificate();
            tbs.issuer() == seen.root.tbs_certificate().subject()
                && is_issued_by(&chain[0], &chain[1])
                && !is_issued_by(&chain[1], &seen.root)
        }
        Quirk::ChainReversed => is_issued_by(&seen.chain()[1], &seen.chain()[0]),
    }
}

#[test]
fn each_quirk_shows_and_an_honest_key_shows_none() {
    let honest = Seen::of(&Quirks::NONE);
    for quirk in Quirk::ALL {
        assert!(!shows(*quirk, &honest), "honest key shows {quirk}");
        assert!(shows(*quirk, &Seen::of(&Quirks::from(*quirk))), "{quirk}");
    }
}

/// A fault must not hide behind another: where the fault is not in the
/// certificates, these stay those of an honest key, and the signature holds.
#[test]
fn other_parts_stay_honest() {
    let quirks = Quirk::ALL.iter().copied().filter(|quirk| {
        !quirk.is_of_certificate()
            && !matches!(
                quirk,
                Quirk::AttestationNone
                    | Quirk::AttestationSelf
                    | Quirk::AttestationSignatureInvalid
                    | Quirk::CborNotCanonical
            )
    });
    for quirk in quirks {
        let seen = Seen::of(&Quirks::from(quirk));
        let chain = seen.chain();
        assert!(is_issued_by(&chain[0], &chain[1]), "{quirk}");
        assert!(is_issued_by(&chain[1], &seen.root), "{quirk}");
        let signature = packed(&seen.object()).sig.to_vec();
        let signature = DerSignature::from_bytes(&signature).unwrap();
        let signed = seen.signed();
        assert!(public_key(&chain[0]).verify(&signed, &signature).is_ok());
    }
}

#[test]
fn a_standing_counter_stands_in_assertions_too() {
    let mut workshop = Workshop::new();
    let quirks = Quirks::from(Quirk::CounterStandsStill);
    let mut key = workshop.quirky(YUBIKEY_5_NFC_5_7, &quirks);
    let request = registration("example.com", b"user");
    key.make_credential(&request, &mut workshop.rng).unwrap();
    for _ in 0..2 {
        let signed = key.get_assertion(&assertion("example.com", None)).unwrap();
        let data = AuthenticatorData::parse(&signed.authenticator_data).unwrap();
        assert_eq!(data.sign_count, 0);
    }
}

#[test]
fn names_are_unique_and_read_back() {
    for quirk in Quirk::ALL {
        assert_eq!(Quirk::from_name(quirk.name()), Some(*quirk));
    }
    assert_eq!(Quirk::from_name("none"), None);
    let quirks: Quirks = [Quirk::ChainReversed, Quirk::TrailingBytes]
        .into_iter()
        .collect();
    assert!(quirks.has(Quirk::ChainReversed) && quirks.has(Quirk::TrailingBytes));
    assert!(!quirks.has(Quirk::KeyOffCurve));
}
