//! The canonical CBOR reader and writer, judged by RFC 8949 Appendix A and by
//! properties.

use prereg_types::cbor::{Error, MAX_DEPTH, Map, Value, parse, parse_prefix};
use proptest::prelude::*;

fn map<'a>(entries: &[(i64, Value<'a>)]) -> Value<'a> {
    let mut map = Map::new();
    for (key, value) in entries {
        map.insert(*key, value.clone());
    }
    Value::Map(map)
}

/// RFC 8949 Appendix A, the examples within what CTAP uses.
#[test]
fn rfc_8949_examples_read_and_write() {
    let mut letters = Map::new();
    for (key, value) in [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")] {
        letters.insert(key, Value::Text(value));
    }
    let mut mixed = Map::new();
    mixed.insert("a", Value::Unsigned(1));
    mixed.insert(
        "b",
        Value::Array(vec![Value::Unsigned(2), Value::Unsigned(3)]),
    );
    let twenty_five = Value::Array((1..=25).map(Value::Unsigned).collect());
    let examples: Vec<(&[u8], Value<'_>)> = vec![
        (b"\x00", Value::Unsigned(0)),
        (b"\x0a", Value::Unsigned(10)),
        (b"\x17", Value::Unsigned(23)),
        (b"\x18\x18", Value::Unsigned(24)),
        (b"\x18\x64", Value::Unsigned(100)),
        (b"\x19\x03\xe8", Value::Unsigned(1000)),
        (b"\x1a\x00\x0f\x42\x40", Value::Unsigned(1_000_000)),
        (
            b"\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00",
            Value::Unsigned(1_000_000_000_000),
        ),
        (
            b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
            Value::Unsigned(u64::MAX),
        ),
        (
            b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
            Value::Negative(u64::MAX),
        ),
        (b"\x20", Value::from(-1)),
        (b"\x29", Value::from(-10)),
        (b"\x38\x63", Value::from(-100)),
        (b"\x39\x03\xe7", Value::from(-1000)),
        (b"\xf4", Value::Bool(false)),
        (b"\xf5", Value::Bool(true)),
        (b"\xf6", Value::Null),
        (b"\x40", Value::Bytes(b"")),
        (b"\x44\x01\x02\x03\x04", Value::Bytes(&[1, 2, 3, 4])),
        (b"\x60", Value::Text("")),
        (b"\x64IETF", Value::Text("IETF")),
        (b"\x62\x22\x5c", Value::Text("\"\\")),
        (b"\x62\xc3\xbc", Value::Text("\u{fc}")),
        (b"\x64\xf0\x90\x85\x91", Value::Text("\u{10151}")),
        (b"\x80", Value::Array(vec![])),
        (
            b"\x83\x01\x02\x03",
            Value::Array((1..=3).map(Value::Unsigned).collect()),
        ),
        (
            b"\x98\x19\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\
              \x10\x11\x12\x13\x14\x15\x16\x17\x18\x18\x18\x19",
            twenty_five,
        ),
        (b"\xa0", Value::Map(Map::new())),
        (
            b"\xa2\x01\x02\x03\x04",
            map(&[(1, Value::Unsigned(2)), (3, Value::Unsigned(4))]),
        ),
        (b"\xa2\x61a\x01\x61b\x82\x02\x03", Value::Map(mixed)),
        (
            b"\xa5\x61a\x61A\x61b\x61B\x61c\x61C\x61d\x61D\x61e\x61E",
            Value::Map(letters),
        ),
    ];
    for (bytes, value) in examples {
        assert_eq!(parse(bytes).as_ref(), Ok(&value), "{bytes:02x?}");
        assert_eq!(value.encode(), bytes);
    }
}

#[test]
fn refuses_everything_that_is_not_canonical() {
    let refused: &[(&[u8], Error)] = &[
        (b"", Error::Truncated),
        (b"\x18", Error::Truncated),
        (b"\x19\x01", Error::Truncated),
        (b"\x42\x01", Error::Truncated),
        (b"\x82\x01", Error::Truncated),
        (b"\xa1\x01", Error::Truncated),
        (b"\x00\x00", Error::TrailingBytes),
        (b"\x18\x17", Error::NotShortest),
        (b"\x38\x00", Error::NotShortest),
        (b"\x19\x00\xff", Error::NotShortest),
        (b"\x1a\x00\x00\xff\xff", Error::NotShortest),
        (b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff", Error::NotShortest),
        (b"\x58\x01\x00", Error::NotShortest),
        (b"\x78\x01a", Error::NotShortest),
        (b"\x98\x01\x00", Error::NotShortest),
        (b"\xb8\x01\x00\x00", Error::NotShortest),
        (b"\x5f\x41\x00\xff", Error::IndefiniteLength),
        (b"\x7f\x61a\xff", Error::IndefiniteLength),
        (b"\x9f\xff", Error::IndefiniteLength),
        (b"\xbf\xff", Error::IndefiniteLength),
        (b"\xff", Error::IndefiniteLength),
        (b"\x1c", Error::Reserved),
        (b"\x5d", Error::Reserved),
        (b"\xfe", Error::Reserved),
        (b"\xc0\x60", Error::Tag),
        (b"\xd8\x20\x60", Error::Tag),
        (b"\xf7", Error::Simple),
        (b"\xf0", Error::Simple),
        (b"\xf8\x14", Error::Simple),
        (b"\xf8\xff", Error::Simple),
        (b"\xf9\x00\x00", Error::Simple),
        (b"\xfa\x00\x00\x00\x00", Error::Simple),
        (b"\xfb\x00\x00\x00\x00\x00\x00\x00\x00", Error::Simple),
        (b"\x61\xff", Error::Utf8),
        (b"\x63\xed\xa0\x80", Error::Utf8),
        (b"\xa1\x41\x00\x00", Error::KeyType),
        (b"\xa1\x80\x00", Error::KeyType),
        (b"\xa1\xf5\x00", Error::KeyType),
        (b"\xa1\xc1\x00\x00", Error::Tag),
        (b"\xa2\x03\x00\x01\x00", Error::KeyOrder),
        (b"\xa2\x20\x00\x01\x00", Error::KeyOrder),
        (b"\xa2\x61a\x00\x20\x00", Error::KeyOrder),
        (b"\xa2\x61b\x00\x61a\x00", Error::KeyOrder),
        (b"\xa2\x62aa\x00\x61b\x00", Error::KeyOrder),
        (b"\xa2\x01\x00\x01\x00", Error::DuplicateKey),
        (b"\xa2\x61a\x00\x61a\x00", Error::DuplicateKey),
    ];
    for (bytes, error) in refused {
        assert_eq!(parse(bytes), Err(*error), "{bytes:02x?}");
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(Error::TooDeep));
    assert_eq!(parse(&vec![0x81; 100_000]), Err(Error::TooDeep));

    let maps = |depth: usize| [b"\xa1\x00".repeat(depth), vec![0x00]].concat();
    assert!(parse(&maps(MAX_DEPTH)).is_ok());
    assert_eq!(parse(&maps(MAX_DEPTH + 1)), Err(Error::TooDeep));
}

/// A reader that reserved what these declare would abort the process.
#[test]
fn declared_lengths_do_not_allocate() {
    for major in [0x5b, 0x7b, 0x9b, 0xbb] {
        for len in [u64::MAX, u64::MAX / 2, 1 << 40] {
            let bytes = [&[major], &len.to_be_bytes()[..], &[0; 16]].concat();
            assert_eq!(parse(&bytes), Err(Error::Truncated));
        }
    }
}

#[test]
fn prefix_ends_where_the_item_ends() {
    assert_eq!(
        parse_prefix(b"\xa1\x01\x02\xff\xff"),
        Ok((map(&[(1, Value::Unsigned(2))]), &[0xff, 0xff][..]))
    );
}

#[test]
fn integers_fit_or_are_none() {
    for n in [0, 1, -1, -7, -35, i64::MAX, i64::MIN] {
        assert_eq!(Value::from(n).as_integer(), Some(n));
    }
    assert_eq!(Value::Unsigned(1 << 63).as_integer(), None);
    assert_eq!(Value::Negative(1 << 63).as_integer(), None);
}

#[test]
fn insert_replaces_and_sorts() {
    let mut map = Map::new();
    assert_eq!(map.insert("authData", Value::Null), None);
    assert_eq!(map.insert(-1, Value::Null), None);
    assert_eq!(map.insert("fmt", Value::Null), None);
    assert_eq!(map.insert(3, Value::Null), None);
    assert_eq!(map.insert("fmt", Value::Bool(true)), Some(Value::Null));
    assert_eq!(map.get("fmt"), Some(&Value::Bool(true)));
    let encoded = Value::Map(map).encode();
    assert_eq!(encoded, b"\xa4\x03\xf6\x20\xf6\x63fmt\xf5\x68authData\xf6");
}

/// Bytes that often are CBOR: heads drawn from the interesting ones, and noise.
fn cbor_like() -> impl Strategy<Value = Vec<u8>> {
    let interesting = prop::sample::select(
        &b"\x00\x01\x17\x18\x19\x20\x26\x38\x40\x41\x42\x58\x60\x61a\x80\x81\x82\xa0\xa1\xa2\xf4\xf5\xf6"[..],
    );
    let byte = prop_oneof![8 => interesting, 1 => any::<u8>()];
    prop::collection::vec(byte, 0..24)
}

/// An owned description of a value no deeper than the limit.
#[derive(Clone, Debug)]
enum Tree {
    Integer(i64),
    Bytes(Vec<u8>),
    Text(String),
    Flag(Option<bool>),
    Array(Vec<Tree>),
    Map(Vec<(i64, Tree)>, Vec<(String, Tree)>),
}

impl Tree {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(n) => Value::from(*n),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Text(text) => Value::Text(text),
            Self::Flag(flag) => flag.map_or(Value::Null, Value::Bool),
            Self::Array(items) => Value::Array(items.iter().map(Self::value).collect()),
            Self::Map(integers, texts) => {
                let mut map = Map::new();
                for (key, value) in integers {
                    map.insert(*key, value.value());
                }
                for (key, value) in texts {
                    map.insert(key.as_str(), value.value());
                }
                Value::Map(map)
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Tree::Integer),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Tree::Bytes),
        ".{0,40}".prop_map(Tree::Text),
        any::<Option<bool>>().prop_map(Tree::Flag),
    ];
    // As deep as MAX_DEPTH.
    leaf.prop_recursive(4, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::Array),
            (
                prop::collection::vec((-40..40_i64, inner.clone()), 0..4),
                prop::collection::vec(("[a-z]{0,4}", inner), 0..4),
            )
                .prop_map(|(integers, texts)| Tree::Map(integers, texts)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn whatever_parses_encodes_to_the_same_bytes(bytes in cbor_like()) {
        if let Ok((value, rest)) = parse_prefix(&bytes) {
            prop_assert_eq!([&value.encode(), rest].concat(), bytes);
        }
    }

    #[test]
    fn whatever_is_encoded_parses_to_the_same_value(tree in trees()) {
        let value = tree.value();
        let bytes = value.encode();
        prop_assert_eq!(parse(&bytes), Ok(value));
    }

    #[test]
    fn no_proper_prefix_parses(tree in trees(), cut in any::<prop::sample::Index>()) {
        let bytes = tree.value().encode();
        let cut = cut.index(bytes.len());
        prop_assert!(parse(&bytes[..cut]).is_err());
    }
}
