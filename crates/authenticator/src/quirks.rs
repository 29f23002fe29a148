//! Quirks: single, named ways in which a simulated key departs from the
//! specification.
//!
//! A key without quirks is an honest one. A quirk changes what the key or its
//! attestation certificate is, and nothing else: no test hook sits elsewhere.
//! They exist so that a relying party can show that it refuses each of them.

use core::fmt;

use crate::state::{StateError, StateReader, StateWriter};

/// One departure from the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// Authenticator data: the UP flag stays clear.
    UserPresenceCleared,
    /// Authenticator data: the UV flag stays clear, in spite of the right PIN.
    UserVerificationCleared,
    /// Authenticator data: BS is set while BE is not (WebAuthn §6.1.3).
    BackupStateWithoutEligibility,
    /// Authenticator data: the hash of another RP ID.
    WrongRpIdHash,
    /// Authenticator data: registration without the attested credential.
    AttestedDataMissing,
    /// Authenticator data: one byte follows it, and is signed with it.
    TrailingBytes,
    /// Authenticator data: the credential key is no point of its curve.
    KeyOffCurve,
    /// Authenticator data: a credential id of 1024 bytes.
    CredentialIdTooLong,
    /// Authenticator data: one credential id for every credential of every key
    /// that has this quirk.
    CredentialIdRepeated,
    /// Authenticator data: the signature counter stands still.
    CounterStandsStill,
    /// Attestation statement: format `none`.
    AttestationNone,
    /// Attestation statement: self attestation, so no certificate.
    AttestationSelf,
    /// Attestation statement: `alg` names another algorithm than the
    /// certificate's key has.
    AttestationAlgorithmMismatch,
    /// Attestation statement: the signature does not verify.
    AttestationSignatureInvalid,
    /// Attestation object: CBOR that is not canonical.
    CborNotCanonical,
    /// Certificate: its AAGUID extension names another model.
    CertificateAaguidMismatch,
    /// Certificate: its AAGUID extension is critical (forbidden by WebAuthn §8.2.1).
    CertificateAaguidCritical,
    /// Certificate: it is a CA certificate.
    CertificateIsCa,
    /// Certificate: its validity ended a day before it was issued.
    CertificateExpired,
    /// Certificate: the OU is not "Authenticator Attestation".
    CertificateUnitWrong,
    /// Certificates: the chain leads to a root of the same name, but another key.
    ChainOfForeignRoot,
    /// Certificates: the chain is the wrong way round.
    ChainReversed,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: &[Self] = &[
        Self::UserPresenceCleared,
        Self::UserVerificationCleared,
        Self::BackupStateWithoutEligibility,
        Self::WrongRpIdHash,
        Self::AttestedDataMissing,
        Self::TrailingBytes,
        Self::KeyOffCurve,
        Self::CredentialIdTooLong,
        Self::CredentialIdRepeated,
        Self::CounterStandsStill,
        Self::AttestationNone,
        Self::AttestationSelf,
        Self::AttestationAlgorithmMismatch,
        Self::AttestationSignatureInvalid,
        Self::CborNotCanonical,
        Self::CertificateAaguidMismatch,
        Self::CertificateAaguidCritical,
        Self::CertificateIsCa,
        Self::CertificateExpired,
        Self::CertificateUnitWrong,
        Self::ChainOfForeignRoot,
        Self::ChainReversed,
    ];

    /// Whether the quirk lies in the attestation certificates, and so must be
    /// given to [`AttestationIssuer::issue_batch`] already.
    ///
    /// [`AttestationIssuer::issue_batch`]: crate::attestation::AttestationIssuer::issue_batch
    pub const fn is_of_certificate(self) -> bool {
        matches!(
            self,
            Self::CertificateAaguidMismatch
                | Self::CertificateAaguidCritical
                | Self::CertificateIsCa
                | Self::CertificateExpired
                | Self::CertificateUnitWrong
                | Self::ChainOfForeignRoot
                | Self::ChainReversed
        )
    }

    /// The name for command lines and logs, such as `certificate-is-ca`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserPresenceCleared => "user-presence-cleared",
            Self::UserVerificationCleared => "user-verification-cleared",
            Self::BackupStateWithoutEligibility => "backup-state-without-eligibility",
            Self::WrongRpIdHash => "wrong-rp-id-hash",
            Self::AttestedDataMissing => "attested-data-missing",
            Self::TrailingBytes => "trailing-bytes",
            Self::KeyOffCurve => "key-off-curve",
            Self::CredentialIdTooLong => "credential-id-too-long",
            Self::CredentialIdRepeated => "credential-id-repeated",
            Self::CounterStandsStill => "counter-stands-still",
            Self::AttestationNone => "attestation-none",
            Self::AttestationSelf => "attestation-self",
            Self::AttestationAlgorithmMismatch => "attestation-algorithm-mismatch",
            Self::AttestationSignatureInvalid => "attestation-signature-invalid",
            Self::CborNotCanonical => "cbor-not-canonical",
            Self::CertificateAaguidMismatch => "certificate-aaguid-mismatch",
            Self::CertificateAaguidCritical => "certificate-aaguid-critical",
            Self::CertificateIsCa => "certificate-is-ca",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateUnitWrong => "certificate-unit-wrong",
            Self::ChainOfForeignRoot => "chain-of-foreign-root",
            Self::ChainReversed => "chain-reversed",
        }
    }

    /// The quirk of that [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quirk| quirk.name() == name)
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The quirks of one key; [`Quirks::NONE`] for an honest one.
///
/// ```
/// use authenticator::{Quirk, Quirks};
///
/// let quirks = Quirks::from(Quirk::WrongRpIdHash);
/// assert!(quirks.has(Quirk::WrongRpIdHash));
/// assert!(!Quirks::NONE.has(Quirk::WrongRpIdHash));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quirks(Vec<Quirk>);

impl Quirks {
    /// No quirk: the key keeps the specification.
    pub const NONE: Self = Self(Vec::new());

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Quirk> {
        self.0.iter().copied()
    }

    /// Writes them into a state, by name.
    pub(crate) fn write(&self, writer: &mut StateWriter) {
        writer.count(self.0.len());
        self.iter().for_each(|quirk| writer.text(quirk.name()));
    }

    pub(crate) fn read(reader: &mut StateReader<'_>) -> Result<Self, StateError> {
        (0..reader.count()?)
            .map(|_| Quirk::from_name(reader.text()?).ok_or(StateError::UnknownQuirk))
            .collect()
    }

    /// Whether the key has this quirk.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.0.contains(&quirk)
    }
}

impl From<Quirk> for Quirks {
    fn from(quirk: Quirk) -> Self {
        Self(vec![quirk])
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Self {
        Self(quirks.into_iter().collect())
    }
}
