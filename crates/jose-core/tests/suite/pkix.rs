//! Keys in PEM and DER: PKCS#8, SEC 1 and SPKI.

use jose_core::base64url::decode;
use jose_core::error::{Error, Malformed};
use jose_core::jwk::{PrivateJwk, PublicJwk};

use super::fixture::{RECIPIENT, SIGNER, bytes48, hex};
use super::keys::LEADING_ZEROS;

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
