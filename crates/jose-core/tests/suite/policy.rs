//! What the caller allows decides, never what the token says.
//!
//! The tokens here are right in everything but one header member: signed by the
//! key that is asked, or encrypted to it.

use getrandom::SysRng;
use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::error::{Error, Malformed, NotAllowed, UnusableKey};
use jose_core::jwe::{DecryptPolicy, EncryptHeader};
use jose_core::jwk::PrivateJwk;
use jose_core::jws::{SignHeader, VerifierSet, VerifyPolicy};

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, epk_json, recipient,
    seal, sig_key, sign, signer, verifier, verifiers,
};
use crate::BACKEND;

/// A JWS header and a JWE header with one more member each.
fn headers(member: &str) -> (String, String) {
    let jws = format!(r#"{{"alg":"ES384",{member}}}"#);
    let jwe = PLAIN_HEADER.replace("\"epk\"", &format!("{member},\"epk\""));
    (jws, jwe)
}

fn verify(header: &str) -> Result<Vec<u8>, Error> {
    verifier(SIGNER.public())
        .verify(sign(header, b"payload").as_bytes(), &any_jws())
        .map(|verified| verified.payload().to_vec())
}

fn decrypt(header: &str) -> Result<Vec<u8>, Error> {
    decryption(&RECIPIENT)
        .decrypt(seal(header, b"plaintext").as_bytes(), &any_jwe())
        .map(|opened| opened.plaintext().to_vec())
}

/// The ordinary headers pass, so that what follows fails for one reason only.
#[test]
fn the_headers_without_the_member_pass() {
    assert_eq!(verify(r#"{"alg":"ES384"}"#), Ok(b"payload".to_vec()));
    assert_eq!(decrypt(PLAIN_HEADER), Ok(b"plaintext".to_vec()));
    // Unknown members are ignored (RFC 7515 §4, RFC 7516 §4).
    let (jws, jwe) = headers(r#""unheard-of":{"crit":["x"],"zip":"DEF"},"p2c":1,"exp":1"#);
    assert!(verify(&jws).is_ok());
    assert!(decrypt(&jwe).is_ok());
}

/// Row "`crit`: unknown, empty, registered name, missing member, duplicate, not
/// an array …; `b64` without `crit`".
#[test]
fn crit_and_b64_are_refused_in_every_form() {
    for member in [
        r#""crit":["unheard-of"],"unheard-of":1"#,
        r#""crit":["unheard-of"]"#,
        r#""crit":[]"#,
        r#""crit":["alg"]"#,
        r#""crit":["kid"],"kid":"s1""#,
        r#""crit":["exp","exp"],"exp":1"#,
        r#""crit":"exp","exp":1"#,
        r#""crit":null"#,
        r#""crit":{}"#,
        r#""crit":[1]"#,
        r#""crit":["b64"],"b64":true"#,
        r#""crit":["b64"],"b64":false"#,
        r#""\u0063rit":["exp"]"#,
    ] {
        let (jws, jwe) = headers(member);
        let due = Error::from(NotAllowed::CriticalExtension);
        assert_eq!(verify(&jws), Err(due), "{member}");
        assert_eq!(decrypt(&jwe), Err(due), "{member}");
    }
    for member in [r#""b64":false"#, r#""b64":true"#, r#""b64":null"#] {
        let (jws, jwe) = headers(member);
        assert_eq!(
            verify(&jws),
            Err(NotAllowed::UnencodedPayload.into()),
            "{member}"
        );
        assert_eq!(
            decrypt(&jwe),
            Err(NotAllowed::UnencodedPayload.into()),
            "{member}"
        );
    }
}

/// Row "`zip` bombs and compression leaks".
#[test]
fn zip_is_refused() {
    for member in [
        r#""zip":"DEF""#,
        r#""zip":"GZIP""#,
        r#""zip":"""#,
        r#""zip":null"#,
    ] {
        let (_, jwe) = headers(member);
        assert_eq!(
            decrypt(&jwe),
            Err(NotAllowed::Compression.into()),
            "{member}"
        );
    }
    // We never compress: a plaintext of one byte value keeps its length.
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let token = recipient(RECIPIENT.public())
        .encrypt(&[0; 9000], &header, &mut SysRng)
        .unwrap();
    assert!(token.len() > 12_000);
}

/// Rows "`none` in any case, HS384 with the public key, RS/PS/ES256/ES512" and
/// "PBES2 and other algorithms that cost": refused by name, over a signature or
/// an encryption that is right, so that only the name can be the reason.
#[test]
fn algorithms_outside_the_policy_are_refused_by_name() {
    let not_allowed = Error::from(NotAllowed::Algorithm);
    for alg in [
        "none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "RS384", "PS384", "ES256",
        "ES256K", "ES512", "EdDSA", "es384", "ES384 ", "", "ECDH-ES",
    ] {
        assert_eq!(
            verify(&format!(r#"{{"alg":"{alg}"}}"#)),
            Err(not_allowed),
            "{alg}"
        );
    }
    for alg in [
        "none",
        "dir",
        "A256KW",
        "A256GCMKW",
        "RSA1_5",
        "RSA-OAEP",
        "RSA-OAEP-256",
        "PBES2-HS256+A128KW",
        "PBES2-HS512+A256KW",
        "ECDH-1PU",
        "ecdh-es",
        "ECDH-ES+A512KW",
        "ES384",
        "",
    ] {
        let header = PLAIN_HEADER.replace("ECDH-ES", alg);
        assert_eq!(decrypt(&header), Err(not_allowed), "{alg}");
    }
    for enc in [
        "A128CBC-HS256",
        "A256CBC-HS512",
        "a256gcm",
        "XC20P",
        "A256GCMKW",
        "none",
        "",
    ] {
        let header = PLAIN_HEADER.replace("A256GCM", enc);
        assert_eq!(
            decrypt(&header),
            Err(NotAllowed::ContentEncryption.into()),
            "{enc}"
        );
    }
    for (member, due) in [
        (r#"{"typ":"JWT"}"#, Malformed::Missing("alg")),
        (r#"{"alg":null}"#, Malformed::Member("alg")),
        (r#"{"alg":["ES384"]}"#, Malformed::Member("alg")),
        (r#"{"ALG":"ES384"}"#, Malformed::Missing("alg")),
    ] {
        assert_eq!(verify(member), Err(due.into()), "{member}");
    }
    for (from, to, due) in [
        ("\"alg\"", "\"Alg\"", Malformed::Missing("alg")),
        ("\"enc\"", "\"Enc\"", Malformed::Missing("enc")),
        ("\"epk\"", "\"Epk\"", Malformed::Missing("epk")),
        ("EPK", "null", Malformed::Member("epk")),
        ("EPK", "[EPK]", Malformed::Member("epk")),
        (
            "EPK",
            "\"EPK\"",
            Malformed::Json(jose_core::error::JsonFault::Syntax),
        ),
    ] {
        assert_eq!(
            decrypt(&PLAIN_HEADER.replacen(from, to, 1)),
            Err(due.into()),
            "{to}"
        );
    }
}

/// Row "algorithm is fixed by the key and the caller": of the algorithms that
/// the crate has, only those of the policy pass.
#[test]
fn algorithms_of_the_crate_need_the_policy_too() {
    let recipient = recipient(RECIPIENT.public());
    let key = decryption(&RECIPIENT);
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let header = EncryptHeader::new(alg, enc);
            let token = recipient.encrypt(b"x", &header, &mut SysRng).unwrap();
            for other in KeyManagement::ALL {
                let policy = DecryptPolicy::new(&[other], &ContentEncryption::ALL);
                let opened = key.decrypt(token.as_bytes(), &policy).map(|_| ());
                let due = if other == alg {
                    Ok(())
                } else {
                    Err(NotAllowed::Algorithm.into())
                };
                assert_eq!(opened, due, "{alg:?} under {other:?}");
            }
            for other in ContentEncryption::ALL {
                let policy = DecryptPolicy::new(&KeyManagement::ALL, &[other]);
                let opened = key.decrypt(token.as_bytes(), &policy).map(|_| ());
                let due = if other == enc {
                    Ok(())
                } else {
                    Err(NotAllowed::ContentEncryption.into())
                };
                assert_eq!(opened, due, "{enc:?} under {other:?}");
            }
        }
    }
    let signed = sign(r#"{"alg":"ES384"}"#, b"x");
    let nothing = VerifyPolicy::new(&[]);
    let refused = verifier(SIGNER.public()).verify(signed.as_bytes(), &nothing);
    assert_eq!(refused.unwrap_err(), NotAllowed::Algorithm.into());
}

/// A key that its `alg` ties to one algorithm serves no other, on either side.
#[test]
fn a_key_tied_to_an_algorithm_serves_no_other() {
    let tied = enc_key("r1").with_alg("ECDH-ES+A256KW");
    let untied = PrivateJwk::new(tied.scalar().clone());
    let direct = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    assert_eq!(
        recipient(tied.public()).encrypt(b"x", &direct, &mut SysRng),
        Err(UnusableKey::Algorithm.into())
    );
    let token = recipient(untied.public())
        .encrypt(b"x", &direct, &mut SysRng)
        .unwrap();
    decryption(&untied)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap();
    let refused = decryption(&tied).decrypt(token.as_bytes(), &any_jwe());
    assert_eq!(refused.unwrap_err(), UnusableKey::Algorithm.into());
    let wrapped = EncryptHeader::new(KeyManagement::EcdhEsA256Kw, ContentEncryption::A256Gcm);
    let token = recipient(tied.public())
        .encrypt(b"x", &wrapped, &mut SysRng)
        .unwrap();
    decryption(&tied)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap();
}

/// Row "embedded `jwk`, `jku`, `x5u`, `x5c`": a token that carries the key of
/// whoever made it verifies only under the key that the caller holds.
#[test]
fn keys_inside_tokens_are_never_used() {
    let jwk = epk_json(SIGNER.public().point());
    let members = [
        format!(r#""jwk":{jwk}"#),
        r#""jku":"https://attacker.example/jwks""#.into(),
        r#""x5u":"https://attacker.example/chain""#.into(),
        r#""x5c":["MIIB"]"#.into(),
        r#""x5t":"AAAA","x5t#S256":"AAAA""#.into(),
    ];
    let victim = sig_key("victim");
    for member in members {
        let (jws, jwe) = headers(&member);
        assert!(verify(&jws).is_ok(), "ignored, not refused: {member}");
        assert!(decrypt(&jwe).is_ok(), "ignored, not refused: {member}");
        for header in [jws.clone(), jws.replacen('{', r#"{"kid":"victim","#, 1)] {
            let token = sign(&header, b"x");
            let forged = verifier(victim.public()).verify(token.as_bytes(), &any_jws());
            assert_eq!(forged.unwrap_err(), Error::SignatureInvalid, "{member}");
            let forged = verifiers(&[&victim]).verify(token.as_bytes(), &any_jws());
            assert_eq!(forged.unwrap_err(), Error::SignatureInvalid, "{member}");
        }
    }
    // RFC 7515 §4.1 gives them types all the same.
    for (member, name) in [
        (r#""jwk":"x""#, "jwk"),
        (r#""jwk":null"#, "jwk"),
        (r#""jku":1"#, "jku"),
        (r#""x5u":[]"#, "x5u"),
        (r#""x5c":"MIIB""#, "x5c"),
        (r#""x5c":[]"#, "x5c"),
        (r#""x5c":[1]"#, "x5c"),
        (r#""x5t":1"#, "x5t"),
        (r#""kid":7"#, "kid"),
        (r#""typ":null"#, "typ"),
        (r#""cty":[]"#, "cty"),
    ] {
        let (jws, jwe) = headers(member);
        assert_eq!(
            verify(&jws),
            Err(Malformed::Member(name).into()),
            "{member}"
        );
        assert_eq!(
            decrypt(&jwe),
            Err(Malformed::Member(name).into()),
            "{member}"
        );
    }
}

/// Row "wrong `kid`": the token names the key; another key is not tried.
#[test]
fn kid_decides_and_is_never_guessed() {
    let twin = PrivateJwk::new(SIGNER.scalar().clone());
    let named = sign(r#"{"alg":"ES384","kid":"s1"}"#, b"x");
    let foreign = sign(r#"{"alg":"ES384","kid":"other"}"#, b"x");
    let nameless = sign(r#"{"alg":"ES384"}"#, b"x");
    let one = |key: &PrivateJwk, token: &str| {
        verifier(key.public())
            .verify(token.as_bytes(), &any_jws())
            .map(|_| ())
    };
    assert_eq!(one(&SIGNER, &named), Ok(()));
    assert_eq!(one(&SIGNER, &nameless), Ok(()));
    assert_eq!(
        one(&SIGNER, &foreign),
        Err(UnusableKey::KeyIdMismatch.into())
    );
    assert_eq!(one(&twin, &foreign), Ok(()), "a key without kid serves any");

    let other = sig_key("s2");
    let set = |keys: &[&PrivateJwk], token: &str| {
        verifiers(keys)
            .verify(token.as_bytes(), &any_jws())
            .map(|_| ())
    };
    assert_eq!(set(&[&other, &SIGNER], &named), Ok(()));
    assert_eq!(
        set(&[&other, &SIGNER], &foreign),
        Err(UnusableKey::UnknownKeyId.into())
    );
    assert_eq!(
        set(&[&SIGNER], &foreign),
        Err(UnusableKey::UnknownKeyId.into())
    );
    // The right key is in the set, under another name or none: not tried.
    assert_eq!(
        set(&[&other, &twin], &named),
        Err(UnusableKey::UnknownKeyId.into())
    );
    assert_eq!(
        set(&[&other, &SIGNER], &nameless),
        Err(UnusableKey::AmbiguousKey.into())
    );
    assert_eq!(set(&[&SIGNER], &nameless), Ok(()));
    // The kid of one key over the signature of another.
    let crossed = sign(r#"{"alg":"ES384","kid":"s2"}"#, b"x");
    assert_eq!(
        set(&[&other, &SIGNER], &crossed),
        Err(Error::SignatureInvalid)
    );

    let header = |kid: &str| PLAIN_HEADER.replacen('{', &format!(r#"{{"kid":"{kid}","#), 1);
    assert!(decrypt(&header("r1")).is_ok());
    assert!(decrypt(PLAIN_HEADER).is_ok());
    for kid in ["r2", "R1", "r1 ", ""] {
        assert_eq!(
            decrypt(&header(kid)),
            Err(UnusableKey::KeyIdMismatch.into()),
            "{kid}"
        );
    }
}

/// A set's keys for encryption are no keys for verification.
#[test]
fn a_verifier_set_takes_signing_keys_only() {
    let encrypting = jose_core::jwk::JwkSet::new(vec![RECIPIENT.public().clone()]).unwrap();
    let set = VerifierSet::prepare(&encrypting, Level::OneShot, BACKEND);
    assert_eq!(set.unwrap_err(), UnusableKey::UnknownKeyId.into());
}

#[test]
fn kid_can_be_required() {
    let policy = any_jws().require_kid();
    let verifier = verifier(SIGNER.public());
    let nameless = sign(r#"{"alg":"ES384"}"#, b"x");
    let missing = Error::from(NotAllowed::MissingKeyId);
    assert_eq!(
        verifier.verify(nameless.as_bytes(), &policy).unwrap_err(),
        missing
    );
    let named = signer(&SIGNER).sign(b"x", &SignHeader::new()).unwrap();
    assert_eq!(
        verifier
            .verify(named.as_bytes(), &policy)
            .unwrap()
            .header()
            .kid(),
        Some("s1")
    );
    let refused = decryption(&RECIPIENT).decrypt(
        seal(PLAIN_HEADER, b"x").as_bytes(),
        &any_jwe().require_kid(),
    );
    assert_eq!(refused.unwrap_err(), missing);
}

/// RFC 8725 §3.11 and RFC 7515 §4.1.9: one type cannot pass for another; case
/// and a leading "application/" do not matter.
#[test]
fn typ_and_cty_must_be_the_expected_ones() {
    let typ = Error::from(NotAllowed::Type);
    let verifier = verifier(SIGNER.public());
    let policy = any_jws().with_typ("prereg-pin+jwt");
    for (header, passes) in [
        (r#"{"alg":"ES384","typ":"prereg-pin+jwt"}"#, true),
        (r#"{"alg":"ES384","typ":"PREREG-PIN+JWT"}"#, true),
        (
            r#"{"alg":"ES384","typ":"application/prereg-pin+jwt"}"#,
            true,
        ),
        (
            r#"{"alg":"ES384","typ":"Application/Prereg-Pin+JWT"}"#,
            true,
        ),
        (r#"{"alg":"ES384","typ":"prereg-credential+jwt"}"#, false),
        (r#"{"alg":"ES384","typ":"text/prereg-pin+jwt"}"#, false),
        (
            r#"{"alg":"ES384","typ":"application/x/prereg-pin+jwt"}"#,
            false,
        ),
        (r#"{"alg":"ES384","typ":"prereg-pin+jwt "}"#, false),
        (r#"{"alg":"ES384","typ":"JWT"}"#, false),
        (r#"{"alg":"ES384","typ":""}"#, false),
        (r#"{"alg":"ES384","cty":"prereg-pin+jwt"}"#, false),
        (r#"{"alg":"ES384"}"#, false),
    ] {
        let verified = verifier
            .verify(sign(header, b"x").as_bytes(), &policy)
            .map(|_| ());
        assert_eq!(verified, if passes { Ok(()) } else { Err(typ) }, "{header}");
    }
    let key = decryption(&RECIPIENT);
    let policy = any_jwe()
        .with_typ("request+jwe")
        .with_cty(&["json", "text/plain"]);
    for (member, due) in [
        (r#""typ":"request+jwe","cty":"json""#, Ok(())),
        (r#""typ":"request+jwe","cty":"application/JSON""#, Ok(())),
        (r#""typ":"request+jwe","cty":"text/plain""#, Ok(())),
        (
            r#""typ":"request+jwe","cty":"plain""#,
            Err(NotAllowed::ContentType.into()),
        ),
        (
            r#""typ":"request+jwe","cty":"JWT""#,
            Err(NotAllowed::ContentType.into()),
        ),
        (
            r#""typ":"request+jwe""#,
            Err(NotAllowed::ContentType.into()),
        ),
        (r#""typ":"other","cty":"json""#, Err(typ)),
        (r#""cty":"json""#, Err(typ)),
    ] {
        let (_, header) = headers(member);
        let opened = key
            .decrypt(seal(&header, b"x").as_bytes(), &policy)
            .map(|_| ());
        assert_eq!(opened, due, "{member}");
    }
}

/// What a sender asks for stands in the header, and nothing else does.
#[test]
fn senders_write_what_they_were_asked() {
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A128Gcm)
        .with_typ("a\"b")
        .with_cty("json")
        .with_apu(b"Alice")
        .with_apv(b"");
    let token = recipient(RECIPIENT.public())
        .encrypt(b"x", &header, &mut SysRng)
        .unwrap();
    let json = jose_core::base64url::decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let object = jose_core::json::parse_object(&json).unwrap();
    let names: Vec<_> = object.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["epk", "alg", "enc", "kid", "typ", "cty", "apu", "apv"]
    );
    assert_eq!(object.get("apv").unwrap().as_str(), Some(""));
    let epk: Vec<_> = object
        .get("epk")
        .unwrap()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(epk, ["kty", "crv", "x", "y"]);
    let opened = decryption(&RECIPIENT)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap();
    assert_eq!(
        (opened.header().typ(), opened.header().cty()),
        (Some("a\"b"), Some("json"))
    );

    let token = signer(&SIGNER)
        .sign(b"x", &SignHeader::new().with_typ("t").with_cty("c"))
        .unwrap();
    let json = jose_core::base64url::decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    assert_eq!(json, br#"{"alg":"ES384","kid":"s1","typ":"t","cty":"c"}"#);
    let verified = verifier(SIGNER.public())
        .verify(token.as_bytes(), &any_jws())
        .unwrap();
    assert_eq!(
        (verified.header().typ(), verified.header().cty()),
        (Some("t"), Some("c"))
    );
    assert_eq!(verified.header().alg(), SignatureAlgorithm::Es384);
    assert_eq!(verified.signer_thumbprint(), SIGNER.public().thumbprint());
}
