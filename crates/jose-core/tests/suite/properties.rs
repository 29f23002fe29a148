//! Rules that hold for every input of a kind, and an independent recipient.

use aes_kw::{KeyInit as _, KwAes128, KwAes192, KwAes256};
use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::{decode, encode};
use jose_core::curve::{Point, SecretScalar};
use jose_core::error::{Error, JsonFault, Malformed, UnusableKey};
use jose_core::jwe::{EncryptHeader, KeyAgreement};
use jose_core::jwk::{PrivateJwk, PublicJwk};
use jose_core::jws::SignHeader;
use jose_core::{json, nested};
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, any_jws, concat_kdf, decryption, gcm_seal, recipient,
    seal, seal_to, segments, sign, signer, verifier, verifiers,
};

fn key_management() -> impl Strategy<Value = KeyManagement> {
    prop::sample::select(KeyManagement::ALL.to_vec())
}

fn content_encryption() -> impl Strategy<Value = ContentEncryption> {
    prop::sample::select(ContentEncryption::ALL.to_vec())
}

fn scalar() -> impl Strategy<Value = SecretScalar> {
    prop::array::uniform32(any::<u8>()).prop_map(|seed| {
        let mut bytes = [1; 48];
        bytes[8..40].copy_from_slice(&seed);
        SecretScalar::from_bytes(&bytes).unwrap()
    })
}

/// Decrypts with our own Concat KDF, and seals again instead of opening: the
/// same key, IV and header must give the same tag.
fn open_independently(
    token: &str,
    alg: KeyManagement,
    enc: ContentEncryption,
    (apu, apv): (&[u8], &[u8]),
    plaintext: &[u8],
) {
    let parts = segments(token);
    let header = decode(parts[0].as_bytes()).unwrap();
    let header = json::parse_object(&header).unwrap();
    let epk = header.get("epk").unwrap().as_object().unwrap();
    let coordinate = |name| decode(epk.get(name).unwrap().as_str().unwrap().as_bytes()).unwrap();
    let epk = Point::from_coordinates(&coordinate("x"), &coordinate("y")).unwrap();
    let z = RECIPIENT.scalar().agree(&epk).unwrap();
    let bits = |bytes: usize| u32::try_from(bytes * 8).unwrap();
    let key = match alg.wrapping_key_bytes() {
        None => concat_kdf(z.expose(), enc.name(), apu, apv, bits(enc.key_bytes())),
        Some(bytes) => {
            let kek = concat_kdf(z.expose(), alg.name(), apu, apv, bits(bytes));
            unwrap(&kek, &decode(parts[1].as_bytes()).unwrap())
        }
    };
    let iv = decode(parts[2].as_bytes()).unwrap().try_into().unwrap();
    let mut text = plaintext.to_vec();
    let tag = gcm_seal(&key, iv, parts[0].as_bytes(), &mut text);
    assert_eq!(
        (encode(&text), encode(&tag)),
        (parts[3].clone(), parts[4].clone())
    );
}

fn unwrap(kek: &[u8], wrapped: &[u8]) -> Vec<u8> {
    let mut out = vec![0; wrapped.len() - 8];
    match kek.len() {
        16 => KwAes128::new_from_slice(kek)
            .unwrap()
            .unwrap_key(wrapped, &mut out)
            .map(|_| ()),
        24 => KwAes192::new_from_slice(kek)
            .unwrap()
            .unwrap_key(wrapped, &mut out)
            .map(|_| ()),
        _ => KwAes256::new_from_slice(kek)
            .unwrap()
            .unwrap_key(wrapped, &mut out)
            .map(|_| ()),
    }
    .unwrap();
    out
}

/// JSON members written in another order, with white space between.
fn shuffled(object: &str) -> impl Strategy<Value = String> + use<> {
    let members: Vec<String> = split_members(object);
    let space = prop::sample::select(vec!["", " ", "\n", "\t\r\n "]);
    (Just(members).prop_shuffle(), space).prop_map(|(members, space)| {
        format!(
            "{{{space}{}{space}}}",
            members.join(&format!("{space},{space}"))
        )
    })
}

/// The members of a flat object, or of one whose only inner object is `EPK`.
fn split_members(object: &str) -> Vec<String> {
    object
        .trim_matches(['{', '}'])
        .split(',')
        .map(str::to_string)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Row "Concat KDF: AlgorithmID …, length prefixes, apu/apv absent and
    /// empty": our tokens under an independent KDF.
    #[test]
    fn what_we_encrypt_others_decrypt(
        alg in key_management(),
        enc in content_encryption(),
        plaintext in vec(any::<u8>(), 0..200),
        apu in prop::option::of(vec(any::<u8>(), 0..70)),
        apv in prop::option::of(vec(any::<u8>(), 0..70)),
    ) {
        let mut header = EncryptHeader::new(alg, enc);
        if let Some(apu) = &apu {
            header = header.with_apu(apu);
        }
        if let Some(apv) = &apv {
            header = header.with_apv(apv);
        }
        let token = recipient(RECIPIENT.public()).encrypt(&plaintext, &header, &mut SysRng).unwrap();
        let info = (apu.as_deref().unwrap_or_default(), apv.as_deref().unwrap_or_default());
        open_independently(&token, alg, enc, info, &plaintext);
        let opened = decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe()).unwrap();
        prop_assert_eq!(opened.plaintext(), plaintext);
    }

    /// The same row the other way: an independent sender, absent and empty
    /// party information being one and the same.
    #[test]
    fn what_others_encrypt_we_decrypt(
        ephemeral in scalar(),
        plaintext in vec(any::<u8>(), 0..200),
        apu in prop::option::of(vec(any::<u8>(), 0..70)),
        apv in prop::option::of(vec(any::<u8>(), 0..70)),
    ) {
        let mut header = PLAIN_HEADER.to_string();
        for (name, value) in [("apu", &apu), ("apv", &apv)] {
            if let Some(value) = value {
                header = header.replacen('{', &format!("{{\"{name}\":\"{}\",", encode(value)), 1);
            }
        }
        let info = (apu.as_deref().unwrap_or_default(), apv.as_deref().unwrap_or_default());
        let token = seal_to(RECIPIENT.public().point(), &ephemeral, &header, info, &plaintext);
        let opened = decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe()).unwrap();
        prop_assert_eq!(opened.plaintext(), plaintext);
        // Party information that the KDF was not given.
        let other = (info.0, &[info.1, b"x"].concat()[..]);
        let token = seal_to(RECIPIENT.public().point(), &ephemeral, &header, other, b"x");
        let refused = decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe());
        prop_assert_eq!(refused.unwrap_err(), Error::DecryptFailed);
    }

    #[test]
    fn signed_and_nested_tokens_round_trip(payload in vec(any::<u8>(), 0..300), typ in "[ -~]{0,20}") {
        let header = SignHeader::new().with_typ(&typ);
        let token = signer(&SIGNER).sign(&payload, &header).unwrap();
        let verified = verifier(SIGNER.public()).verify(token.as_bytes(), &any_jws()).unwrap();
        prop_assert_eq!(verified.payload(), &payload[..]);
        prop_assert_eq!(verified.header().typ(), Some(typ.as_str()));

        let mut claims = String::from("{");
        json::write_member("t", &typ, &mut claims);
        claims.push('}');
        let outer = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A128Gcm);
        let sealed = nested::seal(
            claims.as_bytes(), &signer(&SIGNER), &header,
            &recipient(RECIPIENT.public()), &outer, &mut SysRng,
        ).unwrap();
        let policy = nested::Policy { jwe: any_jwe(), jws: any_jws().with_typ(&typ) };
        let opened = nested::open(sealed.as_bytes(), &decryption(&RECIPIENT), &verifiers(&[&SIGNER]), &policy).unwrap();
        let claims = opened.claims().unwrap();
        prop_assert_eq!(claims.get("t").unwrap().as_str(), Some(typ.as_str()));
    }

    /// Member order and white space do not matter, in keys and in headers.
    #[test]
    fn member_order_is_irrelevant(
        key in shuffled(&RECIPIENT.public().to_json()),
        jwe in shuffled(r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"kid":"r1","cty":"json","n":1}"#),
        jws in shuffled(r#"{"alg":"ES384","kid":"s1","typ":"t","x":null}"#),
    ) {
        let read = PublicJwk::from_json(key.as_bytes()).unwrap();
        prop_assert_eq!(&read, RECIPIENT.public());
        prop_assert_eq!(read.thumbprint(), RECIPIENT.public().thumbprint());
        let token = seal(&jwe, b"x");
        decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe()).unwrap();
        verifier(SIGNER.public()).verify(sign(&jws, b"x").as_bytes(), &any_jws()).unwrap();
    }

    /// Keys of any scalar: JSON round trip, RFC 7638 by hand, and coordinates
    /// one byte shorter or longer refused.
    #[test]
    fn keys_round_trip(scalar in scalar(), kid in "\\PC{0,12}") {
        let key = PrivateJwk::new(scalar).with_kid(&kid);
        let again = PrivateJwk::from_json(key.to_json().as_bytes()).unwrap();
        prop_assert_eq!(again.public(), key.public());
        prop_assert_eq!(again.scalar().to_bytes(), key.scalar().to_bytes());
        let (x, y) = key.public().point().coordinates();
        let text = format!(r#"{{"crv":"P-384","kty":"EC","x":"{}","y":"{}"}}"#, encode(&x), encode(&y));
        prop_assert_eq!(key.public().thumbprint().as_bytes()[..].to_vec(), Sha256::digest(text).to_vec());
        for wrong in [x[1..].to_vec(), x[..47].to_vec(), [&[0][..], &x].concat(), [&x[..], &[0]].concat()] {
            let text = key.public().to_json().replacen(&encode(&x), &encode(&wrong), 1);
            let refused = PublicJwk::from_json(text.as_bytes()).unwrap_err();
            prop_assert_eq!(refused, Error::UnusableKey(UnusableKey::Length));
        }
        let mut off = y;
        off[47] ^= 1;
        prop_assert!(Point::from_coordinates(&x, &off).is_err());
    }
}

/// A character of a token's text, for [`changed`].
fn foreign_character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => prop::sample::select(('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-_".chars()).collect::<Vec<_>>()),
        1 => prop::sample::select(". =+/\n\t\r\0%~".chars().collect::<Vec<_>>()),
    ]
}

fn changed(token: &str, at: prop::sample::Index, to: char) -> Option<String> {
    let at = at.index(token.len());
    let mut text = token.to_string();
    text.replace_range(at..=at, &to.to_string());
    (text != token).then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rows "non-canonical base64url" and "whitespace, padding, … anywhere":
    /// a token that differs in one character is another token, and refused.
    #[test]
    fn any_change_of_one_character_is_refused(at in any::<prop::sample::Index>(), to in foreign_character()) {
        let jwe = seal(PLAIN_HEADER, b"plaintext");
        if let Some(token) = changed(&jwe, at, to) {
            prop_assert!(decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe()).is_err(), "{}", token);
        }
        let jws = sign(r#"{"alg":"ES384"}"#, b"payload!");
        if let Some(token) = changed(&jws, at, to) {
            prop_assert!(verifier(SIGNER.public()).verify(token.as_bytes(), &any_jws()).is_err(), "{}", token);
        }
    }

    #[test]
    fn any_insertion_or_removal_is_refused(at in any::<prop::sample::Index>(), to in foreign_character(), count in 1usize..5) {
        for (token, is_jwe) in [(seal(PLAIN_HEADER, b"plaintext"), true), (sign(r#"{"alg":"ES384"}"#, b"payload!"), false)] {
            let mut longer = token.clone();
            longer.insert_str(at.index(token.len() + 1), &to.to_string().repeat(count));
            let start = at.index(token.len() - count);
            let mut shorter = token.clone();
            shorter.replace_range(start..start + count, "");
            for other in [longer, shorter] {
                let refused = if is_jwe {
                    decryption(&RECIPIENT).decrypt(other.as_bytes(), &any_jwe()).is_err()
                } else {
                    verifier(SIGNER.public()).verify(other.as_bytes(), &any_jws()).is_err()
                };
                prop_assert!(refused, "{}", other);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// What decodes has one spelling only.
    #[test]
    fn base64url_is_canonical(bytes in vec(any::<u8>(), 0..100), text in "[A-Da-d0-3_=+/ -]{0,12}") {
        prop_assert_eq!(decode(encode(&bytes).as_bytes()).unwrap(), bytes);
        if let Ok(bytes) = decode(text.as_bytes()) {
            prop_assert_eq!(encode(&bytes), text);
        }
    }

    /// The reader against serde's: it accepts no text that breaks the grammar,
    /// and refuses valid ones for its own rules only.
    #[test]
    fn json_agrees_with_another_reader(text in "[\\[\\]{}:,\"a\\\\u0-9 .eE+-]{0,24}|\\PC{0,20}", raw in vec(any::<u8>(), 0..40)) {
        for text in [text.as_bytes(), &raw, &json_like(&raw)] {
            let ours = json::parse(text);
            let theirs = serde_json::from_slice::<serde_json::Value>(text);
            match ours {
                Ok(_) => prop_assert!(theirs.is_ok()),
                Err(Error::Malformed(Malformed::Json(JsonFault::Syntax))) => prop_assert!(theirs.is_err()),
                Err(_) => {}
            }
        }
    }

    /// Whatever arrives, there is an answer and no panic.
    #[test]
    fn arbitrary_input_is_answered(bytes in vec(any::<u8>(), 0..200), header in "\\PC{0,80}") {
        let token = format!("{}..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA", encode(header.as_bytes()));
        prop_assert!(decryption(&RECIPIENT).decrypt(token.as_bytes(), &any_jwe()).is_err());
        prop_assert!(decryption(&RECIPIENT).decrypt(&bytes, &any_jwe()).is_err());
        prop_assert!(verifier(SIGNER.public()).verify(&bytes, &any_jws()).is_err());
        prop_assert!(PublicJwk::from_json(&bytes).is_err());
        prop_assert!(PrivateJwk::from_pkcs8_der(&bytes).is_err());
    }
}

/// Turns arbitrary bytes into a text that is often nearly JSON.
fn json_like(seed: &[u8]) -> Vec<u8> {
    const PIECES: [&str; 16] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "1",
        "-0.5e1",
        "true",
        "null",
        " ",
        "\"\\u0061\"",
        "\"\\ud800\"",
        "{\"a\":1}",
    ];
    seed.iter()
        .flat_map(|byte| PIECES[usize::from(byte % 16)].bytes())
        .collect()
}
