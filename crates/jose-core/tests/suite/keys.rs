//! Keys: which are imported, which are not, and what they may be used for.

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::{decode, encode};
use jose_core::curve::{Point, SecretScalar};
use jose_core::error::{Error, Malformed, UnusableKey};
use jose_core::jwe::{DecryptionKey, KeyAgreement, Recipient};
use jose_core::jwk::{JwkSet, KeyOperation, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{Signer, Verifier};
use jose_core::kdf::derive;
use jose_core::{Backend, Level};

use crate::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, bytes48, decryption, hex, seal_to, text,
};

/// Keys of which one part begins with a zero byte: d, x, y and the RFC 7638
/// thumbprint. Computed with an affine P-384 in another language, from SHA-384
/// of a counter.
const LEADING_ZEROS: [[&str; 4]; 3] = [
    [
        "e66-KHsajGnsiz3WkocoZZ-kOPwYLmecVxk3o1Ql6-0BQLBtK2A6eWHTG5gAo_wv",
        "APs_pE5mSmgR_N6FVqb9PTEqG5xRxFGPoXM_jEUt34ERiPqgETRU8EoabMEO5sle",
        "dQo32iP7Yd5SRIFdgSW9Fs1-x4D0V2XmMZHZepAwfUkJHlebuzHSKQ5gMmlpyBRR",
        "PB_oOIoJbg4D-OATR350mUX8Im7kSDYPyPoUBCw0duo",
    ],
    [
        "Ar8MV4K0ARD0i3671CgRitNJ1afwOBVl4PqMOQsYQhScKbW_mBKLlbMNdfIHYdie",
        "WM7Padzi4etIocCv9JQzb3IFd5I9KaFlnfjuU5UAun-ujfuofvSjHLolVO7qkILm",
        "AF3oySGWq14UaRp73V2q1ZwYCCR8GVQ8b2KIVD3VjJAQHIy5kfjDDNGseWr0e99j",
        "rBtO8Ghffd4b2Tk0swsBiYfxDN99AvW_b1ICxsuuslw",
    ],
    [
        "AOhAwkXIAd8on1EW7S1sXYC8nYci_ryDUynOTck607Z8hSO_4785XctI8eancGRw",
        "WYEtzBSX73VC8_YtGAod275jRjSbr0zBoJAhrBLuHtC5UOm2X_w7sy5OBK0n6ezn",
        "Iulz9qAqF95rh4Iu2nPvrMO6YpWt01CLymy0J1DmLE2xnsKfbJRV1mczaPKq5aYf",
        "ZjH4V6LtRj24Dec9mM_PlYdqAGAfDHi4v3DAeDZmmoI",
    ],
];

/// An agreement whose Z begins with a zero byte, from the same computation,
/// with the keys that SHA-256 makes of it.
const RECIPIENT_D: &str = "-TqxvL0c5cN5MXz7f1kdMzlrcYIEOGlVZ9Ce3nRRMapMsTZ2iCQ4NlWqDAdzdf0p";
const EPHEMERAL_D: &str = "BsA4zTYgmOo_vftHjIt_3ONirdw50rBFbjG6UYl1QKSXwZ0Ibw7z7eza5vcx_76t";
const ZERO_Z: &str = "AAc77OqgOYOyqlu5EILS2fCguuO-0zxd3L98mQ0JhS2fha8wXIvw8ununuSNlOGM";
type Derivation = (
    KeyManagement,
    ContentEncryption,
    &'static [u8],
    &'static [u8],
    &'static str,
);

const ZERO_Z_KEYS: [Derivation; 3] = [
    (
        KeyManagement::EcdhEs,
        ContentEncryption::A256Gcm,
        b"",
        b"",
        "FaB9620yvGRM8ioG0QvlGhMYqtY3XU6EjCWC-IZ8SUs",
    ),
    (
        KeyManagement::EcdhEsA256Kw,
        ContentEncryption::A128Gcm,
        b"",
        b"",
        "fFPo9_wnB8Mpjep7nIS3YyruryaGRlZurj-HwDJ34-0",
    ),
    (
        KeyManagement::EcdhEs,
        ContentEncryption::A128Gcm,
        b"Alice",
        b"Bob",
        "9G2m8j93laneLr1nWdDBOA",
    ),
];

/// p, p + 1 and 2^384 − 1; n; the point (0, √b) and its alias (p, √b).
const P: &str = "__________________________________________7_____AAAAAAAAAAD_____";
const P_PLUS_1: &str = "__________________________________________7_____AAAAAAAAAAEAAAAA";
const ALL_ONES: &str = "________________________________________________________________";
const ZERO: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const N: &str = "________________________________x2NNgfQ3Ld9YGg2ySLCneuzsGWrMxSlz";
const SQRT_B: &str = "wwZhD7CuWhWc9FwGBp8ipsXrNkHGAtQt6ixLT3VVB5NAbYDSuRrVT5BIvUh68a3h";

fn jwk(x: &str, y: &str, more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{y}"{more}}}"#)
}

fn public(x: &str, y: &str) -> Result<PublicJwk, Error> {
    PublicJwk::from_json(jwk(x, y, "").as_bytes())
}

fn unusable<T: std::fmt::Debug>(result: Result<T, Error>) -> UnusableKey {
    match result {
        Err(Error::UnusableKey(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// A point as base64url: x and y.
fn xy(point: &Point) -> (String, String) {
    let (x, y) = point.coordinates();
    (encode(&x), encode(&y))
}

/// Points that are not on P-384: off the curve by one bit, with x on the twist
/// only, of Brainpool P384r1, of P-256 padded, of order 3 on y² = x³ − 3x + 1.
pub(crate) fn foreign_points() -> Vec<(String, String)> {
    let (x, y) = xy(RECIPIENT.public().point());
    let flipped = |coordinate: &str, byte: usize| {
        let mut bytes = bytes48(coordinate);
        bytes[byte] ^= 1;
        encode(&bytes)
    };
    let padded = |digits: &str| {
        let digits = hex(digits);
        encode(&[vec![0; 48 - digits.len()], digits].concat())
    };
    let small = |value: u8| {
        let mut bytes = [0; 48];
        bytes[47] = value;
        encode(&bytes)
    };
    vec![
        (x.clone(), flipped(&y, 47)),
        (x.clone(), flipped(&y, 0)),
        (flipped(&x, 47), y.clone()),
        (y.clone(), x.clone()),
        // RFC 5639 §3.6: the base point of brainpoolP384r1.
        (
            padded(
                "1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E",
            ),
            padded(
                "8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C5315",
            ),
        ),
        // SP 800-186 §3.2.1.3: the base point of P-256.
        (
            padded("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"),
            padded("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"),
        ),
        (small(0), small(1)),
        (small(1), small(0)),
        (small(2), small(3)),
    ]
}

/// Row "invalid curve through `epk` or an imported JWK".
#[test]
fn points_off_the_curve_are_refused() {
    for (x, y) in foreign_points() {
        assert_eq!(unusable(public(&x, &y)), UnusableKey::NotOnCurve, "{x} {y}");
        let sec1 = [&[4][..], &bytes48(&x), &bytes48(&y)].concat();
        assert_eq!(
            unusable(Point::from_uncompressed(&sec1)),
            UnusableKey::NotOnCurve
        );
    }
}

/// Row "coordinates 0, p, p+1, 2^384−1; the identity".
#[test]
fn coordinates_out_of_range_are_refused() {
    let (x, y) = xy(RECIPIENT.public().point());
    for bad in [ZERO, P, P_PLUS_1, ALL_ONES] {
        for (x, y) in [(bad, y.as_str()), (x.as_str(), bad), (bad, bad)] {
            assert_eq!(unusable(public(x, y)), UnusableKey::NotOnCurve, "{x} {y}");
        }
    }
    // (0, √b) is on the curve; its alias with x + p would reduce to it.
    assert_eq!(xy(public(ZERO, SQRT_B).unwrap().point()).0, ZERO);
    assert_eq!(unusable(public(P, SQRT_B)), UnusableKey::NotOnCurve);
    // SEC 1 §2.3.3: the identity, compressed and hybrid forms.
    let (x, y) = RECIPIENT.public().point().coordinates();
    for bytes in [
        vec![],
        vec![0],
        [&[2 + (y[47] & 1)][..], &x].concat(),
        [&[6 + (y[47] & 1)][..], &x, &y].concat(),
        [&[4][..], &x, &y, &[0]].concat(),
        [&[4][..], &x, &y[..47]].concat(),
    ] {
        assert_eq!(
            unusable(Point::from_uncompressed(&bytes)),
            UnusableKey::Length
        );
    }
}

/// Row "coordinates of 47, 49, 96 bytes; missing leading zero".
#[test]
fn coordinates_have_exactly_48_bytes() {
    for [d, x, y, _] in LEADING_ZEROS {
        for part in [d, x, y] {
            let bytes = bytes48(part);
            let lengths = [
                encode(&bytes[1..]),
                encode(&[&[0][..], &bytes].concat()),
                encode(&[&[0; 48][..], &bytes].concat()),
                encode(&bytes[..24]),
                String::new(),
            ];
            for other in lengths {
                let swap = |own: &str| {
                    if own == part {
                        other.clone()
                    } else {
                        own.to_string()
                    }
                };
                let text = jwk(&swap(x), &swap(y), &format!(r#","d":"{}""#, swap(d)));
                let read = PrivateJwk::from_json(text.as_bytes());
                assert_eq!(unusable(read), UnusableKey::Length, "{part} as {other}");
            }
        }
    }
}

/// Row "always 48 out … thumbprints stable": leading zeros survive a round trip.
#[test]
fn leading_zeros_are_written() {
    for [d, x, y, thumbprint] in LEADING_ZEROS {
        let text = jwk(x, y, &format!(r#","d":"{d}""#));
        let key = PrivateJwk::from_json(text.as_bytes()).unwrap();
        let written = key.to_json();
        for (name, value) in [("d", d), ("x", x), ("y", y)] {
            assert!(written.contains(&format!(r#""{name}":"{value}""#)));
        }
        let again = PrivateJwk::from_json(written.as_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(key.public().thumbprint().to_base64url(), thumbprint);
        let generated = SecretScalar::from_bytes(&decode(d.as_bytes()).unwrap()).unwrap();
        assert_eq!(xy(&generated.point()), (x.to_string(), y.to_string()));
    }
}

/// Row "leading zeros of Z dropped before the KDF".
#[test]
fn leading_zeros_of_z_reach_the_kdf() {
    let own = SecretScalar::from_bytes(&bytes48(RECIPIENT_D)).unwrap();
    let ephemeral = SecretScalar::from_bytes(&bytes48(EPHEMERAL_D)).unwrap();
    let z = own.agree(&ephemeral.point()).unwrap();
    assert_eq!(encode(z.expose()), ZERO_Z);
    for (alg, enc, party_u, party_v, key) in ZERO_Z_KEYS {
        let derived = derive(&z, alg, enc, party_u, party_v);
        assert_eq!(encode(derived.expose()), key);
    }
    let key = PrivateJwk::new(own);
    let token = seal_to(
        key.public().point(),
        &ephemeral,
        PLAIN_HEADER,
        (b"", b""),
        b"zero",
    );
    let opened = decryption(&key)
        .decrypt(token.as_bytes(), &any_jwe())
        .unwrap();
    assert_eq!(text(opened.plaintext()), "zero");
}

/// Row "private member `d` in … a transport key, in a public JWKS … never echoed".
#[test]
fn a_private_member_has_no_place_in_a_public_key() {
    let [d, x, y, _] = LEADING_ZEROS[0];
    for name in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
        for value in [format!("\"{d}\""), "null".into(), "[]".into()] {
            let key = jwk(x, y, &format!(r#","{name}":{value}"#));
            let read = PublicJwk::from_json(key.as_bytes());
            assert_eq!(read, Err(UnusableKey::PrivateMember.into()), "{name}");
            let set = format!(r#"{{"keys":[{},{key}]}}"#, RECIPIENT.public().to_json());
            let error = JwkSet::<PublicJwk>::from_json(set.as_bytes()).unwrap_err();
            assert_eq!(error, UnusableKey::PrivateMember.into());
            assert!(!format!("{error} {error:?} {}", error.code()).contains(&d[..8]));
        }
    }
    // Escaping the name does not hide it.
    let key = jwk(x, y, &format!(r#","\u0064":"{d}""#));
    assert_eq!(
        unusable(PublicJwk::from_json(key.as_bytes())),
        UnusableKey::PrivateMember
    );
    assert!(!RECIPIENT.public().to_json().contains("\"d\""));
}

#[test]
fn private_values_are_in_range_and_belong_to_the_point() {
    let [d, x, y, _] = LEADING_ZEROS[0];
    let [other, ..] = LEADING_ZEROS[1];
    for (d, due) in [
        (ZERO, UnusableKey::PrivateValue),
        (N, UnusableKey::PrivateValue),
        (ALL_ONES, UnusableKey::PrivateValue),
        (other, UnusableKey::PairMismatch),
    ] {
        let text = jwk(x, y, &format!(r#","d":"{d}""#));
        assert_eq!(unusable(PrivateJwk::from_json(text.as_bytes())), due, "{d}");
    }
    PrivateJwk::from_json(jwk(x, y, &format!(r#","d":"{d}""#)).as_bytes()).unwrap();
    assert_eq!(
        unusable(PrivateJwk::from_json(jwk(x, y, "").as_bytes())),
        UnusableKey::NotPrivate
    );
}

#[test]
fn other_types_curves_and_encodings_are_refused() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    let good = jwk(x, y, "");
    PublicJwk::from_json(good.as_bytes()).unwrap();
    let padded = format!("{x}=");
    let standard = x.replace('_', "/");
    assert_ne!(standard, x);
    for (from, to, due) in [
        ("EC", "RSA", UnusableKey::KeyType.into()),
        ("EC", "ec", UnusableKey::KeyType.into()),
        ("EC", "OKP", UnusableKey::KeyType.into()),
        ("P-384", "P-256", UnusableKey::Curve.into()),
        ("P-384", "p-384", UnusableKey::Curve.into()),
        ("P-384", "secp384r1", UnusableKey::Curve.into()),
        ("\"EC\"", "1", Malformed::Member("kty").into()),
        ("\"EC\"", "[\"EC\"]", Malformed::Member("kty").into()),
        ("kty", "KTY", Malformed::Missing("kty").into()),
        ("crv", "curve", Malformed::Missing("crv").into()),
        ("\"x\"", "\"X\"", Malformed::Missing("x").into()),
        ("\"y\"", "\"Y\"", Malformed::Missing("y").into()),
        (x, padded.as_str(), Malformed::Base64Url.into()),
        (x, standard.as_str(), Malformed::Base64Url.into()),
    ] {
        let text = good.replacen(from, to, 1);
        let read: Result<PublicJwk, Error> = PublicJwk::from_json(text.as_bytes());
        assert_eq!(read.unwrap_err(), due, "{from} → {to}");
    }
}

/// Row "key with the wrong `use`, `key_ops`, `alg`": which operation each
/// combination of metadata allows, at every handle that takes a key.
#[test]
fn metadata_limits_the_use() {
    let all = ["sign", "verify", "encrypt", "decrypt"];
    for (metadata, allowed) in [
        ("", &all[..]),
        (r#","use":"sig""#, &["sign", "verify"]),
        (r#","use":"enc""#, &["encrypt", "decrypt"]),
        (r#","key_ops":["sign"]"#, &["sign"]),
        (r#","key_ops":["verify"]"#, &["verify"]),
        (r#","key_ops":["sign","verify"]"#, &["sign", "verify"]),
        (r#","key_ops":["deriveKey"]"#, &["encrypt", "decrypt"]),
        (
            r#","key_ops":["deriveBits"],"use":"enc""#,
            &["encrypt", "decrypt"],
        ),
        (r#","key_ops":["encrypt","wrapKey"]"#, &[]),
        (r#","key_ops":["unheard-of"]"#, &[]),
        (
            r#","key_ops":["deriveBits","unheard-of"],"use":"enc""#,
            &["encrypt", "decrypt"],
        ),
        // A public ECDH key as Web Cryptography exports it.
        (r#","key_ops":[],"ext":true"#, &["encrypt"]),
        (r#","alg":"ES384""#, &["sign", "verify"]),
        (r#","alg":"ECDH-ES""#, &["encrypt", "decrypt"]),
        (r#","alg":"ECDH-ES+A256KW""#, &["encrypt", "decrypt"]),
        (r#","alg":"ES256""#, &[]),
        (r#","alg":"none""#, &[]),
        (r#","alg":"RSA-OAEP""#, &[]),
        (r#","use":"sig","alg":"ECDH-ES""#, &[]),
        (r#","use":"enc","alg":"ES384""#, &[]),
    ] {
        let [d, x, y, _] = LEADING_ZEROS[0];
        let private = jwk(x, y, &format!(r#","d":"{d}"{metadata}"#));
        let private = PrivateJwk::from_json(private.as_bytes()).unwrap();
        let public = PublicJwk::from_json(jwk(x, y, metadata).as_bytes()).unwrap();
        let level = Level::OneShot;
        let backend = Backend::default();
        for (name, works, operation) in [
            (
                "sign",
                Signer::prepare(&private, Backend::default()).is_ok(),
                KeyOperation::Sign,
            ),
            (
                "verify",
                Verifier::prepare(&public, level, backend).is_ok(),
                KeyOperation::Verify,
            ),
            (
                "encrypt",
                Recipient::prepare(&public, level, backend).is_ok(),
                KeyOperation::Encrypt,
            ),
            (
                "decrypt",
                DecryptionKey::prepare(&private, level, backend).is_ok(),
                KeyOperation::Decrypt,
            ),
        ] {
            assert_eq!(works, allowed.contains(&name), "{name} with {metadata}");
            assert_eq!(
                public.permits(operation).is_ok(),
                works,
                "{name} with {metadata}"
            );
        }
    }
}

/// RFC 7517 §4.2, §4.3: contradictions and ill-typed metadata.
#[test]
fn inconsistent_metadata_is_refused() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    for (metadata, due) in [
        (r#","use":"sign""#, Error::from(UnusableKey::Use)),
        (r#","use":"SIG""#, UnusableKey::Use.into()),
        (r#","use":null"#, Malformed::Member("use").into()),
        (r#","use":["sig"]"#, Malformed::Member("use").into()),
        (r#","key_ops":["sign","sign"]"#, UnusableKey::KeyOps.into()),
        (
            r#","key_ops":["sign"],"use":"enc""#,
            UnusableKey::KeyOps.into(),
        ),
        (
            r#","key_ops":["deriveKey"],"use":"sig""#,
            UnusableKey::KeyOps.into(),
        ),
        (r#","key_ops":"sign""#, Malformed::Member("key_ops").into()),
        (r#","key_ops":{}"#, Malformed::Member("key_ops").into()),
        (r#","key_ops":[1]"#, Malformed::Member("key_ops").into()),
        (r#","alg":1"#, Malformed::Member("alg").into()),
        (r#","kid":1"#, Malformed::Member("kid").into()),
        (r#","kid":null"#, Malformed::Member("kid").into()),
    ] {
        let read = PublicJwk::from_json(jwk(x, y, metadata).as_bytes());
        assert_eq!(read.unwrap_err(), due, "{metadata}");
    }
    // Unknown members are ignored (RFC 7517 §4), x5c among them.
    let more = r#","x5c":["MIIB"],"x5t":"AA","nbf":1,"unheard-of":{"d":1}"#;
    PublicJwk::from_json(jwk(x, y, more).as_bytes()).unwrap();
}

/// A hundred thousand `key_ops` cost no more than their sorting.
#[test]
fn many_key_ops_are_compared_in_n_log_n() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    let ops: Vec<String> = (0..100_000).map(|op| format!("\"{op}\"")).collect();
    let text = jwk(x, y, &format!(r#","key_ops":[{}]"#, ops.join(",")));
    let started = std::time::Instant::now();
    let key = PublicJwk::from_json(text.as_bytes()).unwrap();
    assert_eq!(
        unusable(key.permits(KeyOperation::Sign)),
        UnusableKey::KeyOps
    );
    // Comparing each with each would be 5 · 10⁹ comparisons.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn written_metadata_reads_back() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    for metadata in [
        "",
        r#","alg":"ES384","key_ops":["verify"],"kid":"k\"1","use":"sig""#,
        r#","key_ops":[]"#,
        r#","kid":"""#,
    ] {
        let key = PublicJwk::from_json(jwk(x, y, metadata).as_bytes()).unwrap();
        let again = PublicJwk::from_json(key.to_json().as_bytes()).unwrap();
        assert_eq!(again, key, "{metadata}");
    }
    let built = PublicJwk::new(*RECIPIENT.public().point())
        .with_kid("k")
        .with_use(KeyUse::Enc)
        .with_alg("ECDH-ES");
    assert_eq!(
        PublicJwk::from_json(built.to_json().as_bytes()).unwrap(),
        built
    );
}

/// Row "duplicate `kid`", and sets of other things than keys.
#[test]
fn sets_are_read_strictly() {
    let (a, b) = (RECIPIENT.public().to_json(), SIGNER.public().to_json());
    let twin = SIGNER.public().clone().with_kid("r1").to_json();
    let nameless = PublicJwk::new(*SIGNER.public().point()).to_json();
    let foreign = r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#;
    let read = |keys: &[&str]| {
        JwkSet::<PublicJwk>::from_json(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes())
    };
    let set = read(&[&a, foreign, &b, &nameless, &nameless]).unwrap();
    assert_eq!(set.keys().len(), 4);
    assert_eq!(set.find("s1"), Some(SIGNER.public()));
    assert_eq!(set.find("S1"), None);
    assert_eq!(unusable(read(&[&a, &twin])), UnusableKey::DuplicateKeyId);
    let pair = vec![RECIPIENT.public().clone(); 2];
    assert_eq!(unusable(JwkSet::new(pair)), UnusableKey::DuplicateKeyId);
    // A key of ours with a fault is not passed over.
    let off_curve = a.replacen(&xy(RECIPIENT.public().point()).1, SQRT_B, 1);
    assert_eq!(unusable(read(&[&off_curve, &b])), UnusableKey::NotOnCurve);
    for (text, due) in [
        ("{}", Malformed::Missing("keys")),
        (r#"{"keys":{}}"#, Malformed::Member("keys")),
        (r#"{"keys":null}"#, Malformed::Member("keys")),
        (r#"{"keys":["x"]}"#, Malformed::Member("keys")),
        (r#"{"keys":[{}]}"#, Malformed::Missing("kty")),
    ] {
        let error = JwkSet::<PublicJwk>::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error, due.into(), "{text}");
    }
    let written = JwkSet::<PublicJwk>::from_json(set.to_json().as_bytes()).unwrap();
    assert_eq!(written.keys(), set.keys());
}

/// Row "an unknown kid never means try all": what chooses a key of a set.
#[test]
fn a_set_selects_by_kid() {
    let set = JwkSet::new(vec![RECIPIENT.public().clone(), SIGNER.public().clone()]).unwrap();
    let verify = KeyOperation::Verify;
    assert_eq!(set.select(Some("s1"), verify), Ok(SIGNER.public()));
    assert_eq!(unusable(set.select(Some("r1"), verify)), UnusableKey::Use);
    assert_eq!(
        unusable(set.select(Some("x"), verify)),
        UnusableKey::UnknownKeyId
    );
    // Without a kid: the only one that could serve, or none.
    assert_eq!(set.select(None, verify), Ok(SIGNER.public()));
    let two = JwkSet::new(vec![
        SIGNER.public().clone(),
        SIGNER.public().clone().with_kid("s2"),
    ]);
    assert_eq!(
        unusable(two.unwrap().select(None, verify)),
        UnusableKey::AmbiguousKey
    );
    let empty = JwkSet::<PublicJwk>::default();
    assert_eq!(
        unusable(empty.select(None, verify)),
        UnusableKey::UnknownKeyId
    );
}

/// PEM and DER as OpenSSL writes them (3.0.19, keys made for this test): the
/// same key in its four forms.
#[test]
fn pem_and_der_import() {
    let pkcs8 = include_str!("pem/pkcs8.pem");
    let sec1 = include_str!("pem/sec1.pem");
    let spki = include_str!("pem/spki.pem");
    let key = PrivateJwk::from_pem(pkcs8).unwrap();
    assert_eq!(
        *PrivateJwk::from_pem(sec1).unwrap().to_json(),
        *key.to_json()
    );
    assert_eq!(&PublicJwk::from_spki_pem(spki).unwrap(), key.public());
    let (pkcs8_der, sec1_der) = (body(pkcs8), body(sec1));
    let from_der = PrivateJwk::from_pkcs8_der(&pkcs8_der).unwrap();
    assert_eq!(from_der.public(), key.public());
    let from_der = PrivateJwk::from_sec1_der(&sec1_der).unwrap();
    assert_eq!(from_der.public(), key.public());

    let pkix = Error::from(Malformed::Pkix);
    for pem in [
        "",
        "x",
        spki,
        include_str!("pem/p256.pem"),
        &pkcs8[1..],
        &pkcs8.replace("PRIVATE", "PUBLIC"),
    ] {
        assert_eq!(PrivateJwk::from_pem(pem).unwrap_err(), pkix);
    }
    assert_eq!(PublicJwk::from_spki_pem(pkcs8).unwrap_err(), pkix);
    for der in [
        &sec1_der[..],
        &pkcs8_der[..pkcs8_der.len() - 1],
        &[pkcs8_der.as_slice(), &[0]].concat(),
    ] {
        assert_eq!(PrivateJwk::from_pkcs8_der(der).unwrap_err(), pkix);
    }
    // A public part that does not belong to the private one.
    let mut mismatched = sec1_der.clone();
    *mismatched.last_mut().unwrap() ^= 1;
    assert_eq!(PrivateJwk::from_sec1_der(&mismatched).unwrap_err(), pkix);
}

/// RFC 5915 §3: an `ECPrivateKey` holds all 48 bytes, leading zeros included,
/// by itself and inside PKCS#8.
#[test]
fn a_short_private_key_in_der_is_refused() {
    fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        let length = u8::try_from(body.len()).unwrap();
        assert!(length < 0x80);
        [&[tag, length], &body[..]].concat()
    }
    let curve = tagged(0xa0, &[&tagged(6, &[&hex("2b81040022")])]);
    let sec1 = |scalar: &[u8]| tagged(0x30, &[&[2, 1, 1], &tagged(4, &[scalar]), &curve]);
    let pkcs8 = |sec1: &[u8]| {
        let ec_public_key = tagged(6, &[&hex("2a8648ce3d0201")]);
        let secp384r1 = tagged(6, &[&hex("2b81040022")]);
        let algorithm = tagged(0x30, &[&ec_public_key, &secp384r1]);
        tagged(0x30, &[&[2, 1, 0], &algorithm, &tagged(4, &[sec1])])
    };
    let d = bytes48(LEADING_ZEROS[2][0]);
    let read = PrivateJwk::from_sec1_der(&sec1(&d)).unwrap();
    assert_eq!(read.scalar().to_bytes()[0], 0);
    let read = PrivateJwk::from_pkcs8_der(&pkcs8(&sec1(&d))).unwrap();
    assert_eq!(*read.scalar().to_bytes(), d);
    let pkix = Error::from(Malformed::Pkix);
    for scalar in [&d[1..], &[&[0][..], &d].concat(), &d[24..]] {
        let der = sec1(scalar);
        assert_eq!(PrivateJwk::from_sec1_der(&der).unwrap_err(), pkix);
        assert_eq!(PrivateJwk::from_pkcs8_der(&pkcs8(&der)).unwrap_err(), pkix);
    }
}

/// The DER inside a PEM text.
fn body(pem: &str) -> Vec<u8> {
    let inner: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let inner = inner
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    decode(inner.as_bytes()).unwrap()
}

/// RFC 5480 §2.2: a point is uncompressed or compressed; the library would also
/// take the "compact" form (first octet 5), and guess at y.
#[test]
fn a_compact_point_in_spki_is_refused() {
    let (x, _) = RECIPIENT.public().point().coordinates();
    let spki = |first: u8| {
        let head = hex("3046301006072a8648ce3d020106052b81040022033200");
        [&head[..], &[first], &x].concat()
    };
    let compressed = [2, 3].map(|first| PublicJwk::from_spki_der(&spki(first)).unwrap());
    assert!(compressed.contains(&PublicJwk::new(*RECIPIENT.public().point())));
    for first in [0, 1, 4, 5, 6, 7] {
        let refused = PublicJwk::from_spki_der(&spki(first)).unwrap_err();
        assert_eq!(refused, Malformed::Pkix.into(), "{first}");
    }
}

/// RFC 5915 §3: by itself an `ECPrivateKey` names its curve; else a key of any
/// curve of this size would be read as one of P-384.
#[test]
fn a_private_key_without_its_curve_is_refused() {
    let d = RECIPIENT.scalar().to_bytes();
    let without = [&hex("30350201010430")[..], &*d].concat();
    let parameters = hex("a00706052b81040022");
    let with = [&hex("303e0201010430")[..], &*d, &parameters].concat();
    let read = PrivateJwk::from_sec1_der(&with).unwrap();
    assert_eq!(read.public().point(), RECIPIENT.public().point());
    let refused = PrivateJwk::from_sec1_der(&without).unwrap_err();
    assert_eq!(refused, Malformed::Pkix.into());
}

/// RFC 5958 §2: the public key of a version 2 structure belongs to the private one.
#[test]
fn a_foreign_public_key_in_pkcs8_is_refused() {
    let d = RECIPIENT.scalar().to_bytes();
    let pkcs8 = |public: &PublicJwk| {
        let (x, y) = public.point().coordinates();
        let key = [&hex("30350201010430")[..], &*d].concat();
        let public = [&hex("81620004")[..], &x, &y].concat();
        let algorithm = hex("301006072a8648ce3d020106052b81040022");
        let inner = [&hex("020101")[..], &algorithm, &hex("0437"), &key, &public].concat();
        [
            &[0x30, 0x81, u8::try_from(inner.len()).unwrap()][..],
            &inner,
        ]
        .concat()
    };
    assert!(PrivateJwk::from_pkcs8_der(&pkcs8(RECIPIENT.public())).is_ok());
    let refused = PrivateJwk::from_pkcs8_der(&pkcs8(SIGNER.public())).unwrap_err();
    assert_eq!(refused, Malformed::Pkix.into());
}

/// RFC 7517 §4.3: who signs with the private half verifies with the public one.
#[test]
fn the_public_half_has_the_operations_of_a_public_key() {
    let private = SIGNER.to_json().replacen('{', r#"{"key_ops":["sign"],"#, 1);
    let private = PrivateJwk::from_json(private.as_bytes()).unwrap();
    private.permits(KeyOperation::Sign).unwrap();
    assert!(private.permits(KeyOperation::Verify).is_err());
    private.public().permits(KeyOperation::Verify).unwrap();
    assert!(private.to_json().contains(r#""key_ops":["sign"]"#));
    assert!(
        private
            .public()
            .to_json()
            .contains(r#""key_ops":["verify"]"#)
    );
}

/// RFC 7517 §5: keys of other kinds are passed over.
#[test]
fn keys_of_other_kinds_are_passed_over() {
    let own = SIGNER.public().to_json();
    for other in [
        r#"{"kty":"oct","k":"AAAA"}"#,
        r#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
        &own.replace(r#""use":"sig""#, r#""use":"tls""#),
    ] {
        let set = format!(r#"{{"keys":[{other},{own}]}}"#);
        let read = JwkSet::<PublicJwk>::from_json(set.as_bytes()).unwrap();
        assert_eq!(read.keys(), [SIGNER.public().clone()], "{other}");
    }
}

/// RFC 7517 §4.6 to §4.9: certificate members have their types.
#[test]
fn certificate_members_of_a_key_have_their_types() {
    let key = |member: &str| {
        SIGNER
            .public()
            .to_json()
            .replacen('{', &format!("{{{member},"), 1)
    };
    for good in [
        r#""x5c":["AA=="]"#,
        r#""x5u":"https://a.example""#,
        r#""x5t":"AA""#,
    ] {
        PublicJwk::from_json(key(good).as_bytes()).unwrap();
    }
    for bad in [
        r#""x5c":"AA==""#,
        r#""x5c":[]"#,
        r#""x5c":[1]"#,
        r#""x5u":1"#,
        r#""x5t":[]"#,
    ] {
        assert!(PublicJwk::from_json(key(bad).as_bytes()).is_err(), "{bad}");
    }
}
