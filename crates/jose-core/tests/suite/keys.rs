//! Keys: which are imported, which are not, and what they may be used for.

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::{decode, encode};
use jose_core::curve::{Point, SecretScalar};
use jose_core::error::{Error, Malformed, UnusableKey};
use jose_core::jwe::KeyAgreement;
use jose_core::jwk::{JwkSet, KeyOperation, PrivateJwk, PublicJwk};
use jose_core::kdf::derive;

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, bytes48, decryption, hex, seal_to, text,
};

/// Keys of which one part begins with a zero byte: d, x, y and the RFC 7638
/// thumbprint. Computed with an affine P-384 in another language, from SHA-384
/// of a counter.
pub(crate) const LEADING_ZEROS: [[&str; 4]; 3] = [
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

pub(crate) fn jwk(x: &str, y: &str, more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{y}"{more}}}"#)
}

fn public(x: &str, y: &str) -> Result<PublicJwk, Error> {
    PublicJwk::from_json(jwk(x, y, "").as_bytes())
}

pub(crate) fn unusable<T: std::fmt::Debug>(result: Result<T, Error>) -> UnusableKey {
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
