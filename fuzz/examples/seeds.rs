//! Writes the seeds of every target into `corpus/`: small, sound examples, and
//! hostile ones near to them. Running it twice writes the same bytes.

use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use authenticator::attestation::AttestationIssuer;
use authenticator::model::YUBIKEY_5_NFC_5_7;
use authenticator::{MakeCredential, Pin, Quirks, SecurityKey};
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::curve::SecretScalar;
use jose_core::fuzzing::SCALAR;
use jose_core::jwe::{EncryptHeader, Recipient};
use jose_core::jwk::{KeyUse, PrivateJwk};
use jose_core::jws::{SignHeader, Signer};
use jose_core::{Backend, Level};
use prereg_types::Serial;
use prereg_types::cbor::{Map, Value};
use prereg_types::webauthn::{AttestationObject, AttestationStatement, PackedStatement};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let key = PrivateJwk::new(SecretScalar::from_bytes(&SCALAR)?).with_kid("fuzz");
    keys(&key)?;
    tokens(&key)?;
    webauthn()?;
    states()?;
    engine()?;
    bodies(&key)
}

/// Window, batch size, the place and the bits of a change, a digest, scalars.
fn engine() -> Outcome<()> {
    let scalar = |byte: u8| [byte; 48];
    let mut one = [0; 48];
    one[47] = 1;
    for (name, head, digest, scalars) in [
        (
            "ordinary",
            [0, 8, 40, 1],
            scalar(0x3c),
            [scalar(0x17), scalar(0x71)],
        ),
        (
            "unchanged",
            [2, 0, 0, 0],
            scalar(0xa5),
            [scalar(0x42), scalar(0x24)],
        ),
        (
            "one_and_n_less_one",
            [4, 1, 95, 0x80],
            [0; 48],
            [one, scalar(0xff)],
        ),
        (
            "equal_scalars",
            [1, 9, 48, 0xff],
            scalar(0xff),
            [scalar(0x55), scalar(0x55)],
        ),
        ("small_scalars", [3, 4, 1, 2], one, [[0; 48], one]),
    ] {
        let scalars = scalars.concat();
        seed("engine", name, [&head[..], &digest, &scalars].concat())?;
    }
    seed("engine", "empty", [])
}

/// Writes one seed.
fn seed(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Outcome<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}

/// A text that the target puts where only a sound token may otherwise stand.
fn inside(text: &str) -> Vec<u8> {
    [&[0], text.as_bytes()].concat()
}

fn keys(key: &PrivateJwk) -> Outcome<()> {
    let public = key.public().to_json();
    seed("jwk", "public", &public)?;
    seed("jwk", "private", key.to_json().as_bytes())?;
    seed(
        "jwk",
        "set",
        format!(r#"{{"keys":[{public},{{"kty":"OKP"}}]}}"#),
    )?;
    let used = key
        .public()
        .clone()
        .with_use(KeyUse::Enc)
        .with_alg("ECDH-ES");
    seed("jwk", "with_use_and_alg", used.to_json())?;
    let ops = public.replacen('{', r#"{"key_ops":["verify","sign"],"#, 1);
    seed("jwk", "with_key_ops", ops)?;
    seed(
        "jwk",
        "duplicate",
        public.replacen('{', r#"{"\u006bty":"EC","#, 1),
    )?;
    seed(
        "jwk",
        "off_curve",
        public.replacen("\"y\":\"", "\"y\":\"A", 1),
    )?;
    let pem = include_str!("../../crates/jose-core/tests/suite/pem/pkcs8.pem");
    seed("jwk", "pem_pkcs8", pem)?;
    seed(
        "jwk",
        "pem_sec1",
        include_str!("../../crates/jose-core/tests/suite/pem/sec1.pem"),
    )?;
    seed(
        "jwk",
        "pem_spki",
        include_str!("../../crates/jose-core/tests/suite/pem/spki.pem"),
    )?;
    // The parameters name secp384r1.
    let curve = [0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
    let key = [&[0x30, 0x3e, 2, 1, 1, 4, 0x30][..], &SCALAR, &curve].concat();
    seed("jwk", "der_sec1", key)
}

fn tokens(key: &PrivateJwk) -> Outcome<()> {
    let epk = key.public().to_json().replace(r#""kid":"fuzz","#, "");
    for (alg, name) in [
        (KeyManagement::EcdhEs, "direct"),
        (KeyManagement::EcdhEsA256Kw, "wrapped"),
    ] {
        let header = EncryptHeader::new(alg, ContentEncryption::A256Gcm).with_apu(b"Alice");
        seed("jwe_compact", name, encrypt(key, b"plaintext", &header)?)?;
    }
    for (name, member) in [
        ("header", r#""kid":"fuzz""#),
        ("header_apu", r#""apu":"QWxpY2U","apv":"Qm9i""#),
        ("header_crit", r#""crit":["exp"],"exp":1"#),
        ("header_zip", r#""zip":"DEF""#),
        ("header_typ", r#""typ":"JWE","cty":"json""#),
        ("header_twice", r#""alg":"ECDH-ES""#),
    ] {
        let header = format!(r#"{{"alg":"ECDH-ES","enc":"A256GCM","epk":{epk},{member}}}"#);
        seed("jwe_compact", name, inside(&header))?;
    }
    let signer = Signer::prepare(key, Backend::default())?;
    let signed = signer.sign(br#"{"iss":"fuzz"}"#, &SignHeader::new().with_typ("JWT"))?;
    seed("jws_compact", "token", &signed)?;
    for (name, text) in [
        ("header", "{\"alg\":\"ES384\"}\n{\"a\":1}"),
        ("header_kid", "{\"alg\":\"ES384\",\"kid\":\"fuzz\"}\n"),
        ("header_none", "{\"alg\":\"none\"}\n{}"),
        (
            "header_b64",
            "{\"alg\":\"ES384\",\"b64\":false,\"crit\":[\"b64\"]}\n{}",
        ),
        (
            "header_x5c",
            "{\"alg\":\"ES384\",\"x5c\":[\"MIIB\"],\"jwk\":{}}\n{}",
        ),
        (
            "header_deep",
            "{\"alg\":\"ES384\",\"a\":[[[[[[[1]]]]]]]}\n{}",
        ),
    ] {
        seed("jws_compact", name, inside(text))?;
    }
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    seed(
        "nested_open",
        "token",
        encrypt(key, signed.as_bytes(), &header.clone().with_cty("JWT"))?,
    )?;
    seed(
        "nested_open",
        "no_cty",
        encrypt(key, signed.as_bytes(), &header)?,
    )?;
    seed("nested_open", "inner", inside(&signed))?;
    seed("nested_open", "inner_claims", inside(r#"{"iss":"fuzz"}"#))
}

fn encrypt(key: &PrivateJwk, plaintext: &[u8], header: &EncryptHeader) -> Outcome<String> {
    let recipient = Recipient::prepare(key.public(), Level::OneShot, Backend::default())?;
    Ok(recipient.encrypt(plaintext, header, &mut Constant)?)
}

/// Registration data as an authenticator makes it, credential key on P-256.
fn webauthn() -> Outcome<()> {
    let mut cose = Map::new();
    cose.insert(1, Value::from(2));
    cose.insert(3, Value::from(-7));
    cose.insert(-1, Value::from(1));
    cose.insert(-2, Value::Bytes(&[0x11; 32]));
    cose.insert(-3, Value::Bytes(&[0x22; 32]));
    let cose = Value::Map(cose).encode();
    let head = |flags: u8| [&[0x33; 32][..], &[flags, 0, 0, 0, 1]].concat();
    let attested = [&head(0x45), &[0x44; 16][..], &[0, 4], b"cred", &cose].concat();
    seed("authenticator_data", "assertion", head(0x05))?;
    seed("authenticator_data", "attested", &attested)?;
    seed(
        "authenticator_data",
        "trailing",
        [&attested[..], &[0]].concat(),
    )?;
    seed("authenticator_data", "backup_state", head(0x15))?;
    let extensions = [&head(0x85)[..], b"\xa1\x6bcredProtect\x02"].concat();
    seed("authenticator_data", "extensions", extensions)?;
    for (name, statement) in [
        ("none", AttestationStatement::None),
        (
            "packed",
            AttestationStatement::Packed(PackedStatement {
                alg: -7,
                sig: &[0x30, 6, 2, 1, 1, 2, 1, 1],
                x5c: Some(vec![&[0x30, 0]]),
            }),
        ),
    ] {
        let object = AttestationObject {
            statement,
            auth_data: &attested,
        };
        seed("attestation_object", name, object.encode())?;
    }
    seed("cbor", "cose_key", &cose)?;
    seed("cbor", "array", b"\x84\x00\x20\xf5\xf6")?;
    seed("cbor", "nested", b"\x81\x81\x81\x81\x00")?;
    seed("cbor", "not_shortest", b"\x18\x17")?;
    seed("cbor", "indefinite", b"\x9f\x00\xff")?;
    seed("cbor", "duplicate_key", b"\xa2\x01\x00\x01\x00")?;
    seed(
        "cbor",
        "declares_too_much",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    )
}

/// Exported states: a key with two credentials, its batch and its issuer, and a
/// key whose counters cannot be.
fn states() -> Outcome<()> {
    let (mut rng, now) = (Counting(1), 1_780_000_000);
    let issuer = AttestationIssuer::generate(&mut rng, now)?;
    let batch = issuer.issue_batch(&YUBIKEY_5_NFC_5_7, &Quirks::NONE, &mut rng, now)?;
    seed("states", "issuer", &*issuer.export())?;
    seed("states", "batch", &*batch.export())?;
    let (serial, pin) = (Serial::parse("3632071")?, Pin::new("847261"));
    let mut key = SecurityKey::new(YUBIKEY_5_NFC_5_7, serial, Arc::new(batch), Quirks::NONE);
    key.set_pin(&pin)?;
    for (rp_id, algorithm) in [("acme.example", -7), ("acme.test", -35)] {
        let request = MakeCredential {
            client_data_hash: &[1; 32],
            rp_id,
            user_id: b"user",
            pub_key_cred_params: &[algorithm],
            exclude_list: &[],
            pin: Some(&pin),
        };
        key.make_credential(&request, &mut rng)?;
    }
    let state = key.export();
    seed("states", "key", &*state)?;
    let too_many_tries: Vec<u8> = state
        .iter()
        .map(|byte| if *byte == 8 { 9 } else { *byte })
        .collect();
    seed("states", "too_many_tries", too_many_tries)
}

/// The bodies of the seven operations and of the provider, as published.
fn bodies(key: &PrivateJwk) -> Outcome<()> {
    let jwk = |key_use| key.public().clone().with_use(key_use).to_json();
    let (enc, sig) = (jwk(KeyUse::Enc), jwk(KeyUse::Sig));
    let user = r#""userId":"00u4enoiqp7hX6HBq5d7","fulfillmentProvider":"yubico""#;
    let enrollment = r#""authenticatorEnrollmentId":"fwf4enoiqp7hX6HBq5d7""#;
    for (name, body) in [
        ("enroll", format!(r#"{{{user},"enrollmentRpIds":["login.acme.example"],"yubicoTransportKeyJWK":{enc}}}"#)),
        ("enroll_text", format!(r#"{{{user},"enrollmentRpIds":"[\"login.acme.example\"]"}}"#)),
        ("enrolled", format!(r#"{{{user},"pinRequestJwe":"a.b.c.d.e","credRequests":[{{{enrollment},"credRequestJwe":"a.b.c.d.e","keyId":"3mkdrdfxkfb6czbyqpyy"}}]}}"#)),
        ("activate", format!(r#"{{{user},"serial":"3632071","version":"5.4.3","pinResponseJwe":"a.b.c.d.e","credResponses":[{{{enrollment},"credResponseJwe":"a.b.c.d.e"}}],"yubicoSigningJwks":[{sig}]}}"#)),
        ("activate_set", format!(r#"{{{user},"yubicoSigningJwks":{{"keys":[{sig}]}}}}"#)),
        ("fulfillment", format!(r#"{{{user},"fulfillmentData":[{{"productId":"1","customizationId":"RXJN83","inventoryProductId":"106"}}]}}"#)),
        ("send_pin", format!("{{{user},{enrollment}}}")),
        ("send_pin_array", format!(r#"{{{user},"authenticatorEnrollmentId":["fwf4enoiqp7hX6HBq5d7"]}}"#)),
        ("verify", r#"{"clientData":"e30","authenticatorData":"AAAA","signatureData":"AAAA"}"#.into()),
        ("client_data", r#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://login.acme.example","crossOrigin":false}"#.into()),
        ("shipment", r#"{"delivery_type":1,"recipient":{"recipient_company":"Acme","recipient_email":"a@acme.example","recipient_firstname":"Ada","recipient_lastname":"L","recipient_telephone":"5"},"mailing_address":{"street_line1":"1","street_line2":"","city":"S","region":"OR","postal_code":"9","country_code_2":"US"},"shipment_items":[{"product_id":1,"inventory_product_id":106,"product_quantity":1,"customization_id":"R","product_customizations":[{"fido_pin_request":"a.b.c.d.e","fido_credential_requests":["f.g.h.i.j"]}]}]}"#.into()),
        ("pin_request", format!(r#"{{"jti":"AAAAAAAAAAAAAAAAAAAAAA","iat":1,"exp":2,"iss":"https://acme.okta.example","set":{{"id":"AAAAAAAAAAAAAAAAAAAAAA","size":2}},"response_key":{enc},"pin_request":{{"type":"generate","length":6}}}}"#)),
    ] {
        seed("request_bodies", name, body)?;
    }
    Ok(())
}

/// No generator at all, so that the seeds do not change from run to run.
struct Constant;

impl rand_core::TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x3535_3535)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x3535_3535_3535_3535)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0x35);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Constant {}

/// Counts, for those who want no two values alike.
struct Counting(u64);

impl rand_core::TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x3535_3535)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let next = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Counting {}
