//! Published vectors: RFC 7520 §5.4, RFC 6979 §A.2.6, RFC 7638, and the
//! examples of RFC 7515–7517 that this crate must refuse by name.

use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::base64url::decode;
use jose_core::curve::SecretScalar;
use jose_core::error::{Error, NotAllowed, UnusableKey};
use jose_core::es384::{self, SigningKey, VerifyingKey};
use jose_core::jwe::{DecryptPolicy, EncryptHeader, begin_decrypt};
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::VerifyPolicy;

use super::fixture::{any_jwe, any_jws, decryption, hex, recipient, segments, text, verifier};
use super::randomness::Script;
use crate::BACKEND;

/// RFC 7520 §5, figure 72: the plaintext of every encryption example.
const PLAINTEXT: &str = "You can trust us to stick with you through thick and thin–to the \
    bitter end. And you can trust us to keep any secret of yours–closer than you keep it \
    yourself. But you cannot trust us to let you face trouble alone, and go off without a \
    word. We are your friends, Frodo.";

/// RFC 7520 §5.4.1, figure 108.
const PEREGRIN: &str = r#"{
    "kty": "EC",
    "kid": "peregrin.took@tuckborough.example",
    "use": "enc",
    "crv": "P-384",
    "x": "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2",
    "y": "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP",
    "d": "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j"
}"#;

/// RFC 7520 §5.4.5, figure 117.
const TOKEN: &str = "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91\
    Z2guZXhhbXBsZSIsImVwayI6eyJrdHkiOiJFQyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3d\
    yZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW\
    1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJlbmMiOiJBMTI4R0NNIn0.0\
    DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2.mH-G2zVqgztUtnW_.tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOh\
    Xgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo\
    1hIi-uEkUpOZ8aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdSDGgpgBWM\
    VrNU1ErkjcMqMoT_wtCex3w03XdLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNh\
    jzJEPc4jVntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTPlQ.WuGzxmcreYjpHGJoa17EBg";

#[test]
fn rfc_7520_section_5_4_decrypts() {
    let key = PrivateJwk::from_json(PEREGRIN.as_bytes()).unwrap();
    let policy = DecryptPolicy::new(
        &[KeyManagement::EcdhEsA128Kw],
        &[ContentEncryption::A128Gcm],
    )
    .require_kid();
    let opened = decryption(&key).decrypt(TOKEN.as_bytes(), &policy).unwrap();
    assert_eq!(text(opened.plaintext()), PLAINTEXT);
    assert_eq!(opened.header().kid(), key.public().kid());
}

/// The sender's side of the same example: its ephemeral key (figure 111),
/// content key and IV (figures 109, 110) give its encrypted key (figure 113)
/// and ciphertext (figure 116). The tag covers our own header, so it differs.
#[test]
fn rfc_7520_section_5_4_encrypts() {
    let key = PrivateJwk::from_json(PEREGRIN.as_bytes()).unwrap();
    let mut script = Script::new(&[
        &decode(b"D5H4Y_5PSKZvhfVFbcCYJOtcGZygRgfZkpsBr59Icmmhe9sW6nkZ8WfwhinUfWJg").unwrap(),
        &decode(b"Nou2ueKlP70ZXDbq9UrRwg").unwrap(),
        &decode(b"mH-G2zVqgztUtnW_").unwrap(),
    ]);
    let header = EncryptHeader::new(KeyManagement::EcdhEsA128Kw, ContentEncryption::A128Gcm);
    let token = recipient(key.public())
        .encrypt(PLAINTEXT.as_bytes(), &header, &mut script)
        .unwrap();
    let (ours, published) = (segments(&token), segments(TOKEN));
    assert_eq!(ours[1..4], published[1..4]);
    let policy = any_jwe();
    let sent = begin_decrypt(token.as_bytes(), &policy).unwrap();
    let due = begin_decrypt(TOKEN.as_bytes(), &policy).unwrap();
    assert_eq!(sent.ephemeral(), due.ephemeral());
}

/// RFC 6979 §A.2.6 with SHA-384: exact r and s, and with the other hashes of
/// the section no signature that SHA-384 would make.
#[test]
fn rfc_6979_appendix_a_2_6() {
    let x = hex(
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8
                 96D5724E4C70A825F872C9EA60D2EDF5",
    );
    let scalar = SecretScalar::from_bytes(&x).unwrap();
    let (ux, uy) = scalar.point().coordinates();
    assert_eq!(
        [ux, uy].concat(),
        hex(
            "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64
             DEF8F0EA9055866064A254515480BC13
             8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1
             288B231C3AE0D4FE7344FD2533264720"
        )
    );
    let key = SigningKey::prepare(&scalar, BACKEND);
    let verifying = VerifyingKey::prepare(&key.point(), Level::OneShot, BACKEND);
    for (message, signature) in [
        (
            "sample",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C
             81A648152E44ACF96E36DD1E80FABE46
             99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F
             A329C145786E679E7B82C71A38628AC8",
        ),
        (
            "test",
            "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB
             0542A7F0812998DA8F1DD3CA3CF023DB
             DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E0
             6A739F040649A667BF3B828246BAA5A5",
        ),
    ] {
        let digest = es384::digest(message.as_bytes());
        let made = key.sign_digest(&digest);
        assert_eq!(made.as_bytes().to_vec(), hex(signature), "{message}");
        verifying.verify_digest(&digest, &made).unwrap();
    }
}

/// RFC 7638 §3 over the key of RFC 7520 §5.4.1; the value was computed apart
/// from this crate, with SHA-256 over the text of §3.2.
#[test]
fn rfc_7638_thumbprint() {
    let key = PrivateJwk::from_json(PEREGRIN.as_bytes()).unwrap();
    assert_eq!(
        key.public().thumbprint().to_base64url(),
        "YlKlB7M2wnS0cPn_V7OW-FuDLuWdJ9z4OvPHmhGDfeE"
    );
}

/// RFC 7515 §A.1, §A.3, §A.4, §A.5 and RFC 7520 §4.3's algorithm: well-formed
/// tokens of algorithms that the policy cannot even name.
#[test]
fn rfc_7515_examples_are_refused_by_algorithm() {
    const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    assert_eq!(
        text(&decode(CLAIMS.as_bytes()).unwrap()),
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
    let verifier = verifier(&PublicJwk::new(*super::fixture::SIGNER.public().point()));
    for (header, json, payload, signature) in [
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
            CLAIMS,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            "eyJhbGciOiJFUzI1NiJ9",
            r#"{"alg":"ES256"}"#,
            CLAIMS,
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            "eyJhbGciOiJFUzUxMiJ9",
            r#"{"alg":"ES512"}"#,
            "UGF5bG9hZA",
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
        ("eyJhbGciOiJub25lIn0", r#"{"alg":"none"}"#, CLAIMS, ""),
    ] {
        assert_eq!(text(&decode(header.as_bytes()).unwrap()), json);
        let token = format!("{header}.{payload}.{signature}");
        for policy in [any_jws(), VerifyPolicy::new(&[])] {
            assert_eq!(
                verifier.verify(token.as_bytes(), &policy).unwrap_err(),
                Error::NotAllowed(NotAllowed::Algorithm),
                "{json}"
            );
        }
    }
}

/// RFC 7515 Appendix E: a `crit` that must be rejected.
#[test]
fn rfc_7515_appendix_e_is_refused() {
    let header = "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0";
    let json = decode(header.as_bytes()).unwrap();
    assert!(text(&json).contains("\"crit\":[\"http://example.com/UNDEFINED\"]"));
    let verifier = verifier(super::fixture::SIGNER.public());
    assert!(
        verifier
            .verify(format!("{header}.RkFJTA.").as_bytes(), &any_jws())
            .is_err()
    );
    // The same header under our algorithm fails for the extension alone.
    let ours = text(&json).replace("none", "ES384");
    let token = super::fixture::sign(&ours, b"FAIL");
    assert_eq!(
        verifier.verify(token.as_bytes(), &any_jws()).unwrap_err(),
        Error::NotAllowed(NotAllowed::CriticalExtension)
    );
}

/// RFC 7516 §A.3, RFC 7520 §5.5, §5.6 and §5.7: other key management and
/// content encryption.
#[test]
fn rfc_7516_and_7520_examples_are_refused_by_algorithm() {
    for (header, rest, due) in [
        (
            "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
            "6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ",
            NotAllowed::Algorithm,
        ),
        (
            "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ",
            ".yc9N8v5sYyv3iGQT926IUg.BoDl.WCCkNa-x4BeB9hIDIfFuhg",
            NotAllowed::ContentEncryption,
        ),
        (
            "eyJhbGciOiJkaXIiLCJraWQiOiI3N2M3ZTJiOC02ZTEzLTQ1Y2YtODY3Mi02MTdiNWI0NTI0M2EiLCJlbmMiOiJBMTI4R0NNIn0",
            ".refa467QzzKx6QAB.JW_i_f52hww_ELQPGaYyeAB6HYGcR559l9TYnSovc23X.vbb32Xvllea2OtmHAdccRQ",
            NotAllowed::Algorithm,
        ),
        (
            "eyJhbGciOiJBMjU2R0NNS1ciLCJraWQiOiIxOGVjMDhlMS1iZmE5LTRkOTUtYjIwNS0yYjRkZDFkNDMyMWQiLCJ0YWciOiJrZlBkdVZRM1QzSDZ2bmV3dC0ta3N3IiwiaXYiOiJLa1lUMEdYXzJqSGxmcU5fIiwiZW5jIjoiQTEyOENCQy1IUzI1NiJ9",
            "lJf3HbOApxMEBkCMOoTnnABxs_CvTWUmZQ2ElLvYNok.gz6NjyEFNm_vm8Gj6FwoFQ.Jf5p.DKW7jrb4WaRSNfbXVPlT5g",
            NotAllowed::Algorithm,
        ),
    ] {
        let json = decode(header.as_bytes()).unwrap();
        assert!(text(&json).starts_with("{\"alg\":"));
        let token = format!("{header}.{rest}");
        assert_eq!(
            begin_decrypt(token.as_bytes(), &any_jwe()).unwrap_err(),
            Error::NotAllowed(due),
            "{}",
            text(&json)
        );
    }
}

/// RFC 7517 §A.1: a set of a P-256 and an RSA key holds none of ours, and
/// §A.2, the private forms, must not pass for a public set.
#[test]
fn rfc_7517_appendix_a_sets() {
    const EC: &str = r#""kty":"EC","crv":"P-256",
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "use":"enc","kid":"1""#;
    const RSA: &str = r#""kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29""#;
    let public = format!("{{\"keys\":[{{{EC}}},{{{RSA}}}]}}");
    let set = JwkSet::<PublicJwk>::from_json(public.as_bytes()).unwrap();
    assert!(set.keys().is_empty());
    let private =
        format!("{{\"keys\":[{{{EC},\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\"}}]}}");
    assert_eq!(
        JwkSet::<PublicJwk>::from_json(private.as_bytes()).unwrap_err(),
        Error::UnusableKey(UnusableKey::PrivateMember)
    );
}

/// The registry names are exact: RFC 7518 §3.1, §4.1, §5.1 compare by case.
#[test]
fn names_of_algorithms_are_case_sensitive() {
    for name in ["es384", "ES384 ", "Es384", "ES256", "ES512", "none", "NONE"] {
        assert_eq!(SignatureAlgorithm::from_name(name), None, "{name}");
    }
    for name in ["ecdh-es", "ECDH-ES+A128kw", "ECDH-1PU", "dir", "RSA-OAEP"] {
        assert_eq!(KeyManagement::from_name(name), None, "{name}");
    }
    for name in ["a256gcm", "A256GCMKW", "A128CBC-HS256"] {
        assert_eq!(ContentEncryption::from_name(name), None, "{name}");
    }
}
