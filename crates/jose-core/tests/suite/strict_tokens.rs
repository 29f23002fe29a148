//! The compact form, base64url, and the cryptographic parts of a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use getrandom::SysRng;
use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::{decode, decode_to, decoded_len, encode};
use jose_core::curve::Point;
use jose_core::error::{Error, Malformed, NotAllowed};
use jose_core::es384::{Signature, SigningKey, VerifyingKey, digest};
use jose_core::jwe::{DecryptionKey, EncryptHeader, KeyAgreement, begin_decrypt};
use jose_core::jws::SignHeader;
use jose_core::policy::Limits;
use jose_core::secret::SharedSecret;

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, epk_json, hex,
    non_canonical, recipient, seal, segments, sign, sign_segments, signer, verifier, with_segment,
};
use super::keys::foreign_points;
use crate::BACKEND;

/// A private key that counts how often it is asked.
struct Counting(AtomicUsize);

impl KeyAgreement for Counting {
    fn agree(&self, peer: &Point) -> Result<SharedSecret, Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        RECIPIENT.scalar().agree(peer)
    }
}

fn wrapped_token(alg: KeyManagement, enc: ContentEncryption) -> String {
    recipient(RECIPIENT.public())
        .encrypt(b"plaintext", &EncryptHeader::new(alg, enc), &mut SysRng)
        .unwrap()
}

fn refused(token: &str) -> Error {
    decryption(&RECIPIENT)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap_err()
}

fn unverified(token: &str) -> Error {
    verifier(SIGNER.public())
        .verify(token.as_bytes(), &any_jws())
        .unwrap_err()
}

/// Row "invalid curve through `epk` … as `epk` of a complete JWE: one opaque
/// failure": also p and beyond, another curve's name, wrong lengths, and `d`.
/// The private key is not touched.
#[test]
fn a_bad_ephemeral_key_is_one_opaque_failure() {
    let ordinary = epk_json(RECIPIENT.public().point());
    let mut bad: Vec<String> = foreign_points()
        .into_iter()
        .map(|(x, y)| format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{y}"}}"#))
        .collect();
    let ones = "_".repeat(64);
    let zeros = "A".repeat(64);
    bad.extend([
        format!(r#"{{"kty":"EC","crv":"P-384","x":"{ones}","y":"{ones}"}}"#),
        format!(r#"{{"kty":"EC","crv":"P-384","x":"{zeros}","y":"{zeros}"}}"#),
        r#"{"kty":"EC","crv":"P-384","x":"","y":""}"#.into(),
        r#"{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}"#.into(),
        ordinary.replace("P-384", "P-256"),
        ordinary.replace("P-384", "X25519"),
        ordinary.replace("EC", "OKP"),
        ordinary.replace('}', r#","d":"AAAA"}"#),
        ordinary.replace('}', r#","k":"AAAA"}"#),
    ]);
    let counting = Arc::new(Counting(AtomicUsize::new(0)));
    let key = DecryptionKey::external(RECIPIENT.public(), counting.clone()).unwrap();
    key.decrypt(seal(PLAIN_HEADER, b"x").as_bytes(), &any_jwe())
        .unwrap();
    assert_eq!(counting.0.load(Ordering::SeqCst), 1);
    for epk in &bad {
        let token = seal(&PLAIN_HEADER.replace("EPK", epk), b"x");
        let error = key.decrypt(token.as_bytes(), &any_jwe()).unwrap_err();
        assert_eq!(error, Error::DecryptFailed, "{epk}");
        assert_eq!(error.to_string(), "decryption failed");
        assert_eq!(
            begin_decrypt(token.as_bytes(), &any_jwe()).unwrap_err(),
            error
        );
    }
    assert_eq!(counting.0.load(Ordering::SeqCst), 1, "the key was used");
}

/// Row "telling failures apart (point, KDF, unwrap, tag)".
#[test]
fn every_failure_of_decryption_is_the_same() {
    for alg in KeyManagement::ALL {
        let token = wrapped_token(alg, ContentEncryption::A256Gcm);
        let parts = segments(&token);
        let altered = |index: usize| {
            let mut bytes = decode(parts[index].as_bytes()).unwrap();
            bytes[0] ^= 1;
            with_segment(&token, index, &encode(&bytes))
        };
        let header = String::from_utf8(decode(parts[0].as_bytes()).unwrap()).unwrap();
        let other_epk = epk_json(SIGNER.public().point());
        let own_epk = &header[header.find("{\"kty\"").unwrap()..=header.find('}').unwrap()];
        let reordered = header.replace(r#""enc":"A256GCM""#, r#""enc": "A256GCM""#);
        let mut tokens = vec![
            altered(2),
            altered(3),
            altered(4),
            with_segment(
                &token,
                0,
                &encode(header.replace(own_epk, &other_epk).as_bytes()),
            ),
            with_segment(&token, 0, &encode(reordered.as_bytes())),
            with_segment(
                &token,
                0,
                &encode(header.replace(r#""alg""#, r#""apu":"AA","alg""#).as_bytes()),
            ),
            with_segment(&token, 3, ""),
        ];
        if alg.wrapping_key_bytes().is_some() {
            tokens.push(altered(1));
        }
        for token in tokens {
            let error = refused(&token);
            assert_eq!(error, Error::DecryptFailed, "{token}");
            assert_eq!(error.code(), "decrypt_failed");
        }
        // Another key without a kid to tell it apart.
        let stranger = enc_key("r1");
        let error = decryption(&stranger).decrypt(token.as_bytes(), &any_jwe());
        assert_eq!(error.unwrap_err(), Error::DecryptFailed);
    }
}

/// Row "non-empty `encrypted_key` with direct agreement; wrapped key of wrong
/// length": refused before any unwrap, and before the private key is used.
#[test]
fn the_encrypted_key_has_the_length_of_its_algorithm() {
    let counting = Arc::new(Counting(AtomicUsize::new(0)));
    let key = DecryptionKey::external(RECIPIENT.public(), counting.clone()).unwrap();
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let token = wrapped_token(alg, enc);
            let due = alg.wrapping_key_bytes().map_or(0, |_| enc.key_bytes() + 8);
            for length in [0, 1, 8, 16, 23, 24, 25, 32, 39, 40, 41, 48, 1000] {
                if length == due {
                    continue;
                }
                let token = with_segment(&token, 1, &encode(&vec![7; length]));
                let error = key.decrypt(token.as_bytes(), &any_jwe()).unwrap_err();
                assert_eq!(
                    error,
                    Malformed::EncryptedKeyLength.into(),
                    "{alg:?} {enc:?} {length}"
                );
            }
        }
    }
    assert_eq!(counting.0.load(Ordering::SeqCst), 0, "the key was used");
}

/// Rows "tag truncated or of another length" and "IV of another length".
#[test]
fn iv_and_tag_have_exact_lengths() {
    let counting = Arc::new(Counting(AtomicUsize::new(0)));
    let key = DecryptionKey::external(RECIPIENT.public(), counting.clone()).unwrap();
    let token = seal(PLAIN_HEADER, b"x");
    let parts = segments(&token);
    for (index, due, fault) in [(2, 12, Malformed::IvLength), (4, 16, Malformed::TagLength)] {
        let bytes = decode(parts[index].as_bytes()).unwrap();
        let longer = [&bytes[..], &[0; 24]].concat();
        for length in 0..40 {
            let token = with_segment(
                &token,
                index,
                &encode(longer.get(..length).unwrap_or(&longer)),
            );
            let opened = key.decrypt(token.as_bytes(), &any_jwe());
            if length == due {
                opened.unwrap();
            } else {
                assert_eq!(opened.unwrap_err(), fault.into(), "{length} bytes");
            }
        }
    }
    assert_eq!(counting.0.load(Ordering::SeqCst), 2, "the key was used");
}

/// Row "non-canonical base64url in tag or ciphertext (not covered by the AAD)",
/// and in every other segment of both kinds of token.
#[test]
fn only_canonical_base64url_is_read() {
    let base64 = Error::from(Malformed::Base64Url);
    // 10 + 12 + 16 bytes and a header of 3k + 1: spare bits almost everywhere.
    let token = seal(PLAIN_HEADER, b"0123456789");
    decryption(&RECIPIENT)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap();
    let parts = segments(&token);
    for index in [0, 3, 4] {
        if parts[index].len().is_multiple_of(4) {
            continue;
        }
        let other = with_segment(&token, index, &non_canonical(&parts[index]));
        assert_eq!(refused(&other), base64, "segment {index}");
    }
    assert_ne!(parts[3].len() % 4, 0);
    assert_ne!(parts[4].len() % 4, 0);
    let wrapped = wrapped_token(KeyManagement::EcdhEsA128Kw, ContentEncryption::A256Gcm);
    let parts = segments(&wrapped);
    let other = with_segment(&wrapped, 1, &non_canonical(&parts[1]));
    assert_eq!(refused(&other), base64, "encrypted key");

    // The signature of 96 bytes has no spare bits; header and payload are
    // signed as they stand, so only the reader can refuse them.
    let header = encode(br#"{"alg":"ES384"}"#);
    let loose = sign_segments(&header, &non_canonical(&encode(b"0123456789")));
    assert_eq!(unverified(&loose), base64);
    let loose = sign_segments(&non_canonical(&encode(br#"{"alg":"ES384" }"#)), "e30");
    assert_eq!(unverified(&loose), base64);
}

/// Row "whitespace, padding, standard alphabet, newline anywhere in a token".
#[test]
fn nothing_but_the_alphabet_stands_in_a_token() {
    let jwe = seal(PLAIN_HEADER, b"\xff\xff\xff\xfe\xfe\xfe");
    let jws = sign(r#"{"alg":"ES384"}"#, b"\xff\xff\xff\xfe\xfe\xfe");
    let ends = |token: &str| {
        let dots = token.match_indices('.').map(|(at, _)| at);
        let mut all: Vec<usize> = dots.flat_map(|at| [at, at + 1]).collect();
        all.extend([0, 1, token.len() - 1, token.len()]);
        all
    };
    for foreign in [
        " ", "\t", "\n", "\r\n", "=", "==", "+", "/", "\0", "\u{feff}", "%3D", "é", "~", ",",
    ] {
        for at in ends(&jwe) {
            let mut token = jwe.clone();
            token.insert_str(at, foreign);
            assert!(
                matches!(refused(&token), Error::Malformed(_)),
                "{foreign:?} at {at}"
            );
        }
        for at in ends(&jws) {
            let mut token = jws.clone();
            token.insert_str(at, foreign);
            assert!(
                matches!(unverified(&token), Error::Malformed(_)),
                "{foreign:?} at {at}"
            );
        }
    }
    // The standard alphabet in place of ours, signed as it stands.
    let payload = encode(b"\xff\xff\xff\xfb\xef\xbe");
    assert!(payload.contains('_') && payload.contains('-'));
    let header = encode(br#"{"alg":"ES384"}"#);
    verifier(SIGNER.public())
        .verify(sign_segments(&header, &payload).as_bytes(), &any_jws())
        .unwrap();
    let standard = payload.replace('_', "/").replace('-', "+");
    for loose in [
        standard,
        format!("{payload}===="),
        format!("{payload}\n"),
        format!(" {payload}"),
    ] {
        assert_eq!(
            unverified(&sign_segments(&header, &loose)),
            Malformed::Base64Url.into(),
            "{loose}"
        );
    }
}

/// Row "0…8 segments, empty segments".
#[test]
fn the_number_of_segments_is_exact() {
    let malformed = |error: &Error| matches!(error, Error::Malformed(_));
    let (jwe, jws) = (seal(PLAIN_HEADER, b"x"), sign(r#"{"alg":"ES384"}"#, b"x"));
    for count in 0..=8 {
        let pick = |token: &str| {
            let all = segments(token);
            let cycle = all.iter().cycle().take(count).map(String::as_str);
            cycle.collect::<Vec<_>>().join(".")
        };
        if count != 5 {
            assert_eq!(refused(&pick(&jwe)), Malformed::Segments.into(), "{count}");
        }
        if count != 3 {
            assert_eq!(
                unverified(&pick(&jws)),
                Malformed::Segments.into(),
                "{count}"
            );
        }
        for filler in ["", "A", "AA"] {
            let dots = vec![filler; count].join(".");
            assert!(malformed(&refused(&dots)), "{dots}");
            assert!(malformed(&unverified(&dots)), "{dots}");
        }
    }
    for index in [0, 1, 2, 3, 4] {
        let token = with_segment(
            &wrapped_token(KeyManagement::EcdhEsA256Kw, ContentEncryption::A256Gcm),
            index,
            "",
        );
        // An empty ciphertext is a form of its own, and fails at the tag.
        assert_eq!(malformed(&refused(&token)), index != 3, "{index}");
    }
    for index in [0, 2] {
        assert!(
            malformed(&unverified(&with_segment(&jws, index, ""))),
            "{index}"
        );
    }
    // Each kind of token where the other is due.
    assert_eq!(refused(&jws), Malformed::Segments.into());
    assert_eq!(unverified(&jwe), Malformed::Segments.into());
}

/// Empty plaintexts and payloads are valid.
#[test]
fn empty_contents_pass() {
    let opened = decryption(&RECIPIENT).decrypt(seal(PLAIN_HEADER, b"").as_bytes(), &any_jwe());
    assert_eq!(opened.unwrap().plaintext(), b"");
    let token = sign(r#"{"alg":"ES384"}"#, b"");
    assert!(token.contains(".."));
    let verified = verifier(SIGNER.public()).verify(token.as_bytes(), &any_jws());
    assert_eq!(verified.unwrap().payload(), b"");
}

/// Row "100 MB of dots": caps are checked before anything else (what is
/// allocated meanwhile is counted in `tests/allocation.rs`).
#[test]
fn sizes_are_capped() {
    let token = seal(PLAIN_HEADER, b"x");
    let at = |limits: Limits, token: &str| {
        decryption(&RECIPIENT)
            .decrypt(token.as_bytes(), &any_jwe().with_limits(limits))
            .map(|opened| opened.plaintext().to_vec())
    };
    let exact = Limits {
        token_bytes: token.len(),
        header_bytes: segments(&token)[0].len(),
        party_info_bytes: 0,
    };
    at(exact, &token).unwrap();
    let shorter = Limits {
        token_bytes: token.len() - 1,
        ..exact
    };
    assert_eq!(at(shorter, &token), Err(NotAllowed::TokenTooLong.into()));
    let shorter = Limits {
        header_bytes: exact.header_bytes - 1,
        ..exact
    };
    assert_eq!(at(shorter, &token), Err(NotAllowed::HeaderTooLong.into()));

    let jws = sign(r#"{"alg":"ES384"}"#, b"x");
    let verify = |limits: Limits| {
        let policy = any_jws().with_limits(limits);
        verifier(SIGNER.public())
            .verify(jws.as_bytes(), &policy)
            .map(|_| ())
    };
    let exact = Limits {
        token_bytes: jws.len(),
        header_bytes: 20,
        party_info_bytes: 0,
    };
    verify(exact).unwrap();
    assert_eq!(
        verify(Limits {
            token_bytes: jws.len() - 1,
            ..exact
        }),
        Err(NotAllowed::TokenTooLong.into())
    );
    assert_eq!(
        verify(Limits {
            header_bytes: 19,
            ..exact
        }),
        Err(NotAllowed::HeaderTooLong.into())
    );

    for (name, length, fits) in [
        ("apu", 1024, true),
        ("apu", 1025, false),
        ("apv", 1024, true),
        ("apv", 1025, false),
    ] {
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A128Gcm);
        let info = vec![1; length];
        let header = if name == "apu" {
            header.with_apu(&info)
        } else {
            header.with_apv(&info)
        };
        let token = recipient(RECIPIENT.public())
            .encrypt(b"x", &header, &mut SysRng)
            .unwrap();
        let opened = at(Limits::default(), &token);
        let due = if fits {
            Ok(b"x".to_vec())
        } else {
            Err(NotAllowed::PartyInfoTooLong.into())
        };
        assert_eq!(opened, due, "{name} of {length}");
    }
}

/// Row "r = s = 0, r or s ≥ n": by hand, over a digest and in a token.
#[test]
fn signature_values_out_of_range_are_refused() {
    let n = hex(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    let zero = vec![0; 48];
    let ones = vec![0xff; 48];
    let token = sign(r#"{"alg":"ES384"}"#, b"x");
    let parts = segments(&token);
    let good = decode(parts[2].as_bytes()).unwrap();
    let (r, s) = (good[..48].to_vec(), good[48..].to_vec());
    let key = VerifyingKey::prepare(SIGNER.public().point(), Level::OneShot, BACKEND);
    for (r, s) in [
        (&zero, &zero),
        (&n, &n),
        (&zero, &s),
        (&r, &zero),
        (&n, &s),
        (&r, &n),
        (&ones, &s),
        (&r, &ones),
        (&s, &r),
    ] {
        let bytes = [r.as_slice(), s].concat();
        let signature = Signature::from_bytes(&bytes).unwrap();
        for digest in [digest(b"x"), [0; 48]] {
            assert_eq!(
                key.verify_digest(&digest, &signature),
                Err(Error::SignatureInvalid)
            );
        }
        let token = with_segment(&token, 2, &encode(&bytes));
        assert_eq!(unverified(&token), Error::SignatureInvalid);
    }
}

/// Row "DER where raw is due and the reverse; trailing or missing bytes".
#[test]
fn signatures_in_tokens_are_raw_and_96_bytes() {
    let token = sign(r#"{"alg":"ES384"}"#, b"x");
    let raw = decode(segments(&token)[2].as_bytes()).unwrap();
    let signature = Signature::from_bytes(&raw).unwrap();
    let der = signature.to_der().unwrap();
    assert_eq!(Signature::from_der(&der).unwrap(), signature);
    assert!(Signature::from_der(&raw).is_err());
    assert!(Signature::from_bytes(&der).is_err());
    for other in [
        der,
        raw[..95].to_vec(),
        [&raw[..], &[0]].concat(),
        [&[0], &raw[..]].concat(),
        raw[..48].to_vec(),
        [&raw[..], &raw].concat(),
        vec![],
    ] {
        let error = unverified(&with_segment(&token, 2, &encode(&other)));
        assert_eq!(
            error,
            Malformed::SignatureLength.into(),
            "{} bytes",
            other.len()
        );
    }
    let zeros = Signature::from_bytes(&[0; 96]).unwrap();
    assert_eq!(zeros.to_der(), Err(Error::SignatureInvalid));
}

/// Row "(r, n−s)": accepted by default, refused on demand, told apart always.
#[test]
fn high_s_is_a_policy() {
    let token = sign(r#"{"alg":"ES384"}"#, b"x");
    let raw = decode(segments(&token)[2].as_bytes()).unwrap();
    let negated = with_segment(&token, 2, &encode(&negate_s(&raw)));
    let verifier = verifier(SIGNER.public());
    let low = any_jws().require_low_s();
    let mut refused = 0;
    for token in [token, negated] {
        verifier.verify(token.as_bytes(), &any_jws()).unwrap();
        let raw = decode(segments(&token)[2].as_bytes()).unwrap();
        let is_low = Signature::from_bytes(&raw).unwrap().has_low_s();
        match verifier.verify(token.as_bytes(), &low) {
            Ok(_) => assert!(is_low),
            Err(error) => {
                assert_eq!(error, NotAllowed::HighS.into());
                assert!(!is_low);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 1, "one of the two halves");
}

/// r ‖ n − s, by schoolbook subtraction.
fn negate_s(raw: &[u8]) -> Vec<u8> {
    let n = hex(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    let mut out = raw.to_vec();
    let mut borrow = 0;
    for at in (0..48).rev() {
        let difference = i16::from(n[at]) - i16::from(raw[48 + at]) - borrow;
        borrow = i16::from(difference < 0);
        out[48 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    out
}

/// Row "ciphertext length": a token's length is a function of the plaintext's.
#[test]
fn equal_plaintext_lengths_give_equal_token_lengths() {
    let recipient = recipient(RECIPIENT.public());
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let length = |plaintext: &[u8]| {
        recipient
            .encrypt(plaintext, &header, &mut SysRng)
            .unwrap()
            .len()
    };
    let due = length(&[0; 300]);
    for _ in 0..20 {
        assert_eq!(length(&[0xff; 300]), due);
    }
    let signer = signer(&SIGNER);
    let signed = |payload: &[u8]| signer.sign(payload, &SignHeader::new()).unwrap().len();
    assert_eq!(signed(&[0; 300]), signed(&[0xff; 300]));
}

/// A signature does not carry over to another digest or key.
#[test]
fn signatures_bind_digest_and_key() {
    let key = SigningKey::prepare(SIGNER.scalar(), BACKEND);
    let signature = key.sign_digest(&digest(b"one"));
    let verifying = VerifyingKey::prepare(&key.point(), Level::OneShot, BACKEND);
    verifying
        .verify_digest(&digest(b"one"), &signature)
        .unwrap();
    assert!(
        verifying
            .verify_digest(&digest(b"two"), &signature)
            .is_err()
    );
    let other = VerifyingKey::prepare(RECIPIENT.public().point(), Level::OneShot, BACKEND);
    assert!(other.verify_digest(&digest(b"one"), &signature).is_err());
}

#[test]
fn base64url_lengths() {
    for length in 0..200usize {
        let bytes = vec![0xa5; length];
        let text = encode(&bytes);
        assert_eq!(decoded_len(text.len()).unwrap(), length);
        let mut exact = vec![0; length];
        decode_to(text.as_bytes(), &mut exact).unwrap();
        assert_eq!(exact, bytes);
        let mut other = vec![0; length + 1];
        assert!(decode_to(text.as_bytes(), &mut other).is_err());
    }
    for impossible in ["A", "AAAAA", "AAAAAAAAA"] {
        assert_eq!(
            decode(impossible.as_bytes()),
            Err(Malformed::Base64Url.into())
        );
    }
    assert_eq!(decoded_len(usize::MAX - 1).unwrap(), usize::MAX / 4 * 3 + 1);
}
