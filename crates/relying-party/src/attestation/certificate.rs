//! One X.509 certificate, read into what the checks ask for.

use prereg_types::Timestamp;
use prereg_types::webauthn::Aaguid;
use x509_cert::certificate::{CertificateInner, Rfc5280, Version};
use x509_cert::der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;

use crate::refusal::Refusal;
use crate::signature::{EcKey, Hash};

/// id-fido-gen-ce-aaguid (WebAuthn §8.2.1).
const FIDO_AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");
/// ecdsa-with-SHA256 (RFC 5758 §3.2).
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// ecdsa-with-SHA384 (RFC 5758 §3.2).
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
/// id-ce-basicConstraints (RFC 5280 §4.2.1.9).
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
/// id-ce-keyUsage (RFC 5280 §4.2.1.3).
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// "OU: Literal string" (WebAuthn §8.2.1).
const ATTESTATION_UNIT: &str = "Authenticator Attestation";

/// The most extensions of one certificate; attestation needs four.
const MAX_EXTENSIONS: usize = 32;

/// A certificate with an EC key, its signature not yet checked.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    der: Vec<u8>,
    signed: Vec<u8>,
    inner: CertificateInner<Rfc5280>,
    key: EcKey,
    constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    aaguid: Option<AaguidExtension>,
}

#[derive(Clone, Copy, Debug)]
struct AaguidExtension {
    aaguid: Aaguid,
    critical: bool,
}

impl Certificate {
    /// Reads strict DER.
    ///
    /// # Errors
    /// [`Refusal::CertificateMalformed`] for anything but a version 3
    /// certificate with an EC key, without repeated extensions and without
    /// critical ones that are not understood (RFC 5280 §4.2).
    pub(super) fn parse(der: &[u8]) -> Result<Self, Refusal> {
        let inner = CertificateInner::<Rfc5280>::from_der(der).map_err(malformed)?;
        let body = inner.tbs_certificate();
        if body.version() != Version::V3 || body.signature() != inner.signature_algorithm() {
            return Err(Refusal::CertificateMalformed);
        }
        let extensions = body.extensions().map_or(&[][..], Vec::as_slice);
        check_extensions(extensions)?;
        Ok(Self {
            der: der.to_vec(),
            signed: body.to_der().map_err(malformed)?,
            key: EcKey::from_spki(body.subject_public_key_info())
                .ok_or(Refusal::CertificateMalformed)?,
            constraints: extension(extensions, BASIC_CONSTRAINTS)?,
            key_usage: extension(extensions, KEY_USAGE)?,
            aaguid: aaguid_extension(extensions)?,
            inner,
        })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) const fn key(&self) -> &EcKey {
        &self.key
    }

    /// The AAGUID extension, if there is one.
    pub(super) fn aaguid(&self) -> Option<Aaguid> {
        self.aaguid.map(|extension| extension.aaguid)
    }

    pub(super) fn is_ca(&self) -> bool {
        self.constraints
            .as_ref()
            .is_some_and(|constraints| constraints.ca)
    }

    /// Whether it may issue certificates with so many CAs below it
    /// (RFC 5280 §4.2.1.9, §4.2.1.3).
    pub(super) fn may_issue(&self, below: usize) -> bool {
        let path_len = self
            .constraints
            .as_ref()
            .and_then(|found| found.path_len_constraint);
        self.is_ca()
            && path_len.is_none_or(|most| below <= usize::from(most))
            && self.key_usage.as_ref().is_none_or(KeyUsage::key_cert_sign)
    }

    /// Whether a moment lies in the validity, both ends included (RFC 5280 §4.1.2.5).
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        let validity = self.inner.tbs_certificate().validity();
        let from = validity.not_before.to_unix_duration().as_secs();
        let until = validity.not_after.to_unix_duration().as_secs();
        (from..=until).contains(&now.seconds())
    }

    /// Whether the other one issued this one: names and signature.
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        let hash = match self.inner.signature_algorithm().oid {
            ECDSA_SHA256 => Hash::Sha256,
            ECDSA_SHA384 => Hash::Sha384,
            _ => return false,
        };
        let signature = self.inner.signature().as_bytes().unwrap_or_default();
        self.inner.tbs_certificate().issuer() == issuer.inner.tbs_certificate().subject()
            && issuer.key.verifies(hash, &self.signed, signature)
    }

    /// The requirements of WebAuthn §8.2.1 on an attestation certificate.
    ///
    /// # Errors
    /// [`Refusal::CertificateIsCa`], [`Refusal::CertificateSubject`],
    /// [`Refusal::CertificateKeyUsage`] where the key is for something else than
    /// signatures (RFC 5280 §4.2.1.3) or, for an AAGUID extension marked
    /// critical, [`Refusal::CertificateMalformed`].
    pub(super) fn check_attestation_profile(&self) -> Result<(), Refusal> {
        if self.constraints.is_none() || self.is_ca() {
            return Err(Refusal::CertificateIsCa);
        }
        if !is_attestation_subject(self.inner.tbs_certificate().subject()) {
            return Err(Refusal::CertificateSubject);
        }
        if let Some(usage) = &self.key_usage
            && !usage.digital_signature()
        {
            return Err(Refusal::CertificateKeyUsage);
        }
        if self.aaguid.is_some_and(|extension| extension.critical) {
            return Err(Refusal::CertificateMalformed);
        }
        Ok(())
    }
}

/// C of two letters, O, OU with its literal text, and CN.
fn is_attestation_subject(subject: &Name) -> bool {
    let country = subject.country().ok().flatten();
    let country = country.is_some_and(|text| is_country(text.as_str()));
    let organization = subject.organization().ok().flatten();
    let unit = subject.organization_unit().ok().flatten();
    let name = subject.common_name().ok().flatten();
    country
        && organization.is_some_and(|text| !text.value().is_empty())
        && unit.is_some_and(|text| text.value() == ATTESTATION_UNIT)
        && name.is_some_and(|text| !text.value().is_empty())
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn check_extensions(extensions: &[Extension]) -> Result<(), Refusal> {
    let known = [BASIC_CONSTRAINTS, KEY_USAGE, FIDO_AAGUID];
    if extensions.len() > MAX_EXTENSIONS {
        return Err(Refusal::CertificateMalformed);
    }
    for (index, extension) in extensions.iter().enumerate() {
        let repeated = extensions
            .iter()
            .skip(index + 1)
            .any(|other| other.extn_id == extension.extn_id);
        if repeated || (extension.critical && !known.contains(&extension.extn_id)) {
            return Err(Refusal::CertificateMalformed);
        }
    }
    Ok(())
}

fn extension<'a, T: Decode<'a>>(
    extensions: &'a [Extension],
    id: ObjectIdentifier,
) -> Result<Option<T>, Refusal> {
    let found = extensions.iter().find(|extension| extension.extn_id == id);
    let value = found.map(|extension| T::from_der(extension.extn_value.as_bytes()));
    value.transpose().map_err(|_| Refusal::CertificateMalformed)
}

/// The extension holds an OCTET STRING of 16 bytes (WebAuthn §8.2.1).
fn aaguid_extension(extensions: &[Extension]) -> Result<Option<AaguidExtension>, Refusal> {
    let Some(found) = extensions
        .iter()
        .find(|extension| extension.extn_id == FIDO_AAGUID)
    else {
        return Ok(None);
    };
    let wrapped = OctetString::from_der(found.extn_value.as_bytes()).map_err(malformed)?;
    let bytes: [u8; 16] = wrapped
        .as_bytes()
        .try_into()
        .map_err(|_| Refusal::CertificateMalformed)?;
    Ok(Some(AaguidExtension {
        aaguid: Aaguid::from_bytes(bytes),
        critical: found.critical,
    }))
}

fn malformed(_: x509_cert::der::Error) -> Refusal {
    Refusal::CertificateMalformed
}
