//! What is allocated for hostile input, and what is left in freed memory.
//!
//! A test binary of its own, since it replaces the global allocator.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::convert::Infallible;

use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::base64url::{decode, encode};
use jose_core::error::{Error, Malformed, NotAllowed};
use jose_core::jwe::{
    DecryptItem, DecryptPolicy, DecryptionKey, EncryptHeader, EncryptItem, Recipient,
    begin_decrypt, decrypt_batch, encrypt_batch,
};
use jose_core::jwk::{JwkSet, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, Verifier, VerifierSet, VerifyPolicy};
use jose_core::policy::Limits;
use jose_core::{Backend, Level, nested};
use p384_engine::{PublicKey, SecretScalar, ecdh};
use rand_core::{TryCryptoRng, TryRng};

/// Counts what this thread allocates and searches what it frees.
struct Watching;

/// 24 bytes to be found, empty while nothing is searched for.
const NEEDLE: usize = 24;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
    static SEARCH: Cell<Option<[u8; NEEDLE]>> = const { Cell::new(None) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator; the block is only
// read before it is freed. `realloc` is the trait's own, built on these two, so
// that a block which moves is searched as well.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|count| count.set(count.get() + layout.size()));
        // Zeroed, so that the search below reads no uninitialized memory.
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Ok(Some(needle)) = SEARCH.try_with(Cell::get) {
            // SAFETY: the block is still allocated and was zeroed when it came.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            if bytes.windows(NEEDLE).any(|window| window == needle) {
                let _ = FOUND.try_with(|found| found.set(found.get() + 1));
            }
        }
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// Bytes that `work` allocates, freed or not.
fn allocated<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.get();
    let result = work();
    (result, ALLOCATED.get() - before)
}

/// How many blocks hold the needle when `work` frees them.
fn left_behind(needle: &[u8], work: impl FnOnce()) -> usize {
    FOUND.set(0);
    SEARCH.set(Some(needle.get(..NEEDLE).unwrap().try_into().unwrap()));
    work();
    SEARCH.set(None);
    FOUND.get()
}

fn jwe_policy() -> DecryptPolicy {
    DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL)
}

fn jws_policy() -> VerifyPolicy {
    VerifyPolicy::new(&SignatureAlgorithm::ALL)
}

fn key() -> PrivateJwk {
    PrivateJwk::generate(&mut SysRng).unwrap().with_kid("k")
}

fn decryption(key: &PrivateJwk) -> DecryptionKey {
    DecryptionKey::prepare(key, Level::OneShot, Backend::default()).unwrap()
}

fn recipient(key: &PrivateJwk) -> Recipient {
    Recipient::prepare(key.public(), Level::OneShot, Backend::default()).unwrap()
}

fn direct() -> EncryptHeader {
    EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm)
}

/// Row "100 MB of dots": refused for next to nothing, also where the caller has
/// lifted the cap on the size.
#[test]
fn a_hundred_megabytes_cost_nothing() {
    let dots = vec![b'.'; 100_000_000];
    let letters = vec![b'A'; 100_000_000];
    let verifier = Verifier::prepare(key().public(), Level::OneShot, Backend::default()).unwrap();
    let unlimited = Limits {
        token_bytes: usize::MAX,
        ..Limits::default()
    };
    for (token, lifted) in [
        (&dots, Malformed::Segments.into()),
        (&letters, Malformed::Segments.into()),
    ] {
        for (limits, due) in [
            (Limits::default(), Error::from(NotAllowed::TokenTooLong)),
            (unlimited, lifted),
        ] {
            let policy = jwe_policy().with_limits(limits);
            let (result, bytes) = allocated(|| begin_decrypt(token, &policy).map(|_| ()));
            assert_eq!(result, Err(due));
            assert!(bytes < 1024, "{bytes} bytes for a JWE");
            let policy = jws_policy().with_limits(limits);
            let (result, bytes) = allocated(|| verifier.verify(token, &policy).map(|_| ()));
            assert_eq!(result, Err(due));
            assert!(bytes < 1024, "{bytes} bytes for a JWS");
        }
    }
}

/// A header, an encrypted key, an IV or a tag beyond its size is refused before
/// it is decoded.
#[test]
fn oversized_segments_are_not_decoded() {
    let key = key();
    let token = recipient(&key)
        .encrypt(b"x", &direct(), &mut SysRng)
        .unwrap();
    let small = allocated(|| begin_decrypt(token.as_bytes(), &jwe_policy()).unwrap()).1;
    let unlimited = jwe_policy().with_limits(Limits {
        token_bytes: usize::MAX,
        ..Limits::default()
    });
    let huge = "A".repeat(50_000_000);
    for index in [0, 1, 2, 4] {
        let mut parts: Vec<&str> = token.split('.').collect();
        if let Some(part) = parts.get_mut(index) {
            *part = &huge;
        }
        let token = parts.join(".");
        let (result, bytes) = allocated(|| begin_decrypt(token.as_bytes(), &unlimited).map(|_| ()));
        assert!(result.is_err());
        assert!(bytes <= small, "{bytes} bytes for segment {index}");
    }
}

/// A header at its cap, full of what costs a reader most.
#[test]
fn hostile_headers_stay_cheap() {
    let fill = |open: &str, piece: &str, close: &str| {
        let room = 6000 - open.len() - close.len();
        format!("{open}{}{close}", piece.repeat(room / piece.len()))
    };
    for header in [
        fill("{\"a\":[0", ",0", "]}"),
        fill("{\"a\":[[]", ",[]", "]}"),
        fill("{\"a\":[{}", ",{}", "]}"),
        fill("{\"a\":\"", "\\u0061", "\"}"),
        "[".repeat(6000),
    ] {
        let token = format!("{}....", encode(header.as_bytes()));
        let (result, bytes) =
            allocated(|| begin_decrypt(token.as_bytes(), &jwe_policy()).map(|_| ()));
        assert!(result.is_err());
        assert!(bytes < 1_000_000, "{bytes} bytes for a header of 8 KiB");
    }
}

/// Row "plaintext released on a bad tag" and the wiping of secrets: a plaintext
/// is in no block of memory that is given back, opened or refused.
#[test]
fn plaintexts_are_wiped() {
    let secret = b"a plaintext that must not stay in freed memory";
    let key = key();
    let (recipient, decryption) = (recipient(&key), decryption(&key));
    // The search finds a plain vector.
    assert_eq!(left_behind(secret, || drop(secret.to_vec())), 1);
    let mut token = String::new();
    let found = left_behind(secret, || {
        token = recipient.encrypt(secret, &direct(), &mut SysRng).unwrap();
        let opened = decryption.decrypt(token.as_bytes(), &jwe_policy()).unwrap();
        assert_eq!(opened.plaintext(), secret);
        drop(opened.clone());
    });
    assert_eq!(found, 0);
    // GCM decrypts by XOR: a refused token must not have been decrypted.
    let last = if token.ends_with('A') { "Q" } else { "A" };
    let forged = format!("{}{last}", token.get(..token.len() - 1).unwrap());
    let found = left_behind(secret, || {
        let refused = decryption.decrypt(forged.as_bytes(), &jwe_policy());
        assert_eq!(refused.unwrap_err(), Error::DecryptFailed);
    });
    assert_eq!(found, 0);
}

/// A nested token: the claims, and the inner token that shows them to all.
#[test]
fn claims_are_wiped() {
    let claims = br#"{"pin":"a PIN of sixty-three bytes at the very most, no more than that"}"#;
    let (signing, receiving) = (key(), key());
    let signer = Signer::prepare(&signing, Backend::default()).unwrap();
    let (recipient, decryption) = (recipient(&receiving), decryption(&receiving));
    let set = JwkSet::new(vec![signing.public().clone()]).unwrap();
    let signers = VerifierSet::prepare(&set, Level::OneShot, Backend::default()).unwrap();
    let policy = nested::Policy {
        jwe: jwe_policy(),
        jws: jws_policy(),
    };
    let work = || {
        let header = SignHeader::new();
        let token =
            nested::seal(claims, &signer, &header, &recipient, &direct(), &mut SysRng).unwrap();
        let opened = nested::open(token.as_bytes(), &decryption, &signers, &policy).unwrap();
        assert!(opened.claims().unwrap().contains("pin"));
    };
    assert_eq!(left_behind(claims, work), 0);
    // As the payload segment spells them; it begins on a boundary of its own.
    assert_eq!(left_behind(encode(claims).as_bytes(), work), 0);
}

/// The forms that write to the caller's buffer, from their second use on: with
/// each of the engine's backends, tables or none, alone or in a set.
#[test]
fn forms_with_buffers_allocate_nothing() {
    let (signing, receiving) = (key().with_kid("a key id of ordinary length"), key());
    let set = JwkSet::new(vec![signing.public().clone()]).unwrap();
    let (sign_header, claims) = (SignHeader::new().with_typ("a+jwt"), [b'p'; 256]);
    let encrypt_header = direct().with_cty("json");
    for backend in [Backend::Engine, Backend::Serial] {
        for level in [Level::OneShot, Level::Few, Level::Many] {
            let signer = Signer::prepare(&signing, backend).unwrap();
            let verifier = Verifier::prepare(signing.public(), level, backend).unwrap();
            let signers = VerifierSet::prepare(&set, level, backend).unwrap();
            let recipient = Recipient::prepare(receiving.public(), level, backend).unwrap();
            let decryption = DecryptionKey::prepare(&receiving, level, backend).unwrap();
            let (jws, jwe) = (jws_policy(), jwe_policy());
            let (mut token, mut text) = (String::new(), Vec::new());
            let mut round = |rng: &mut SysRng| {
                let mut counts = [0; 5];
                counts[0] =
                    allocated(|| signer.sign_into(&claims, &sign_header, &mut token).unwrap()).1;
                let mut verify = || verifier.verify_into(token.as_bytes(), &jws, &mut text);
                counts[1] = allocated(|| verify().unwrap()).1;
                let mut verify = || signers.verify_into(token.as_bytes(), &jws, &mut text);
                counts[2] = allocated(|| verify().unwrap().1.point()).1;
                let mut encrypt =
                    || recipient.encrypt_into(&claims, &encrypt_header, rng, &mut token);
                counts[3] = allocated(|| encrypt().unwrap()).1;
                let mut decrypt = || decryption.decrypt_into(token.as_bytes(), &jwe, &mut text);
                counts[4] = allocated(|| decrypt().unwrap()).1;
                assert_eq!(text, claims);
                counts
            };
            assert!(round(&mut SysRng)[0] > 0, "the first use needs buffers");
            assert_eq!(round(&mut SysRng), [0; 5], "{backend:?} {level:?}");
        }
    }
}

/// Random bytes that are the same every time.
struct Seeded(u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = u8::try_from(self.try_next_u64()? >> 56).unwrap();
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// The Z of a token: what its `epk` and the key agree on.
fn agreed(key: &PrivateJwk, token: &str) -> [u8; 48] {
    let header = decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let [x, y] = ["x", "y"].map(|name| {
        let coordinate = header.pointer(&format!("/epk/{name}")).unwrap();
        let coordinate = coordinate.as_str().unwrap();
        decode(coordinate.as_bytes()).unwrap().try_into().unwrap()
    });
    let epk = PublicKey::from_coordinates(&x, &y).unwrap();
    let d = key.scalar().to_bytes();
    let secret = SecretScalar::from_bytes(&d).unwrap();
    *ecdh::agree(&secret, &epk, p384_engine::Backend::Serial).expose()
}

/// What the parties of a batch agree on, big-endian and as words in memory.
#[test]
fn agreements_of_batches_are_wiped() {
    let key = key();
    let header = direct();
    for level in [Level::OneShot, Level::Few] {
        let recipient = Recipient::prepare(key.public(), level, Backend::default()).unwrap();
        let decryption = decryption(&key);
        let item = EncryptItem {
            recipient: &recipient,
            plaintext: b"x",
            header: &header,
        };
        let encrypt = || encrypt_batch(&[item; 9], &mut Seeded(1));
        let tokens: Vec<String> = encrypt().into_iter().map(Result::unwrap).collect();
        let work = || {
            assert!(encrypt().iter().all(Result::is_ok));
            let policy = jwe_policy();
            let items = tokens.iter().map(|token| DecryptItem {
                key: &decryption,
                token: token.as_bytes(),
                policy: &policy,
            });
            let opened = decrypt_batch(&items.collect::<Vec<_>>());
            assert!(opened.iter().all(Result::is_ok));
        };
        for token in [tokens.first().unwrap(), tokens.last().unwrap()] {
            let z = agreed(&key, token);
            let backwards: Vec<u8> = z.iter().rev().copied().collect();
            for needle in [&z[..], &backwards] {
                assert_eq!(left_behind(needle, work), 0, "{level:?}");
            }
        }
    }
}

/// A private key, from each of its encodings to its last use: big-endian, as a
/// scalar in memory, and in base64url.
#[test]
fn private_keys_are_wiped() {
    let text = key().to_json();
    let d = PrivateJwk::from_json(text.as_bytes())
        .unwrap()
        .scalar()
        .to_bytes();
    let backwards: Vec<u8> = d.iter().rev().copied().collect();
    let work = || {
        let key = PrivateJwk::from_json(text.as_bytes()).unwrap();
        let token = recipient(&key)
            .encrypt(b"x", &direct(), &mut SysRng)
            .unwrap();
        let opened = decryption(&key).decrypt(token.as_bytes(), &jwe_policy());
        assert!(opened.is_ok());
        let signed = Signer::prepare(&key, Backend::default())
            .unwrap()
            .sign(b"x", &SignHeader::new());
        assert!(signed.is_ok());
        assert_eq!(*key.to_json(), *text);
    };
    for needle in [&d[..], &backwards, encode(&*d).as_bytes()] {
        assert_eq!(left_behind(needle, work), 0);
    }
}
