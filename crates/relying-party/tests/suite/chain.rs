//! Chains of our own making, on P-384, for the rules of X.509 that no simulated
//! key breaks.

use core::str::FromStr;
use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use p384::ecdsa::signature::Signer;
use p384::ecdsa::{DerSignature, SigningKey};
use p384::elliptic_curve::Generate;
use prereg_types::webauthn::{AttestationObject, AttestationStatement, PackedStatement};
use sha2::{Digest, Sha256};
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::der::{DateTime, Encode};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use crate::world::{NOW, World};

const AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");
const MODEL: u128 = 0x2fc0579f_8113_47ea_b116_bb5a8db9202a;
const DAY: u64 = 86_400;

/// What a certificate says.
#[derive(Clone)]
struct Spec {
    subject: &'static str,
    issuer: &'static str,
    constraints: Option<BasicConstraints>,
    usage: Option<KeyUsages>,
    from: u64,
    until: u64,
    extensions: Vec<Extension>,
}

/// The chain to be issued; tests change one thing.
struct Chain {
    root: Spec,
    intermediate: Spec,
    leaf: Spec,
    sends_root: bool,
    /// The root certificates that are trusted instead, all of the root's key.
    trusted: Vec<Spec>,
}

const ROOT: &str = "CN=Root,O=Test,C=XX";
const INTERMEDIATE: &str = "CN=Intermediate,O=Test,C=XX";

fn authority(subject: &'static str, path_len: Option<u8>) -> Spec {
    Spec {
        subject,
        issuer: ROOT,
        constraints: Some(BasicConstraints {
            ca: true,
            path_len_constraint: path_len,
        }),
        usage: Some(KeyUsages::KeyCertSign),
        from: NOW - DAY,
        until: NOW + DAY,
        extensions: Vec::new(),
    }
}

fn extension(id: ObjectIdentifier, critical: bool, value: &[u8]) -> Extension {
    let inner = OctetString::new(value).unwrap().to_der().unwrap();
    Extension {
        extn_id: id,
        critical,
        extn_value: OctetString::new(inner).unwrap(),
    }
}

impl Chain {
    fn new() -> Self {
        let leaf = Spec {
            subject: "CN=Batch,OU=Authenticator Attestation,O=Test,C=XX",
            issuer: INTERMEDIATE,
            constraints: Some(BasicConstraints {
                ca: false,
                path_len_constraint: None,
            }),
            usage: Some(KeyUsages::DigitalSignature),
            extensions: vec![extension(AAGUID, false, &MODEL.to_be_bytes())],
            ..authority("", None)
        };
        Self {
            root: authority(ROOT, Some(1)),
            intermediate: authority(INTERMEDIATE, Some(0)),
            leaf,
            sends_root: false,
            trusted: Vec::new(),
        }
    }
}

impl BuilderProfile for Spec {
    fn get_issuer(&self, _: &Name) -> Name {
        Name::from_str(self.issuer).unwrap()
    }

    fn get_subject(&self) -> Name {
        Name::from_str(self.subject).unwrap()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let mut all = self.extensions.clone();
        if let Some(constraints) = &self.constraints {
            all.push(constraints.to_extension(tbs.subject(), &all)?);
        }
        if let Some(usage) = self.usage {
            all.push((&KeyUsage(usage.into())).to_extension(tbs.subject(), &all)?);
        }
        Ok(all)
    }
}

fn issue(spec: &Spec, key: &SigningKey, issuer: &SigningKey) -> Vec<u8> {
    let time =
        |seconds| Time::from(DateTime::from_unix_duration(Duration::from_secs(seconds)).unwrap());
    let validity = Validity::new(time(spec.from), time(spec.until));
    let public = SubjectPublicKeyInfo::from_key(key.verifying_key()).unwrap();
    let serial = SerialNumber::new(&[1]).unwrap();
    let builder = CertificateBuilder::new(spec.clone(), serial, validity, public).unwrap();
    builder
        .build::<_, DerSignature>(issuer)
        .unwrap()
        .to_der()
        .unwrap()
}

/// Attests the first credential of an honest key by such a chain.
fn outcome(edit: impl Fn(&mut Chain)) -> Result<(), &'static str> {
    let mut chain = Chain::new();
    edit(&mut chain);
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let keys = [(); 3].map(|()| SigningKey::generate_from_rng(&mut rng));
    let root = issue(&chain.root, &keys[0], &keys[0]);
    let intermediate = issue(&chain.intermediate, &keys[1], &keys[0]);
    let leaf = issue(&chain.leaf, &keys[2], &keys[1]);
    let mut trusted = vec![root.clone()];
    if !chain.trusted.is_empty() {
        let specs = chain.trusted.iter();
        trusted = specs.map(|spec| issue(spec, &keys[0], &keys[0])).collect();
    }
    let mut world = World::trusting(&trusted);
    let mut draft = world.draft();
    let response = &mut draft.credentials[0].response.credential.response;
    let bytes = response.attestation_object.clone();
    let mut object = AttestationObject::parse(&bytes).unwrap();
    let hash = Sha256::digest(&response.client_data_json);
    let sig: DerSignature = keys[2].sign(&[object.auth_data, &hash].concat());
    let mut x5c = vec![leaf.as_slice(), &intermediate];
    if chain.sends_root {
        x5c.push(&root);
    }
    let sig = sig.as_bytes();
    object.statement = AttestationStatement::Packed(PackedStatement {
        alg: -35,
        sig,
        x5c: Some(x5c),
    });
    response.attestation_object = object.encode();
    let command = world.command(&draft);
    let before = world.snapshot();
    let result = world.activate(&command).map_err(|error| error.code());
    assert_eq!(result.is_err(), world.snapshot() == before);
    result
}

#[test]
fn an_honest_chain_is_trusted_with_and_without_its_root() {
    assert_eq!(outcome(|_| {}), Ok(()));
    assert_eq!(outcome(|chain| chain.sends_root = true), Ok(()));
    assert_eq!(
        outcome(|chain| chain.root.constraints = Some(unbounded())),
        Ok(())
    );
}

fn unbounded() -> BasicConstraints {
    BasicConstraints {
        ca: true,
        path_len_constraint: None,
    }
}

#[test]
fn every_certificate_must_be_valid_now() {
    let expired = Err("certificate_expired");
    assert_eq!(outcome(|chain| chain.intermediate.until = NOW - 1), expired);
    assert_eq!(outcome(|chain| chain.intermediate.from = NOW + 1), expired);
    assert_eq!(outcome(|chain| chain.leaf.from = NOW + 1), expired);
    assert_eq!(outcome(|chain| chain.root.until = NOW - 1), expired);
    assert_eq!(
        outcome(|chain| chain.leaf.until = NOW),
        Ok(()),
        "the last moment counts"
    );
}

/// A root that was renewed stands beside the one before, in either order.
#[test]
fn one_valid_root_of_a_name_and_key_is_enough() {
    let expired = Spec {
        until: NOW - 1,
        ..authority(ROOT, Some(1))
    };
    let short = authority(ROOT, Some(0));
    let valid = authority(ROOT, Some(1));
    let met =
        |roots: &[&Spec]| outcome(|chain| chain.trusted = roots.iter().copied().cloned().collect());
    assert_eq!(met(&[&expired, &valid]), Ok(()));
    assert_eq!(met(&[&valid, &expired]), Ok(()));
    assert_eq!(met(&[&short, &valid]), Ok(()));
    assert_eq!(met(&[&expired]), Err("certificate_expired"));
    assert_eq!(met(&[&short]), Err("certificate_chain"));
}

#[test]
fn only_a_ca_may_issue() {
    let broken = Err("certificate_chain");
    assert_eq!(
        outcome(|chain| chain.intermediate.constraints = None),
        broken
    );
    assert_eq!(
        outcome(|chain| chain.intermediate.constraints.as_mut().unwrap().ca = false),
        broken
    );
    assert_eq!(
        outcome(|chain| chain.intermediate.usage = Some(KeyUsages::CRLSign)),
        broken
    );
    assert_eq!(
        outcome(|chain| chain.intermediate.usage = None),
        Ok(()),
        "RFC 5280 §4.2.1.3"
    );
    assert_eq!(
        outcome(|chain| chain.leaf.issuer = "CN=Somebody,O=Test,C=XX"),
        broken
    );
}

#[test]
fn path_lengths_are_kept() {
    for sends_root in [false, true] {
        let result = outcome(|chain| {
            chain.sends_root = sends_root;
            chain.root.constraints = Some(BasicConstraints {
                ca: true,
                path_len_constraint: Some(0),
            });
        });
        assert_eq!(result, Err("certificate_chain"));
    }
}

#[test]
fn the_leaf_keeps_the_attestation_profile() {
    assert_eq!(
        outcome(|chain| chain.leaf.constraints = None),
        Err("certificate_is_ca")
    );
    for subject in [
        "CN=Batch,OU=Authenticator Attestation,O=Test",
        "CN=Batch,OU=Authenticator Attestation,O=Test,C=xx",
        "CN=Batch,OU=Authenticator Attestation,C=XX",
        "CN=Batch,OU=authenticator attestation,O=Test,C=XX",
        "CN=Batch,O=Test,C=XX",
        "OU=Authenticator Attestation,O=Test,C=XX",
    ] {
        assert_eq!(
            outcome(|chain| chain.leaf.subject = subject),
            Err("certificate_subject")
        );
    }
}

#[test]
fn the_key_of_the_leaf_is_for_signatures() {
    let refused = Err("certificate_key_usage");
    for usage in [KeyUsages::KeyCertSign, KeyUsages::KeyAgreement] {
        assert_eq!(outcome(|chain| chain.leaf.usage = Some(usage)), refused);
    }
    assert_eq!(outcome(|chain| chain.leaf.usage = None), Ok(()));
}

#[test]
fn a_certificate_has_at_most_32_extensions() {
    let with = |count: usize| {
        outcome(|chain| {
            for number in 0..count {
                let id = format!("1.3.6.1.4.1.41482.99.{number}");
                let id = ObjectIdentifier::new(&id).unwrap();
                chain.leaf.extensions.push(extension(id, false, b"x"));
            }
        })
    };
    // Three are there already.
    assert_eq!(with(29), Ok(()));
    assert_eq!(with(30), Err("certificate_malformed"));
}

#[test]
fn extensions_are_understood_or_refused() {
    assert_eq!(
        outcome(|chain| chain.leaf.extensions.clear()),
        Err("aaguid_mismatch")
    );
    let malformed = Err("certificate_malformed");
    let unknown = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.99");
    let add = |critical| {
        move |chain: &mut Chain| {
            chain
                .leaf
                .extensions
                .push(extension(unknown, critical, b"x"));
        }
    };
    assert_eq!(outcome(add(false)), Ok(()));
    assert_eq!(outcome(add(true)), malformed);
    let twice = |chain: &mut Chain| {
        chain
            .leaf
            .extensions
            .push(extension(AAGUID, false, &MODEL.to_be_bytes()));
    };
    assert_eq!(outcome(twice), malformed);
    let short = |chain: &mut Chain| {
        chain.leaf.extensions = vec![extension(AAGUID, false, &MODEL.to_be_bytes()[1..])];
    };
    assert_eq!(outcome(short), malformed);
}
