//! The JSON reader: what it refuses, and that valid texts still pass.
//!
//! Row "duplicate members, plain, escaped, nested in `epk`; array where an
//! object is due; BOM; NaN; lone surrogates; invalid UTF-8; trailing bytes;
//! depth": serde's own readers accept several of these.

use jose_core::error::{Error, JsonFault, Malformed};
use jose_core::json::{MAX_DEPTH, Value, parse, parse_object, write_member, write_string};
use jose_core::jwe::begin_decrypt;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, any_jws, decryption, epk_json, seal, sign, verifier,
};

fn fault(text: impl AsRef<[u8]>) -> JsonFault {
    match parse_object(text.as_ref()) {
        Err(Error::Malformed(Malformed::Json(fault))) => fault,
        other => panic!(
            "{:?} gave {other:?}",
            String::from_utf8_lossy(text.as_ref())
        ),
    }
}

/// Texts that break one rule each, and the fault that names it.
fn hostile() -> Vec<(Vec<u8>, JsonFault)> {
    use JsonFault::{DuplicateMember, NotAnObject, Syntax, TooDeep};
    let mut all: Vec<(Vec<u8>, JsonFault)> = [
        (r#"{"alg":"ES384","alg":"ES384"}"#, DuplicateMember),
        (r#"{"alg":"ES384","\u0061lg":"none"}"#, DuplicateMember),
        (r#"{"\u0061lg":"ES384","a\u006cg":1}"#, DuplicateMember),
        (r#"{"":1,"":2}"#, DuplicateMember),
        (r#"{"a":{"b":1,"b":1}}"#, DuplicateMember),
        (r#"{"a":[[{"b":1,"c":2,"b":3}]]}"#, DuplicateMember),
        (r#"["alg","ES384"]"#, NotAnObject),
        (r"[]", NotAnObject),
        (r#""alg""#, NotAnObject),
        ("null", NotAnObject),
        ("7", NotAnObject),
        ("", Syntax),
        (" ", Syntax),
        ("{", Syntax),
        ("{}}", Syntax),
        ("{}{}", Syntax),
        ("{} x", Syntax),
        ("{}\0", Syntax),
        (r#"{"a":1,}"#, Syntax),
        (r#"{,"a":1}"#, Syntax),
        (r#"{"a":1 "b":2}"#, Syntax),
        (r#"{"a":NaN}"#, Syntax),
        (r#"{"a":Infinity}"#, Syntax),
        (r#"{"a":-Infinity}"#, Syntax),
        (r#"{"a":01}"#, Syntax),
        (r#"{"a":+1}"#, Syntax),
        (r#"{"a":1.}"#, Syntax),
        (r#"{"a":.5}"#, Syntax),
        (r#"{"a":0x10}"#, Syntax),
        (r#"{"a":1e999}"#, Syntax),
        (r#"{"a":True}"#, Syntax),
        (r"{'a':1}", Syntax),
        (r"{a:1}", Syntax),
        (r#"{"a":1}/* comment */"#, Syntax),
        (r#"{"a":"\ud800"}"#, Syntax),
        (r#"{"a":"\udc00"}"#, Syntax),
        (r#"{"a":"\ud800\u0041"}"#, Syntax),
        (r#"{"a":"\ude00\ud83d"}"#, Syntax),
        (r#"{"a":"\x41"}"#, Syntax),
        (r#"{"a":"\u12"}"#, Syntax),
        ("{\"a\":\"\n\"}", Syntax),
        ("{\"a\":\"\u{1}\"}", Syntax),
        ("\u{feff}{}", Syntax),
        ("{}\u{feff}", Syntax),
        ("\u{a0}{}", Syntax),
        ("{\"a\"\u{b}:1}", Syntax),
    ]
    .map(|(text, fault)| (text.as_bytes().to_vec(), fault))
    .into();
    for invalid in [
        &b"\xff"[..],
        b"\xc0\xae",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ] {
        all.push(([b"{\"a\":\"", invalid, b"\"}"].concat(), Syntax));
        all.push(([b"{\"", invalid, b"\":1}"].concat(), Syntax));
    }
    // UTF-16 and UTF-32, which RFC 8259 §8.1 has dropped.
    all.push((b"\xfe\xff\0{\0}".to_vec(), Syntax));
    all.push((b"{\0}\0".to_vec(), Syntax));
    all.push((nested_objects(MAX_DEPTH + 1).into_bytes(), TooDeep));
    all.push((nested_arrays(MAX_DEPTH).into_bytes(), TooDeep));
    all.push((nested_arrays(100_000).into_bytes(), TooDeep));
    all
}

/// `levels` objects, one inside the other.
fn nested_objects(levels: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels))
}

/// An object that holds `levels` arrays, one inside the other.
fn nested_arrays(levels: usize) -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn each_rule_is_kept() {
    for (text, due) in hostile() {
        assert_eq!(fault(&text), due, "{:?}", String::from_utf8_lossy(&text));
    }
}

/// The same texts as token headers, as keys and as sets: no door leads around
/// the reader.
#[test]
fn every_door_leads_to_the_strict_reader() {
    let verifier = verifier(SIGNER.public());
    for (text, due) in hostile() {
        let due = Error::from(due);
        assert_eq!(PublicJwk::from_json(&text).unwrap_err(), due);
        assert_eq!(PrivateJwk::from_json(&text).unwrap_err(), due);
        assert_eq!(JwkSet::<PublicJwk>::from_json(&text).unwrap_err(), due);
        if text.len() > 4000 {
            continue;
        }
        let header = jose_core::base64url::encode(&text);
        let jws = format!("{header}.e30.{}", "A".repeat(128));
        let jwe = format!("{header}..{}..{}", "A".repeat(16), "A".repeat(22));
        // An empty segment is refused before it is read as JSON.
        let due = if text.is_empty() {
            Error::Malformed(Malformed::Segments)
        } else {
            due
        };
        assert_eq!(
            verifier.verify(jws.as_bytes(), &any_jws()).unwrap_err(),
            due
        );
        assert_eq!(begin_decrypt(jwe.as_bytes(), &any_jwe()).unwrap_err(), due);
    }
}

/// In tokens that are right in everything else: signed and encrypted by us.
#[test]
fn duplicates_in_signed_and_encrypted_headers() {
    let key = decryption(&RECIPIENT);
    let verifier = verifier(SIGNER.public());
    let duplicate = Error::from(JsonFault::DuplicateMember);

    key.decrypt(seal(PLAIN_HEADER, b"x").as_bytes(), &any_jwe())
        .unwrap();
    for header in [
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"alg":"ECDH-ES"}"#,
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"\u0065nc":"A128GCM"}"#,
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"epk":EPK}"#,
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"epk":"x"}"#,
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":"x","epk":EPK}"#,
        r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK,"x":{"y":1,"y":2}}"#,
    ] {
        let token = seal(header, b"x");
        assert_eq!(
            key.decrypt(token.as_bytes(), &any_jwe()).unwrap_err(),
            duplicate,
            "{header}"
        );
    }
    let epk = epk_json(RECIPIENT.public().point());
    let twice = epk.replace(r#""crv""#, r#""kty":"EC","crv""#);
    let token = seal(&PLAIN_HEADER.replace("EPK", &twice), b"x");
    assert_eq!(
        begin_decrypt(token.as_bytes(), &any_jwe()).unwrap_err(),
        duplicate
    );

    verifier
        .verify(sign(r#"{"alg":"ES384"}"#, b"x").as_bytes(), &any_jws())
        .unwrap();
    for header in [
        r#"{"alg":"ES384","alg":"ES384"}"#,
        r#"{"alg":"none","\u0061lg":"ES384"}"#,
        r#"{"alg":"ES384","kid":"s1","kid":"s1"}"#,
    ] {
        let token = sign(header, b"x");
        assert_eq!(
            verifier.verify(token.as_bytes(), &any_jws()).unwrap_err(),
            duplicate
        );
    }
}

/// What RFC 8259 allows still passes: white space between tokens, any order,
/// escapes, every number, the whole of Unicode, the full depth.
#[test]
fn valid_texts_pass() {
    let text = "\t{ \"a\" :\r\n [ true , false , null , 0 , -0 , -1 , 1.5e-3 ] , \"\\u0062\" : \
        \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00 ü 😀\" } ";
    let object = parse_object(text.as_bytes()).unwrap();
    assert_eq!(
        object.get("b").unwrap().as_str(),
        Some("\"\\/\u{8}\u{c}\n\r\t😀 ü 😀")
    );
    assert_eq!(object.get("a").unwrap().as_array().unwrap().len(), 7);
    assert_eq!(
        object.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["a", "b"]
    );
    parse_object(nested_objects(MAX_DEPTH).as_bytes()).unwrap();
    parse_object(nested_arrays(MAX_DEPTH - 1).as_bytes()).unwrap();
    // Distinct by code point: no normalization, no case folding.
    parse_object("{\"alg\":1,\"ALG\":2,\"\u{e9}\":3,\"e\u{301}\":4}".as_bytes()).unwrap();
}

#[test]
fn numbers_keep_their_kind() {
    let number = |text: &str| parse(text.as_bytes()).map(|value| (value.as_u64(), value.as_i64()));
    assert_eq!(number("0").unwrap(), (Some(0), Some(0)));
    assert_eq!(
        number("18446744073709551615").unwrap(),
        (Some(u64::MAX), None)
    );
    assert_eq!(
        number("-9223372036854775808").unwrap(),
        (None, Some(i64::MIN))
    );
    // Beyond 64 bits, or with a fraction or exponent: no integer, no rounding.
    for text in ["18446744073709551616", "1.0", "1e3", "-0"] {
        assert_eq!(number(text).unwrap(), (None, None), "{text}");
    }
}

/// `"kty"` and its like must be strings, not something that prints as one.
#[test]
fn members_must_have_their_type() {
    let value = |json: &'static str| parse_object(json.as_bytes()).unwrap();
    for json in [
        r#"{"m":1}"#,
        r#"{"m":null}"#,
        r#"{"m":["x"]}"#,
        r#"{"m":{}}"#,
        r#"{"m":true}"#,
    ] {
        assert_eq!(
            value(json).optional_str("m").unwrap_err(),
            Error::Malformed(Malformed::Member("m"))
        );
    }
    assert_eq!(
        value("{}").required_str("m").unwrap_err(),
        Error::Malformed(Malformed::Missing("m"))
    );
}

/// Whatever a member holds, it comes back out of what we write.
#[test]
fn written_strings_read_back() {
    let mut hard: String = (0..=0x2fu8).map(char::from).collect();
    hard.push_str("\"\\/\u{7f}\u{2028}\u{2029}\u{feff}\u{fffd}\u{10ffff}{}[]:,");
    let mut out = String::from("{");
    write_member(&hard, &hard, &mut out);
    write_member("{", "{", &mut out);
    write_member("last", "", &mut out);
    out.push('}');
    let object = parse_object(out.as_bytes()).unwrap();
    assert_eq!(object.get(&hard).unwrap().as_str(), Some(hard.as_str()));
    assert_eq!(object.iter().count(), 3);
    let mut quoted = String::new();
    write_string(&hard, &mut quoted);
    assert!(matches!(parse(quoted.as_bytes()), Ok(Value::String(text)) if text == hard));
}
