//! The X.509 certificates of the attestation chain (RFC 5280, WebAuthn §8.2.1).

use core::{str::FromStr, time::Duration};

use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey, signature::Verifier};
use p256::pkcs8::DecodePublicKey;
use rand_core::TryCryptoRng;
use x509_cert::{
    Certificate, TbsCertificate,
    builder::{self, Builder, CertificateBuilder, profile::BuilderProfile},
    der::{
        DateTime, Decode, Encode,
        asn1::{ObjectIdentifier, OctetString},
    },
    ext::{
        Extension, ToExtension,
        pkix::{
            AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
        },
    },
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

use super::{Error, generate_key};
use crate::state::{StateError, StateReader, StateWriter};
use crate::{Model, Quirk, Quirks, credential};

/// `id-fido-gen-ce-aaguid`, WebAuthn §8.2.1.
const AAGUID_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

/// The firmware version of the key, in Yubico's arc: three bytes.
const FIRMWARE_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.13.1");

const DAY: u64 = 86_400;
const CA_LIFETIME: u64 = 30 * 365 * DAY;
const LEAF_LIFETIME: u64 = 20 * 365 * DAY;

/// Whom a CA certificate names.
pub(super) enum Subject {
    Root,
    Intermediate,
}

impl Subject {
    /// As RFC 4514 writes it, so the most significant part comes last. The
    /// country is one that ISO 3166 leaves to private use.
    const fn name(&self) -> &'static str {
        match self {
            Self::Root => "CN=SIMULATED prereg FIDO Root CA,O=SIMULATED prereg,C=XX",
            Self::Intermediate => {
                "CN=SIMULATED prereg FIDO Attestation CA 1,O=SIMULATED prereg,C=XX"
            }
        }
    }

    const fn path_len(&self) -> u8 {
        match self {
            Self::Root => 1,
            Self::Intermediate => 0,
        }
    }
}

/// A CA: its key and its certificate.
pub(super) struct Authority {
    key: SigningKey,
    name: Name,
    certificate: Vec<u8>,
}

impl Authority {
    pub(super) fn self_signed<R: TryCryptoRng + ?Sized>(
        subject: &Subject,
        rng: &mut R,
        now: u64,
    ) -> Result<Self, Error> {
        let key = generate_key(rng)?;
        let profile = Profile::authority(subject, name(subject.name())?)?;
        Self::new(key.clone(), profile, &key, rng, now)
    }

    /// Another CA below this one.
    pub(super) fn authority<R: TryCryptoRng + ?Sized>(
        &self,
        subject: &Subject,
        rng: &mut R,
        now: u64,
    ) -> Result<Self, Error> {
        let profile = Profile::authority(subject, self.name.clone())?;
        Self::new(generate_key(rng)?, profile, &self.key, rng, now)
    }

    fn new<R: TryCryptoRng + ?Sized>(
        key: SigningKey,
        profile: Profile,
        issuer: &SigningKey,
        rng: &mut R,
        now: u64,
    ) -> Result<Self, Error> {
        let name = profile.subject.clone();
        let validity = validity(now, now.saturating_add(CA_LIFETIME))?;
        let certificate = issue(profile, serial_number(rng)?, validity, &key, issuer)?;
        Ok(Self {
            key,
            name,
            certificate,
        })
    }

    /// An attestation certificate as WebAuthn §8.2.1 wants it.
    pub(super) fn attestation_certificate<R: TryCryptoRng + ?Sized>(
        &self,
        key: &SigningKey,
        model: &Model,
        quirks: &Quirks,
        rng: &mut R,
        now: u64,
    ) -> Result<Vec<u8>, Error> {
        let serial = serial_number(rng)?;
        let profile = Profile::attestation(self.name.clone(), &serial, model, quirks)?;
        let validity = if quirks.has(Quirk::CertificateExpired) {
            validity(now.saturating_sub(2 * DAY), now.saturating_sub(DAY))?
        } else {
            validity(now, now.saturating_add(LEAF_LIFETIME))?
        };
        issue(profile, serial, validity, key, &self.key)
    }

    pub(super) fn write(&self, writer: &mut StateWriter) {
        credential::write_p256(&self.key, writer);
        writer.bytes(&self.certificate);
    }

    pub(super) fn read(reader: &mut StateReader<'_>) -> Result<Self, StateError> {
        let key = credential::read_p256(reader)?;
        let certificate = reader.bytes()?.to_vec();
        if !is_of(&certificate, &key) {
            return Err(StateError::PairMismatch("CA certificate"));
        }
        let parsed =
            Certificate::from_der(&certificate).map_err(|_| StateError::Part("CA certificate"))?;
        Ok(Self {
            key,
            name: parsed.tbs_certificate().subject().clone(),
            certificate,
        })
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn into_certificate(self) -> Vec<u8> {
        self.certificate
    }
}

/// Whether the certificate is of the public half of the key.
pub(super) fn is_of(der: &[u8], key: &SigningKey) -> bool {
    Certificate::from_der(der)
        .ok()
        .and_then(|certificate| public_key(&certificate))
        .is_some_and(|public| public == *key.verifying_key())
}

/// Whether one certificate has signed the other (RFC 5280 §6.1.3 (a)(1) and (4)).
pub(super) fn has_signed(issuer: &[u8], certificate: &[u8]) -> bool {
    let check = || {
        let issuer = Certificate::from_der(issuer).ok()?;
        let certificate = Certificate::from_der(certificate).ok()?;
        let body = certificate.tbs_certificate();
        let signature = DerSignature::from_bytes(certificate.signature().as_bytes()?).ok()?;
        let verified = public_key(&issuer)?.verify(&body.to_der().ok()?, &signature);
        Some(verified.is_ok() && body.issuer() == issuer.tbs_certificate().subject())
    };
    check().unwrap_or(false)
}

fn public_key(certificate: &Certificate) -> Option<VerifyingKey> {
    let spki = certificate.tbs_certificate().subject_public_key_info();
    VerifyingKey::from_public_key_der(&spki.to_der().ok()?).ok()
}

/// What a certificate says besides key, serial number and validity.
struct Profile {
    subject: Name,
    issuer: Name,
    basic_constraints: BasicConstraints,
    key_usage: KeyUsage,
    attestation: Vec<Extension>,
}

impl Profile {
    fn authority(subject: &Subject, issuer: Name) -> Result<Self, Error> {
        Ok(Self {
            subject: name(subject.name())?,
            issuer,
            basic_constraints: BasicConstraints {
                ca: true,
                path_len_constraint: Some(subject.path_len()),
            },
            key_usage: KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            attestation: Vec::new(),
        })
    }

    fn attestation(
        issuer: Name,
        serial: &SerialNumber,
        model: &Model,
        quirks: &Quirks,
    ) -> Result<Self, Error> {
        let mut aaguid = *model.aaguid.as_bytes();
        if quirks.has(Quirk::CertificateAaguidMismatch) {
            aaguid = aaguid.map(|byte| !byte);
        }
        let critical = quirks.has(Quirk::CertificateAaguidCritical);
        Ok(Self {
            subject: attestation_name(serial, quirks)?,
            issuer,
            basic_constraints: BasicConstraints {
                ca: quirks.has(Quirk::CertificateIsCa),
                path_len_constraint: None,
            },
            key_usage: KeyUsage(KeyUsages::DigitalSignature.into()),
            attestation: vec![
                octets(AAGUID_EXTENSION, critical, &aaguid)?,
                octets(FIRMWARE_EXTENSION, false, &model.firmware.to_bytes())?,
            ],
        })
    }
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        spk: SubjectPublicKeyInfoRef<'_>,
        issuer_spk: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = tbs.subject();
        let mut extensions = self.attestation.clone();
        let own = SubjectKeyIdentifier::try_from(spk)?;
        let issuers = AuthorityKeyIdentifier::try_from(issuer_spk)?;
        extensions.push((&own).to_extension(subject, &extensions)?);
        extensions.push((&issuers).to_extension(subject, &extensions)?);
        extensions.push((&self.basic_constraints).to_extension(subject, &extensions)?);
        extensions.push((&self.key_usage).to_extension(subject, &extensions)?);
        Ok(extensions)
    }
}

fn issue(
    profile: Profile,
    serial: SerialNumber,
    validity: Validity,
    key: &SigningKey,
    issuer: &SigningKey,
) -> Result<Vec<u8>, Error> {
    let build = || {
        let public = SubjectPublicKeyInfo::from_key(key.verifying_key())?;
        let builder = CertificateBuilder::new(profile, serial, validity, public)?;
        // ECDSA is deterministic (RFC 6979), so the certificate is.
        let certificate = builder.build::<_, DerSignature>(issuer)?;
        Ok::<_, builder::Error>(certificate.to_der()?)
    };
    build().map_err(|_| Error::Certificate)
}

/// The subject of WebAuthn §8.2.1: C, O, OU and a CN of the vendor's choosing.
fn attestation_name(serial: &SerialNumber, quirks: &Quirks) -> Result<Name, Error> {
    let unit = if quirks.has(Quirk::CertificateUnitWrong) {
        "Something Else"
    } else {
        "Authenticator Attestation"
    };
    let start = serial.as_bytes().first_chunk().ok_or(Error::Certificate)?;
    let batch = u32::from_be_bytes(*start);
    name(&format!(
        "CN=SIMULATED prereg FIDO batch {batch:08x},OU={unit},O=SIMULATED prereg,C=XX"
    ))
}

fn name(text: &str) -> Result<Name, Error> {
    Name::from_str(text).map_err(|_| Error::Certificate)
}

/// An extension whose value is an OCTET STRING inside the extension's own.
fn octets(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Result<Extension, Error> {
    let wrap = || {
        let inner = OctetString::new(value)?.to_der()?;
        OctetString::new(inner)
    };
    Ok(Extension {
        extn_id: oid,
        critical,
        extn_value: wrap().map_err(|_| Error::Certificate)?,
    })
}

/// 128 random bits, positive and of constant length (RFC 5280 §4.1.2.2).
fn serial_number<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<SerialNumber, Error> {
    let mut bytes = [0; 16];
    rng.try_fill_bytes(&mut bytes)
        .map_err(|_| Error::RandomnessFailed)?;
    let [first, ..] = &mut bytes;
    *first = (*first & 0x7f) | 0x40;
    SerialNumber::new(&bytes).map_err(|_| Error::Certificate)
}

fn validity(not_before: u64, not_after: u64) -> Result<Validity, Error> {
    Ok(Validity::new(time(not_before)?, time(not_after)?))
}

/// RFC 5280 §4.1.2.5: `UTCTime` through 2049, `GeneralizedTime` after.
fn time(seconds: u64) -> Result<Time, Error> {
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map(Time::from)
        .map_err(|_| Error::Certificate)
}
