//! The binary WebAuthn forms: layout against hand-assembled bytes, every rule
//! that refuses, and canonical round trips.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use prereg_types::{
    cbor::{self, Map, Value},
    webauthn::{
        Aaguid, AttestationObject, AttestationStatement, AttestedCredentialData, AuthenticatorData,
        CoseAlgorithm, CoseKey, Error, Flags, PackedStatement,
    },
};
use proptest::prelude::*;

const AAGUID: Aaguid = Aaguid::from_u128(0x2fc0579f_8113_47ea_b116_bb5a8db9202a);

const P256: CoseKey = CoseKey::Es256 {
    x: [0x11; 32],
    y: [0x22; 32],
};

const P384: CoseKey = CoseKey::Es384 {
    x: [0x33; 48],
    y: [0x44; 48],
};

/// The `COSE_Key` of [`P256`], written out from RFC 9052 §7 and RFC 9053 §7.1.1.
fn p256_bytes() -> Vec<u8> {
    [
        b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20",
        &[0x11; 32][..],
        b"\x22\x58\x20",
        &[0x22; 32],
    ]
    .concat()
}

/// Authenticator data with one credential, written out from WebAuthn §6.1.
fn registration_bytes(flags: u8, id: &[u8], key: &[u8], tail: &[u8]) -> Vec<u8> {
    let len = u16::try_from(id.len()).unwrap().to_be_bytes();
    let aaguid = b"\x2f\xc0\x57\x9f\x81\x13\x47\xea\xb1\x16\xbb\x5a\x8d\xb9\x20\x2a";
    let head = [&[0xaa; 32][..], &[flags], b"\x00\x00\x01\x02"].concat();
    [&head, &aaguid[..], &len, id, key, tail].concat()
}

fn cose(edit: impl FnOnce(&mut Map<'static>)) -> Result<CoseKey, Error> {
    let mut map = Map::new();
    map.insert(1, Value::from(2));
    map.insert(3, Value::from(-7));
    map.insert(-1, Value::from(1));
    map.insert(-2, Value::Bytes(&[0x11; 32]));
    map.insert(-3, Value::Bytes(&[0x22; 32]));
    edit(&mut map);
    CoseKey::from_cbor(&Value::Map(map))
}

fn without(label: i64) -> Result<CoseKey, Error> {
    let value = P256.to_cbor();
    let mut map = Map::new();
    for (key, value) in value.as_map().unwrap().iter() {
        if key != label.into() {
            map.insert(key, value.clone());
        }
    }
    CoseKey::from_cbor(&Value::Map(map))
}

#[test]
fn cose_key_layout() {
    assert_eq!(P256.to_cbor().encode(), p256_bytes());
    assert_eq!(
        CoseKey::from_cbor(&cbor::parse(&p256_bytes()).unwrap()),
        Ok(P256)
    );
    let p384 = P384.to_cbor().encode();
    assert!(p384.starts_with(b"\xa5\x01\x02\x03\x38\x22\x20\x02\x21\x58\x30\x33"));
    assert_eq!(CoseKey::from_cbor(&cbor::parse(&p384).unwrap()), Ok(P384));
    assert_eq!(P384.to_sec1().len(), 97);
    assert_eq!(P256.to_sec1()[..2], [4, 0x11]);
}

#[test]
fn cose_key_refusals() {
    assert_eq!(cose(|_| ()), Ok(P256));
    for (label, name) in [(1, "kty"), (3, "alg"), (-1, "crv"), (-2, "x"), (-3, "y")] {
        assert_eq!(without(label), Err(Error::Missing(name)));
        let wrong = cose(|map| {
            map.insert(label, Value::Text(""));
        });
        assert_eq!(wrong, Err(Error::WrongType(name)));
    }
    let with = |label: i64, value: Value<'static>| {
        cose(|map| {
            map.insert(label, value);
        })
    };
    assert_eq!(with(1, Value::from(1)), Err(Error::KeyType));
    assert_eq!(with(3, Value::from(-8)), Err(Error::Algorithm));
    assert_eq!(with(3, Value::from(-257)), Err(Error::Algorithm));
    assert_eq!(with(3, Value::from(-35)), Err(Error::Curve));
    assert_eq!(with(-1, Value::from(2)), Err(Error::Curve));
    // A compressed point, which WebAuthn §5.8.5 forbids.
    assert_eq!(with(-3, Value::Bool(true)), Err(Error::WrongType("y")));
    assert_eq!(with(2, Value::Bytes(b"kid")), Err(Error::UnknownMember));
    // The private coordinate of RFC 9053 §7.1.1.
    assert_eq!(with(-4, Value::Bytes(b"d")), Err(Error::UnknownMember));
    for bytes in [&[][..], &[0x11; 31], &[0x11; 33], &[0x11; 48]] {
        let bytes = Value::Bytes(bytes.to_vec().leak());
        assert_eq!(with(-2, bytes.clone()), Err(Error::CoordinateLength));
        assert_eq!(with(-3, bytes), Err(Error::CoordinateLength));
    }
    assert_eq!(
        CoseKey::from_cbor(&Value::Null),
        Err(Error::WrongType("COSE_Key"))
    );
}

#[test]
fn algorithms_are_the_registered_numbers() {
    for (algorithm, id) in [(CoseAlgorithm::Es256, -7), (CoseAlgorithm::Es384, -35)] {
        assert_eq!(algorithm.id(), id);
        assert_eq!(CoseAlgorithm::from_id(id), Some(algorithm));
    }
    assert_eq!(CoseAlgorithm::from_id(-36), None);
}

#[test]
fn authenticator_data_layout() {
    let bytes = registration_bytes(0x45, b"credential", &p256_bytes(), b"");
    let expected = AuthenticatorData {
        rp_id_hash: [0xaa; 32],
        flags: Flags::UP | Flags::UV | Flags::AT,
        sign_count: 0x0102,
        attested_credential_data: Some(AttestedCredentialData {
            aaguid: AAGUID,
            credential_id: b"credential",
            public_key: P256,
        }),
        extensions: None,
    };
    assert_eq!(AuthenticatorData::parse(&bytes).as_ref(), Ok(&expected));
    assert_eq!(expected.encode(), Ok(bytes));
}

#[test]
fn authenticator_data_of_an_assertion() {
    let bytes = [&[0xaa; 32][..], b"\x05\xff\xff\xff\xff"].concat();
    let data = AuthenticatorData::parse(&bytes).unwrap();
    assert_eq!(data.sign_count, u32::MAX);
    assert_eq!(data.attested_credential_data, None);
    assert!(!data.flags.contains(Flags::AT));
    assert_eq!(data.encode(), Ok(bytes));
}

#[test]
fn authenticator_data_refusals() {
    let parse = |flags, id: &[u8], tail: &[u8]| {
        let bytes = registration_bytes(flags, id, &p256_bytes(), tail);
        AuthenticatorData::parse(&bytes).map(|data| data.flags)
    };
    assert!(parse(0x45, b"id", b"").is_ok());
    assert!(parse(0x45 | 0x18, b"id", b"").is_ok());
    assert!(parse(0x45 | 0x08, b"id", b"").is_ok());
    // BS without BE (§6.1.3): for the relying party to refuse.
    assert_eq!(parse(0x45 | 0x10, b"id", b""), Ok(Flags(0x55)));
    // The AT flag is clear, but a credential follows: bytes nobody announced.
    assert_eq!(parse(0x05, b"id", b""), Err(Error::TrailingBytes));
    assert_eq!(parse(0x45, b"id", b"\x00"), Err(Error::TrailingBytes));
    assert_eq!(parse(0x45, b"id", b"\xa0"), Err(Error::TrailingBytes));
    assert!(parse(0x45, &[7; 1023], b"").is_ok());
    assert_eq!(parse(0x45, &[7; 1024], b""), Err(Error::CredentialIdLength));
    assert_eq!(parse(0x45, b"", b""), Err(Error::CredentialIdLength));

    assert!(parse(0xc5, b"id", b"\xa1\x61a\x01").is_ok());
    assert_eq!(
        parse(0xc5, b"id", b"\x80"),
        Err(Error::WrongType("extensions"))
    );
    assert_eq!(
        parse(0xc5, b"id", b""),
        Err(Error::Cbor(cbor::Error::Truncated))
    );
    assert_eq!(parse(0xc5, b"id", b"\xa0\x00"), Err(Error::TrailingBytes));
}

#[test]
fn authenticator_data_cut_short_is_refused() {
    let bytes = registration_bytes(0x45, b"credential", &p256_bytes(), b"");
    for len in 0..bytes.len() {
        assert!(AuthenticatorData::parse(&bytes[..len]).is_err(), "{len}");
    }
}

#[test]
fn encode_sets_the_flags_that_follow_from_the_members() {
    let mut data = AuthenticatorData {
        rp_id_hash: [0; 32],
        flags: Flags::UP | Flags::AT | Flags::ED,
        sign_count: 0,
        attested_credential_data: None,
        extensions: None,
    };
    assert_eq!(data.encode().unwrap()[32], 0x01);
    data.extensions = Some(Map::new());
    assert_eq!(data.encode().unwrap()[32], 0x81);
    let id = vec![0; 1 << 16];
    data.attested_credential_data = Some(AttestedCredentialData {
        aaguid: AAGUID,
        credential_id: &id,
        public_key: P256,
    });
    assert_eq!(data.encode(), Err(Error::CredentialIdLength));
}

#[test]
fn attestation_object_layout() {
    let packed = AttestationObject {
        statement: AttestationStatement::Packed(PackedStatement {
            alg: -7,
            sig: b"sig",
            x5c: Some(vec![b"leaf", b"ca"]),
        }),
        auth_data: b"data",
    };
    let bytes = b"\xa3\x63fmt\x66packed\x67attStmt\xa3\x63alg\x26\x63sig\x43sig\
                  \x63x5c\x82\x44leaf\x42ca\x68authData\x44data";
    assert_eq!(packed.encode(), bytes);
    assert_eq!(AttestationObject::parse(bytes), Ok(packed));

    let none = AttestationObject {
        statement: AttestationStatement::None,
        auth_data: b"",
    };
    let bytes = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40";
    assert_eq!(none.encode(), bytes);
    assert_eq!(AttestationObject::parse(bytes), Ok(none));
}

#[test]
fn attestation_object_refusals() {
    let refused: &[(&[u8], Error)] = &[
        (b"\x80", Error::WrongType("attestationObject")),
        (b"\xa0", Error::Missing("fmt")),
        (b"\xa1\x63fmt\x01", Error::WrongType("fmt")),
        (b"\xa1\x63fmt\x64none", Error::Missing("attStmt")),
        (
            b"\xa2\x63fmt\x64none\x67attStmt\x80",
            Error::WrongType("attStmt"),
        ),
        (
            b"\xa2\x63fmt\x64none\x67attStmt\xa0",
            Error::Missing("authData"),
        ),
        (
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x60",
            Error::WrongType("authData"),
        ),
        (
            b"\xa4\x61x\x00\x63fmt\x64none\x67attStmt\xa0\x68authData\x40",
            Error::UnknownMember,
        ),
        (
            b"\xa3\x63fmt\x64none\x67attStmt\xa1\x63sig\x40\x68authData\x40",
            Error::UnknownMember,
        ),
        (
            b"\xa3\x63fmt\x63tpm\x67attStmt\xa0\x68authData\x40",
            Error::Format,
        ),
        (
            b"\xa3\x63fmt\x66packed\x67attStmt\xa0\x68authData\x40",
            Error::Missing("alg"),
        ),
        (
            b"\xa3\x63fmt\x66packed\x67attStmt\xa1\x63alg\x26\x68authData\x40",
            Error::Missing("sig"),
        ),
        (
            b"\xa3\x63fmt\x66packed\x67attStmt\xa3\x63alg\x26\x63sig\x40\x63x5c\x80\x68authData\x40",
            Error::Missing("attestnCert"),
        ),
        (
            b"\xa3\x63fmt\x66packed\x67attStmt\xa3\x63alg\x26\x63sig\x40\x63x5c\x81\x60\x68authData\x40",
            Error::WrongType("x5c"),
        ),
        (
            b"\xa3\x63fmt\x66packed\x67attStmt\xa3\x63alg\x26\x63sig\x40\x63x6c\x00\x68authData\x40",
            Error::UnknownMember,
        ),
        (
            b"\xa3\x67attStmt\xa0\x63fmt\x64none\x68authData\x40",
            Error::Cbor(cbor::Error::KeyOrder),
        ),
        (
            b"\xb8\x03\x63fmt\x64none\x67attStmt\xa0\x68authData\x40",
            Error::Cbor(cbor::Error::NotShortest),
        ),
        (
            b"\xbf\x63fmt\x64none\x67attStmt\xa0\x68authData\x40\xff",
            Error::Cbor(cbor::Error::IndefiniteLength),
        ),
        (
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40\x00",
            Error::Cbor(cbor::Error::TrailingBytes),
        ),
    ];
    for (bytes, error) in refused {
        assert_eq!(AttestationObject::parse(bytes), Err(*error), "{bytes:02x?}");
    }
}

#[test]
fn aaguid_text_is_strict() {
    let text = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    assert_eq!(text.parse(), Ok(AAGUID));
    assert_eq!(text.to_uppercase().parse(), Ok(AAGUID));
    assert_eq!(AAGUID.to_string(), text);
    for wrong in [
        "",
        "2fc0579f811347eab116bb5a8db9202a",
        "2fc0579f-8113-47ea-b116-bb5a8db9202",
        "2fc0579f-8113-47ea-b116-bb5a8db9202a-",
        "2fc0579-f8113-47ea-b116-bb5a8db9202a",
        "+fc0579f-8113-47ea-b116-bb5a8db9202a",
        "2fc0579f-8113-47ea-b116-bb5a8db9202g",
        "2fc0579f-8113-47ea-b116-bb5a8db9202é",
        "{fc0579f-8113-47ea-b116-bb5a8db9202}",
    ] {
        assert_eq!(wrong.parse::<Aaguid>(), Err(Error::Aaguid), "{wrong}");
    }
}

/// Valid registration bytes with a few bytes overwritten: most still get far
/// into the parser.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), any::<u8>());
    let tail = prop_oneof![
        4 => Just(vec![]),
        1 => Just(b"\xa0".to_vec()),
        1 => Just(b"\xa2\x01\x81\x02\x61a\xf5".to_vec()),
    ];
    (prop::collection::vec(edit, 0..3), tail, any::<bool>()).prop_map(|(edits, tail, p384)| {
        let key = if p384 { P384 } else { P256 };
        let flags = if tail.is_empty() { 0x45 } else { 0xc5 };
        let mut bytes = registration_bytes(flags, b"credential", &key.to_cbor().encode(), &tail);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn authenticator_data_that_parses_encodes_to_the_same_bytes(bytes in mutated()) {
        if let Ok(data) = AuthenticatorData::parse(&bytes) {
            prop_assert_eq!(data.encode(), Ok(bytes));
        }
    }

    #[test]
    fn attestation_object_that_parses_encodes_to_the_same_bytes(
        auth_data in prop::collection::vec(any::<u8>(), 0..300),
        alg in any::<i64>(),
        sig in prop::collection::vec(any::<u8>(), 0..80),
        x5c in prop::option::of(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..3)),
        edit in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let x5c = x5c.as_ref().map(|chain| chain.iter().map(Vec::as_slice).collect());
        let object = AttestationObject {
            statement: AttestationStatement::Packed(PackedStatement { alg, sig: &sig, x5c }),
            auth_data: &auth_data,
        };
        let mut bytes = object.encode();
        prop_assert!(AttestationObject::parse(&bytes) == Ok(object));
        if let Some((at, byte)) = edit {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(object) = AttestationObject::parse(&bytes) {
            prop_assert_eq!(object.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = AttestationObject::parse(&bytes);
        let _ = AuthenticatorData::parse(&bytes);
    }

    #[test]
    fn aaguid_text_round_trips(bytes in any::<[u8; 16]>()) {
        let aaguid = Aaguid::from_bytes(bytes);
        prop_assert_eq!(aaguid.to_string().parse(), Ok(aaguid));
    }
}
