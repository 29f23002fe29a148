//! Every rule whose breach refuses an operation.

use core::fmt;

/// Declares the rules: variant, stable code, what the rule says.
macro_rules! refusals {
    ($($variant:ident = $code:literal, $rule:literal;)+) => {
        /// The rule that was broken. [`Self::code`] is stable; the simulator's
        /// table of faults names these codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Refusal {
            $(#[doc = concat!("`", $code, "`: ", $rule, ".")] $variant,)+
        }

        impl Refusal {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the rule says.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)+ }
            }
        }
    };
}

refusals! {
    // The caller and the status.
    UserStatus = "user_status", "the user's status allows no key";
    UnusableTransportKey = "unusable_transport_key", "the transport key cannot encrypt";
    IncompleteSet = "incomplete_set", "the responses are exactly those of one enroll call";
    AlreadyActivated = "already_activated", "an enrollment is activated once";
    ChallengeExpired = "challenge_expired", "the challenge has not run out";
    AlreadyActive = "already_active", "an active enrollment cannot be marked errored";
    NotActive = "not_active", "the enrollment is active";
    PinNotAvailable = "pin_not_available", "the PIN is still kept";

    // The envelope.
    EnvelopeMalformed = "envelope_malformed", "a response is a well-formed compact JWE of a JWS";
    EnvelopeNotAllowed = "envelope_not_allowed", "headers and algorithms are those of the policy";
    NotNested = "not_nested", "a signed token is inside the encrypted one";
    WrongResponseKey = "wrong_response_key", "the kid names the response key of this enrollment";
    DecryptFailed = "decrypt_failed", "the ciphertext opens; one value for every cause";
    UnknownSigningKey = "unknown_signing_key", "the signer's kid is in yubicoSigningJwks";
    UntrustedSigningKey = "untrusted_signing_key", "the signing key is pinned, same kid, x and y";
    SignatureInvalid = "signature_invalid", "the signature verifies; one value for every cause";

    // The signed claims.
    WrongType = "wrong_type", "typ is that of the response due";
    ClaimsMalformed = "claims_malformed", "every claim is there and has its form";
    WrongIssuer = "wrong_issuer", "iss is the provider";
    WrongAudience = "wrong_audience", "aud is this relying party";
    ResponseExpired = "response_expired", "exp has not passed";
    ResponseFromTheFuture = "response_from_the_future", "iat is not ahead of the clock";
    WrongRequest = "wrong_request", "in_reply_to is the request's jti";
    WrongSet = "wrong_set", "set is the request's";
    WrongEnrollment = "wrong_enrollment", "enrollment is the request's";
    WrongRecipient = "wrong_recipient", "response_jkt is the thumbprint of the response key";
    SerialMismatch = "serial_mismatch", "all responses and the call name one serial number";
    VersionMismatch = "version_mismatch", "all responses and the call name one firmware version";
    PinPolicy = "pin_policy", "the PIN has the length asked for and is one that CTAP allows";

    // WebAuthn registration.
    ClientDataMalformed = "client_data_malformed", "the client data are JSON of their form";
    WrongClientDataType = "wrong_client_data_type", "the client data are of this ceremony";
    WrongChallenge = "wrong_challenge", "the challenge is the one handed out";
    WrongOrigin = "wrong_origin", "the origin is the RP ID's";
    CrossOrigin = "cross_origin", "the ceremony was in a top-level frame";
    AttestationMalformed = "attestation_malformed", "attestation object and authenticator data parse";
    RpIdHashMismatch = "rp_id_hash_mismatch", "the RP ID hash is that of the RP ID";
    UserNotPresent = "user_not_present", "UP is set";
    UserNotVerified = "user_not_verified", "UV is set";
    BackupStateInvalid = "backup_state_invalid", "BS implies BE";
    NoAttestedCredential = "no_attested_credential", "AT is set and a credential is there";
    AlgorithmNotOffered = "algorithm_not_offered", "the credential's algorithm was offered";
    CredentialKeyInvalid = "credential_key_invalid", "the credential's key is a point of its curve";
    CredentialIdLength = "credential_id_length", "the credential id has 1 to 1023 bytes";
    CredentialIdInUse = "credential_id_in_use", "the credential id is not registered yet";
    RedundantMemberMismatch = "redundant_member_mismatch",
        "repeated members equal what the attestation object holds";

    // Attestation.
    AttestationNotPackedX5c = "attestation_not_packed_x5c", "the attestation is packed with x5c";
    AttestationAlgorithmMismatch = "attestation_algorithm_mismatch",
        "alg fits the certificate's key";
    AttestationSignatureInvalid = "attestation_signature_invalid",
        "the certificate's key signed authenticator and client data";
    CertificateMalformed = "certificate_malformed", "each certificate is X.509 v3 we understand";
    CertificateSubject = "certificate_subject", "the subject has C, O, OU and CN as WebAuthn asks";
    CertificateIsCa = "certificate_is_ca", "the attestation certificate is no CA";
    CertificateKeyUsage = "certificate_key_usage", "the attestation certificate's key may sign";
    CertificateExpired = "certificate_expired", "every certificate is valid now";
    CertificateChain = "certificate_chain", "each certificate is issued by the next, a CA";
    UntrustedRoot = "untrusted_attestation_root", "the chain ends in a trusted root";
    AaguidMismatch = "aaguid_mismatch", "the AAGUID is that of the certificate's extension";

    // Authentication.
    NoChallenge = "no_challenge", "a challenge is waiting and has not run out";
    WrongCredential = "wrong_credential", "the credential id is the enrollment's";
    AssertionMalformed = "assertion_malformed", "the authenticator data parse";
    AssertionSignatureInvalid = "assertion_signature_invalid", "the credential's key signed";
    WrongUserHandle = "wrong_user_handle", "the user handle is the user's";
    SignatureCounter = "signature_counter", "the signature counter goes up";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
