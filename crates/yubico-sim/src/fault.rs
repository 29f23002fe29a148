//! Named faults: each breaks one step, so that a relying party can show that it
//! refuses exactly that.
//!
//! A fault changes the bytes that leave the provider, or the behaviour of the
//! simulated key, and nothing else: a relying party has no means to know that
//! one is active. This file is the table of all of them; the files below it
//! hold what each does, sorted by the step that it breaks. Where not said
//! otherwise, a fault strikes the first credential response of a key and leaves
//! the other responses alone.

pub(crate) mod ceremony;
pub(crate) mod claims;
pub(crate) mod envelope;

use core::fmt;

use prereg_types::shipment::CreateShipment;

use crate::Error;

/// Who commits a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Culprit {
    /// The fulfillment provider, when it seals and signs.
    Provider,
    /// The security key, when it makes the credential.
    Key,
    /// The orchestrator, when it carries the responses. The provider behaves;
    /// whoever calls activate commits the fault.
    Orchestrator,
}

/// One row of the table.
struct Row {
    name: &'static str,
    culprit: Culprit,
    needs_two_credentials: bool,
    refusal: &'static str,
    description: &'static str,
}

macro_rules! faults {
    ($($variant:ident $name:literal $culprit:ident $credentials:literal $refusal:literal $description:literal)*) => {
        /// One way in which fulfillment goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $description] $variant,)*
        }

        impl Fault {
            /// Every fault, in the order of the steps that they break.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row {
                        name: $name,
                        culprit: Culprit::$culprit,
                        needs_two_credentials: $credentials > 1,
                        refusal: $refusal,
                        description: $description,
                    },)*
                }
            }
        }
    };
}

// Variant, name, who commits it, credentials needed, refusal it must meet.
faults! {
    WrongRecipientKey "wrong-recipient-key" Provider 1 "decrypt_failed"
        "The response is encrypted to another key under the right kid."
    InvalidEphemeralKey "invalid-ephemeral-key" Provider 1 "decrypt_failed"
        "The epk of the response is not a point of the curve."
    TamperedTag "tampered-tag" Provider 1 "decrypt_failed"
        "One bit of the authentication tag is flipped."
    TamperedCiphertext "tampered-ciphertext" Provider 1 "decrypt_failed"
        "One bit of the ciphertext is flipped."
    UnknownResponseKid "unknown-response-kid" Provider 1 "wrong_response_key"
        "The kid of the response names no response key of the relying party."
    UnsignedResponse "unsigned-response" Provider 1 "not_nested"
        "The claims are encrypted without a signature."
    WrongSigningKey "wrong-signing-key" Provider 1 "signature_invalid"
        "The response is signed by another key under the kid of the active one."
    TamperedSignature "tampered-signature" Provider 1 "signature_invalid"
        "One bit of the signature is flipped."
    UnknownSigningKid "unknown-signing-kid" Provider 1 "unknown_signing_key"
        "The response is signed by a key that the provider does not publish."
    UnpinnedSigningKey "unpinned-signing-key" Provider 1 "untrusted_signing_key"
        "All responses are signed by a published key that the relying party has not pinned."
    TypConfusion "typ-confusion" Provider 1 "wrong_type"
        "A credential response is signed with the type of a PIN response."
    WrongIssuer "wrong-issuer" Provider 1 "wrong_issuer"
        "The response says that somebody else made it."
    WrongAudience "wrong-audience" Provider 1 "wrong_audience"
        "The response is for another relying party."
    ExpiredResponse "expired-response" Provider 1 "response_expired"
        "The response ended before it arrived."
    OtherRequest "other-request" Provider 1 "wrong_request"
        "The response answers another request."
    OtherSet "other-set" Provider 1 "wrong_set"
        "The response belongs to another enroll call."
    WrongEnrollment "wrong-enrollment" Provider 1 "wrong_enrollment"
        "The signed enrollment is not the one that the response key belongs to."
    OtherRecipient "other-recipient" Provider 1 "wrong_recipient"
        "The signature names another response key than the one encrypted to."
    SerialsDisagree "serials-disagree" Provider 1 "serial_mismatch"
        "One response is signed with the serial number of another key."
    SerialMismatch "serial-mismatch" Provider 1 "serial_mismatch"
        "The shipment reports another serial number than the responses."
    VersionMismatch "version-mismatch" Provider 1 "version_mismatch"
        "The shipment reports another firmware than the responses."
    PinTooShort "pin-too-short" Provider 1 "pin_policy"
        "The PIN is one character shorter than asked for."
    SwappedResponses "swapped-responses" Provider 2 "wrong_response_key"
        "The first two credential responses are in each other's place."
    MissingResponse "missing-response" Provider 2 "incomplete_set"
        "The last credential response is missing."
    StaleChallenge "stale-challenge" Provider 1 "wrong_challenge"
        "The client data hold the challenge of another ceremony."
    WrongOrigin "wrong-origin" Provider 1 "wrong_origin"
        "The client data hold another origin."
    WrongClientDataType "wrong-client-data-type" Provider 1 "wrong_client_data_type"
        "The client data are those of an authentication."
    RedundantMemberMismatch "redundant-member-mismatch" Provider 1 "redundant_member_mismatch"
        "The authenticatorData member differs from what the attestation object holds."
    WrongRpIdHash "wrong-rp-id-hash" Key 1 "rp_id_hash_mismatch"
        "The authenticator data hold the hash of another RP ID."
    UpUnset "up-unset" Key 1 "user_not_present"
        "The authenticator data say that no user was present."
    UvUnset "uv-unset" Key 1 "user_not_verified"
        "The authenticator data say that the user was not verified."
    BackupStateInvalid "backup-state-invalid" Key 1 "backup_state_invalid"
        "The authenticator data say backed up, yet not eligible for backup."
    AttestedDataMissing "attested-data-missing" Key 1 "no_attested_credential"
        "The authenticator data hold no credential."
    TrailingBytes "trailing-bytes" Key 1 "attestation_malformed"
        "A byte follows the authenticator data, and is signed with them."
    CredentialKeyOffCurve "credential-key-off-curve" Key 1 "credential_key_invalid"
        "The credential key is not a point of its curve."
    CredentialIdTooLong "credential-id-too-long" Key 1 "credential_id_length"
        "The credential id has 1024 bytes."
    DuplicateCredentialId "duplicate-credential-id" Key 2 "credential_id_in_use"
        "Two credentials have one id."
    MalformedCbor "malformed-cbor" Key 1 "attestation_malformed"
        "The attestation object is not canonical CBOR."
    NoneAttestation "none-attestation" Key 1 "attestation_not_packed_x5c"
        "The attestation statement has the format none."
    SelfAttestation "self-attestation" Key 1 "attestation_not_packed_x5c"
        "The credential key attests itself, without a certificate."
    AttestationAlgorithmMismatch "attestation-algorithm-mismatch" Key 1 "attestation_algorithm_mismatch"
        "The attestation statement names another algorithm than its key has."
    AttestationSignatureInvalid "attestation-signature-invalid" Key 1 "attestation_signature_invalid"
        "The attestation signature does not verify."
    AaguidMismatch "aaguid-mismatch" Key 1 "aaguid_mismatch"
        "The certificate names another AAGUID than the authenticator data."
    AaguidCritical "aaguid-critical" Key 1 "certificate_malformed"
        "The AAGUID extension of the certificate is critical."
    WrongCertificateUnit "wrong-certificate-unit" Key 1 "certificate_subject"
        "The subject of the certificate has another unit than Authenticator Attestation."
    CaLeaf "ca-leaf" Key 1 "certificate_is_ca"
        "The attestation certificate is a CA certificate."
    ExpiredChain "expired-chain" Key 1 "certificate_expired"
        "The attestation certificate has expired."
    ForeignChain "foreign-chain" Key 1 "untrusted_attestation_root"
        "The chain leads to a root of the trusted name with another key."
    WrongChainOrder "wrong-chain-order" Key 1 "certificate_is_ca"
        "The certificates of the chain are the wrong way round."
    Replay "replay" Orchestrator 1 "already_activated"
        "The same activation is sent twice; the second must be refused."
}

impl Fault {
    /// The name for command lines and logs, such as `tampered-tag`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The fault of that [`name`](Self::name).
    ///
    /// ```
    /// use yubico_sim::Fault;
    /// assert_eq!(Fault::from_name("tampered-tag"), Some(Fault::TamperedTag));
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// What goes wrong, in one sentence.
    pub const fn description(self) -> &'static str {
        self.row().description
    }

    /// The code of the refusal that the fault must meet at the relying party.
    /// Faults that must not be told apart have the same one.
    pub const fn refusal(self) -> &'static str {
        self.row().refusal
    }

    /// Who commits it.
    pub const fn culprit(self) -> Culprit {
        self.row().culprit
    }

    /// Whether it shows only on a key with two credentials or more; with fewer,
    /// the key comes out as it should.
    pub const fn needs_two_credentials(self) -> bool {
        self.row().needs_two_credentials
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Culprit {
    /// The name in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Key => "key",
            Self::Orchestrator => "orchestrator",
        }
    }
}

/// The fault that the customization ids of a shipment ask for: `fault:NAME`.
pub(crate) fn of_shipment(body: &CreateShipment) -> Result<Option<Fault>, Error> {
    let mut asked = None;
    for (index, item) in body.shipment_items.iter().enumerate() {
        let id = item.customization_id.as_deref().unwrap_or_default();
        let Some(name) = id.strip_prefix("fault:") else {
            continue;
        };
        let path = || format!("shipment_items[{index}].customization_id");
        let fault = Fault::from_name(name).ok_or_else(|| Error::UnknownFault { path: path() })?;
        if asked.is_some_and(|other| other != fault) {
            return Err(Error::TwoFaults { path: path() });
        }
        asked = Some(fault);
    }
    Ok(asked)
}

/// Which response of a key is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The PIN response.
    Pin,
    /// A credential response, by position.
    Credential(usize),
}

impl Place {
    /// Where faults strike that one response is enough for.
    pub(crate) const fn is_struck(self) -> bool {
        matches!(self, Self::Credential(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct_and_kebab_case() {
        let names: HashSet<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }

    #[test]
    fn failed_decryption_and_verification_are_one_value_each() {
        let refusals = |faults: &[Fault]| -> HashSet<_> {
            faults.iter().map(|fault| fault.refusal()).collect()
        };
        let decryption = refusals(&[
            Fault::WrongRecipientKey,
            Fault::InvalidEphemeralKey,
            Fault::TamperedTag,
            Fault::TamperedCiphertext,
        ]);
        assert_eq!(decryption.len(), 1);
        let signature = refusals(&[Fault::WrongSigningKey, Fault::TamperedSignature]);
        assert_eq!(signature.len(), 1);
    }
}
