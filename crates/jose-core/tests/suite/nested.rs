//! JWS in JWE.
//!
//! Row "nested confusion": the part of it that the envelope decides. Which
//! claims must be bound (`aud`, `in_reply_to`, `response_jkt`) is decided by
//! the relying party and tested there.

use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, JsonFault, Malformed, NotAllowed, UnusableKey};
use jose_core::jwe::EncryptHeader;
use jose_core::jwk::PrivateJwk;
use jose_core::jws::SignHeader;
use jose_core::nested::{self, Opened, Policy, begin_open};

use super::fixture::{
    RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, recipient, sig_key, sign, signer,
    verifiers,
};

const PIN: &str = "prereg-pin+jwt";
const CREDENTIAL: &str = "prereg-credential+jwt";

fn policy(typ: &str) -> Policy {
    Policy {
        jwe: any_jwe().require_kid(),
        jws: any_jws().require_kid().with_typ(typ),
    }
}

fn encrypt_header() -> EncryptHeader {
    EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm)
}

fn sealed(claims: &[u8], typ: &str, signing: &PrivateJwk, to: &PrivateJwk) -> String {
    let header = SignHeader::new().with_typ(typ);
    let to = recipient(to.public());
    nested::seal(
        claims,
        &signer(signing),
        &header,
        &to,
        &encrypt_header(),
        &mut SysRng,
    )
    .unwrap()
}

/// Encrypts any text to [`RECIPIENT`] with any `cty`.
fn enveloped(inner: &[u8], cty: Option<&str>) -> String {
    let header = match cty {
        Some(cty) => encrypt_header().with_cty(cty),
        None => encrypt_header(),
    };
    recipient(RECIPIENT.public())
        .encrypt(inner, &header, &mut SysRng)
        .unwrap()
}

fn open(token: &str, policy: &Policy) -> Result<Opened, Error> {
    nested::open(
        token.as_bytes(),
        &decryption(&RECIPIENT),
        &verifiers(&[&SIGNER]),
        policy,
    )
}

/// `Opened` tells who signed, to which key it was encrypted, and the claims.
#[test]
fn what_was_sealed_opens() {
    let token = sealed(br#"{"iss":"yubico","n":1}"#, PIN, &SIGNER, &RECIPIENT);
    let opened = open(&token, &policy(PIN)).unwrap();
    assert_eq!(opened.jwe_header().kid(), Some("r1"));
    assert_eq!(opened.jwe_header().cty(), Some("JWT"));
    assert_eq!(opened.jws_header().typ(), Some(PIN));
    assert_eq!(opened.kid(), Some("s1"));
    assert_eq!(opened.signer(), SIGNER.public().point());
    assert_eq!(opened.signer_thumbprint(), SIGNER.public().thumbprint());
    let claims = opened.claims().unwrap();
    assert_eq!(claims.get("iss").unwrap().as_str(), Some("yubico"));
    assert_eq!(claims.get("n").unwrap().as_u64(), Some(1));
}

/// Row "a PIN response where a credential response is due".
#[test]
fn one_type_does_not_pass_for_the_other() {
    for (made, due) in [(PIN, CREDENTIAL), (CREDENTIAL, PIN)] {
        let token = sealed(b"{}", made, &SIGNER, &RECIPIENT);
        assert_eq!(
            open(&token, &policy(due)).unwrap_err(),
            NotAllowed::Type.into()
        );
        open(&token, &policy(made)).unwrap();
    }
}

/// Row "plain JWE where JWS-in-JWE is due": whatever `cty` claims.
#[test]
fn an_envelope_without_a_signature_is_refused() {
    let any = Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let signed = sign(r#"{"alg":"ES384","kid":"s1"}"#, b"{}");
    for cty in ["JWT", "jwt", "application/jwt", "JOSE", "application/jose"] {
        open(&enveloped(signed.as_bytes(), Some(cty)), &any).unwrap();
        let bare = enveloped(br#"{"iss":"yubico"}"#, Some(cty));
        assert_eq!(
            open(&bare, &any).unwrap_err(),
            Malformed::Segments.into(),
            "{cty}"
        );
    }
    for cty in [
        None,
        Some("json"),
        Some("JSON"),
        Some(""),
        Some("JWT "),
        Some("text/jwt"),
        Some("JOSE+JSON"),
    ] {
        let token = enveloped(signed.as_bytes(), cty);
        assert_eq!(
            open(&token, &any).unwrap_err(),
            NotAllowed::ContentType.into(),
            "{cty:?}"
        );
        assert_eq!(
            begin_open(token.as_bytes(), &any).unwrap_err(),
            NotAllowed::ContentType.into()
        );
    }
    // A token of the wrong kind at either layer.
    assert_eq!(open(&signed, &any).unwrap_err(), Malformed::Segments.into());
    let twice = enveloped(
        enveloped(signed.as_bytes(), Some("JWT")).as_bytes(),
        Some("JWT"),
    );
    assert_eq!(open(&twice, &any).unwrap_err(), Malformed::Segments.into());
    let none = format!(
        "{}.e30.",
        jose_core::base64url::encode(br#"{"alg":"none"}"#)
    );
    let token = enveloped(none.as_bytes(), Some("JWT"));
    assert_eq!(
        open(&token, &any).unwrap_err(),
        NotAllowed::Algorithm.into()
    );
}

/// The inner token is read as strictly as an outer one.
#[test]
fn inner_tokens_are_strict() {
    let any = Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let signed = sign(r#"{"alg":"ES384","kid":"s1"}"#, b"{}");
    for (inner, due) in [
        (
            format!("{signed}\n"),
            Error::from(Malformed::SignatureLength),
        ),
        (format!(" {signed}"), Malformed::Base64Url.into()),
        (format!("{signed}."), Malformed::Segments.into()),
        (
            sign(r#"{"alg":"ES384","kid":"s1","crit":[]}"#, b"{}"),
            NotAllowed::CriticalExtension.into(),
        ),
        (
            sign(r#"{"alg":"ES384","kid":"s2"}"#, b"{}"),
            UnusableKey::UnknownKeyId.into(),
        ),
    ] {
        let error = open(&enveloped(inner.as_bytes(), Some("JWT")), &any).unwrap_err();
        assert!(
            error == due
                || matches!(error, Error::Malformed(_)) && matches!(due, Error::Malformed(_)),
            "{inner}: {error}"
        );
    }
    let claims = |payload: &[u8]| {
        let token = sign(r#"{"alg":"ES384","kid":"s1"}"#, payload);
        let opened = open(&enveloped(token.as_bytes(), Some("JWT")), &any).unwrap();
        opened.claims().map(|_| ())
    };
    assert_eq!(claims(br#"{"pin":"1234"}"#), Ok(()));
    assert_eq!(
        claims(br#"{"pin":"1234","pin":"5678"}"#),
        Err(JsonFault::DuplicateMember.into())
    );
    assert_eq!(claims(b"[]"), Err(JsonFault::NotAnObject.into()));
    assert_eq!(claims(b""), Err(JsonFault::Syntax.into()));
}

/// Only the key that the token names opens it, and only a known signer counts.
#[test]
fn wrong_keys_are_refused() {
    let token = sealed(b"{}", PIN, &SIGNER, &RECIPIENT);
    let signers = verifiers(&[&SIGNER]);
    let policy = policy(PIN);
    let by = |key: &PrivateJwk| {
        nested::open(token.as_bytes(), &decryption(key), &signers, &policy).map(|_| ())
    };
    assert_eq!(by(&enc_key("r2")), Err(UnusableKey::KeyIdMismatch.into()));
    assert_eq!(by(&enc_key("r1")), Err(Error::DecryptFailed));
    assert_eq!(by(&RECIPIENT), Ok(()));
    let impostor = sealed(b"{}", PIN, &sig_key("s1"), &RECIPIENT);
    assert_eq!(
        open(&impostor, &policy).unwrap_err(),
        Error::SignatureInvalid
    );
    let stranger = sealed(b"{}", PIN, &sig_key("s9"), &RECIPIENT);
    assert_eq!(
        open(&stranger, &policy).unwrap_err(),
        UnusableKey::UnknownKeyId.into()
    );
}

/// Row "a signed response re-encrypted to another recipient": the envelope does
/// not stop it (RFC 8725 §3.9), so `Opened` must let the caller see it.
#[test]
fn a_forwarded_response_shows_its_true_recipient_in_the_claims() {
    let intended = enc_key("r7");
    let jkt = intended.public().thumbprint().to_base64url();
    let claims = format!(r#"{{"response_jkt":"{jkt}"}}"#);
    let inner = signer(&SIGNER)
        .sign(claims.as_bytes(), &SignHeader::new().with_typ(PIN))
        .unwrap();
    let forwarded = enveloped(inner.as_bytes(), Some("JWT"));
    let opened = open(&forwarded, &policy(PIN)).unwrap();
    let claims = opened.claims().unwrap();
    assert_ne!(
        claims.get("response_jkt").unwrap().as_str(),
        Some(RECIPIENT.public().thumbprint().to_base64url().as_str())
    );
}

/// The split form: `kid` chooses the key between reading and opening.
#[test]
fn the_outer_kid_chooses_the_key() {
    let token = sealed(b"{}", PIN, &SIGNER, &RECIPIENT);
    let policy = policy(PIN);
    let pending = begin_open(token.as_bytes(), &policy).unwrap();
    assert_eq!(pending.header().kid(), Some("r1"));
    let opened = pending.finish_with(&decryption(&RECIPIENT), &verifiers(&[&SIGNER]));
    assert!(opened.is_ok());
    let nameless = PrivateJwk::new(RECIPIENT.scalar().clone());
    let token = sealed(b"{}", PIN, &SIGNER, &nameless);
    assert_eq!(
        begin_open(token.as_bytes(), &policy).unwrap_err(),
        NotAllowed::MissingKeyId.into()
    );
}
