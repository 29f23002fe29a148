//! The engine's operations, single and in batches, against AWS-LC: a table, then
//! one JSON line per row.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench engine
//! ```
//!
//! `--quick` takes a few seconds, with rough figures. `--serial` turns the lanes
//! off. Names filter the rows. Digests are made before the clock starts, on both
//! sides, and keys are parsed; ephemeral scalars are drawn in advance for ours,
//! AWS-LC draws its own.

use std::env;
use std::process::ExitCode;
use std::rc::Rc;

use aws_lc_rs::agreement::{self, ECDH_P384, PrivateKey};
use aws_lc_rs::digest::{self, SHA384};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
};
use chacha20::rand_core::Rng as _;
use p384_engine::ecdh;
use p384_engine::ecdsa::{self, SigningKey, VerifyItem};
use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window};
use prereg_benches::interleave::{Contest, Effort, Side};
use prereg_benches::machine;
use prereg_benches::rivals::AWS_LC;
use prereg_benches::workload::{KEYS, MESSAGES, generator, turn};

fn main() -> ExitCode {
    if let Some(code) = machine::pinned() {
        return code;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let filters: Vec<&String> = arguments.iter().filter(|name| !name.starts_with('-')).collect();
    let effort = if has("--quick") { Effort::QUICK } else { Effort::FULL };
    let backend = if has("--serial") { Backend::Serial } else { Backend::detect() };

    println!("processor: {}", machine::processor());
    println!("backend: {backend:?}");
    let world = Rc::new(World::new(backend));
    let mut json = Vec::new();
    println!("{:<34}{:>10}{:>14}{:>9}", "operation", "ours µs", "aws-lc-rs µs", "ratio");
    for row in rows() {
        if !filters.is_empty() && !filters.iter().any(|part| row.name.contains(*part)) {
            continue;
        }
        let mut contest = Contest {
            operation: row.name,
            rival: AWS_LC,
            ours: (row.ours)(&world),
            theirs: (row.theirs)(&world),
        };
        let outcome = contest.measure(effort);
        let (ours, theirs) = (outcome.ours_ns, outcome.rival_ns);
        println!("{:<34}{:>10.2}{:>14.2}{:>8.2}×", row.name, ours / 1e3, theirs / 1e3, outcome.ratio());
        json.push(format!(
            r#"{{"op":"{}","ours_ns":{ours:.0},"rival":"{AWS_LC}","rival_ns":{theirs:.0},"ratio":{:.2}}}"#,
            row.name,
            outcome.ratio()
        ));
    }
    println!();
    for line in json {
        println!("{line}");
    }
    ExitCode::SUCCESS
}

type Make = Box<dyn Fn(&Rc<World>) -> Side>;

struct Row {
    name: &'static str,
    ours: Make,
    theirs: Make,
}

fn row(
    name: &'static str,
    ours: impl Fn(&Rc<World>) -> Side + 'static,
    theirs: impl Fn(&Rc<World>) -> Side + 'static,
) -> Row {
    Row {
        name,
        ours: Box::new(ours),
        theirs: Box::new(theirs),
    }
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(verify_rows());
    rows.extend(sender_rows());
    rows.extend(signer_rows());
    rows
}

fn verify_rows() -> Vec<Row> {
    let single = |name, window| row(name, move |w| World::verify(w, window), World::aws_verify);
    let batch = |name, window, size| {
        row(name, move |w| World::verify_batch(w, window, size), World::aws_verify)
    };
    vec![
        single("verify, w=4", Window::W4),
        single("verify, w=5", Window::W5),
        single("verify, w=6", Window::W6),
        single("verify, w=8", Window::W8),
        batch("verify batch 8, w=6", Window::W6, 8),
        batch("verify batch 32, w=6", Window::W6, 32),
        batch("verify batch 64, w=6", Window::W6, 64),
        batch("verify batch 8, w=8", Window::W8, 8),
        batch("verify batch 32, w=8", Window::W8, 32),
        batch("verify batch 64, w=8", Window::W8, 64),
        row("verify, unknown key", World::verify_unprepared, World::aws_verify),
    ]
}

fn sender_rows() -> Vec<Row> {
    let single = |name, window| row(name, move |w| World::send(w, window), World::aws_send);
    let batch = |name, window, size| {
        row(name, move |w| World::send_batch(w, window, size), World::aws_send)
    };
    vec![
        single("sender, w=4", Window::W4),
        single("sender, w=5", Window::W5),
        single("sender, w=6", Window::W6),
        batch("sender batch 8, w=6", Window::W6, 8),
        batch("sender batch 16, w=6", Window::W6, 16),
        batch("sender batch 64, w=6", Window::W6, 64),
        row("sender, unknown key", World::send_unprepared, World::aws_send),
        row("sender batch 8, unknown keys", |w| World::send_unprepared_batch(w, 8), World::aws_send),
        row("sender batch 32, unknown keys", |w| World::send_unprepared_batch(w, 32), World::aws_send),
        row("recipient", World::agree, World::aws_agree),
        row("recipient batch 8", |w| World::agree_batch(w, 8), World::aws_agree),
        row("recipient batch 32", |w| World::agree_batch(w, 32), World::aws_agree),
    ]
}

fn signer_rows() -> Vec<Row> {
    vec![
        row("sign", World::sign, World::aws_sign),
        row("sign batch 8", |w| World::sign_batch(w, 8), World::aws_sign),
        row("sign batch 32", |w| World::sign_batch(w, 32), World::aws_sign),
        row("key generation", World::generate, World::aws_generate),
        row("key generation batch 8", |w| World::generate_batch(w, 8), World::aws_generate),
        row("key generation batch 32", |w| World::generate_batch(w, 32), World::aws_generate),
    ]
}

/// Digest and signature `i` belong to key `i % KEYS`.
struct World {
    backend: Backend,
    keys: Vec<Key>,
    digests: Vec<[u8; 48]>,
    signatures: Vec<[u8; 96]>,
    scalars: Vec<SecretScalar>,
}

struct Key {
    secret: SecretScalar,
    public: PublicKey,
    signing: SigningKey,
    prepared: Vec<PreparedKey>,
    aws_signing: EcdsaKeyPair,
    aws_verifying: ParsedPublicKey,
    aws_private: PrivateKey,
    aws_peer: agreement::ParsedPublicKey,
}

const WINDOWS: [Window; 4] = [Window::W4, Window::W5, Window::W6, Window::W8];

impl World {
    fn new(backend: Backend) -> Self {
        let mut rng = generator();
        let mut bytes = || {
            let mut bytes = [0; 48];
            rng.fill_bytes(&mut bytes);
            // Below n.
            bytes[0] &= 0x7f;
            bytes
        };
        let digests: Vec<[u8; 48]> = (0..MESSAGES).map(|_| bytes()).collect();
        let scalars = (0..MESSAGES).map(|_| scalar(&bytes())).collect();
        let keys: Vec<Key> = (0..KEYS).map(|_| Key::new(&bytes(), backend)).collect();
        let sign = |(i, digest)| turn(&keys, i).signing.sign(digest);
        let signatures = digests.iter().enumerate().map(sign).collect();
        let this = Self {
            backend,
            keys,
            digests,
            signatures,
            scalars,
        };
        this.check();
        this
    }

    /// Each side accepts the other's signatures, and both agree.
    fn check(&self) {
        let random = SystemRandom::new();
        for (i, digest) in self.digests.iter().enumerate() {
            let key = turn(&self.keys, i);
            key.aws_verify(digest, &self.signatures[i]);
            let message = i.to_le_bytes();
            let theirs = key.aws_signing.sign(&random, &message).expect("signature");
            let theirs: [u8; 96] = theirs.as_ref().try_into().expect("96 bytes");
            let digest = digest::digest(&SHA384, &message);
            let digest: &[u8; 48] = digest.as_ref().try_into().expect("48 bytes");
            for prepared in &key.prepared {
                ecdsa::verify_vartime(prepared, digest, &theirs).expect("valid");
            }
            let peer = turn(&self.keys, i + 1);
            let shared = ecdh::agree(&key.secret, &peer.public, self.backend);
            assert_eq!(key.aws_agree(peer), *shared.expose());
        }
    }

    fn key(&self, i: usize) -> &Key {
        turn(&self.keys, i)
    }

    fn verify(this: &Rc<Self>, window: Window) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            let key = this.key(i).prepared(window);
            ecdsa::verify_vartime(key, turn(&this.digests, i), turn(&this.signatures, i))
                .expect("valid");
        })
    }

    fn verify_batch(this: &Rc<Self>, window: Window, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| VerifyItem {
                    key: this.key(i).prepared(window),
                    digest: turn(&this.digests, i),
                    signature: turn(&this.signatures, i),
                })
                .collect();
            assert!(ecdsa::verify_batch_vartime(&items).iter().all(Result::is_ok));
        })
    }

    fn verify_unprepared(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            let (digest, signature) = (turn(&this.digests, i), turn(&this.signatures, i));
            let key = &this.key(i).public;
            ecdsa::verify_unprepared_vartime(key, this.backend, digest, signature).expect("valid");
        })
    }

    fn aws_verify(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            this.key(i).aws_verify(turn(&this.digests, i), turn(&this.signatures, i));
        })
    }

    fn send(this: &Rc<Self>, window: Window) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| ecdh::send(this.key(i).prepared(window), turn(&this.scalars, i)))
    }

    fn send_batch(this: &Rc<Self>, window: Window, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            // One recipient a batch.
            let key = this.key(call).prepared(window);
            let items: Vec<_> =
                numbers(call, size).map(|i| (key, turn(&this.scalars, i))).collect();
            ecdh::send_batch(&items)
        })
    }

    fn send_unprepared(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            ecdh::send_unprepared(&this.key(i).public, turn(&this.scalars, i), this.backend)
        })
    }

    fn send_unprepared_batch(this: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| (&this.key(i).public, turn(&this.scalars, i)))
                .collect();
            ecdh::send_unprepared_batch(&items, this.backend)
        })
    }

    fn aws_send(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            let ephemeral = PrivateKey::generate(&ECDH_P384).expect("key");
            let public = ephemeral.compute_public_key().expect("point");
            (public, aws_agree(&ephemeral, this.key(i)))
        })
    }

    fn agree(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| {
            ecdh::agree(&this.key(i).secret, &this.key(i + 1).public, this.backend)
        })
    }

    fn agree_batch(this: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| (&this.key(i).secret, &this.key(i + 1).public))
                .collect();
            ecdh::agree_batch(&items, this.backend)
        })
    }

    fn aws_agree(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| this.key(i).aws_agree(this.key(i + 1)))
    }

    fn sign(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| this.key(i).signing.sign(turn(&this.digests, i)))
    }

    fn sign_batch(this: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| (&this.key(i).signing, turn(&this.digests, i)))
                .collect();
            ecdsa::sign_batch(&items)
        })
    }

    fn aws_sign(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        let random = SystemRandom::new();
        // It signs messages only, not digests: a short one costs little to hash.
        Side::single(move |i| {
            let message = turn(&this.digests, i);
            this.key(i).aws_signing.sign(&random, message).expect("signature")
        })
    }

    fn generate(this: &Rc<Self>) -> Side {
        let this = Rc::clone(this);
        Side::single(move |i| ecdh::public_key(turn(&this.scalars, i), this.backend))
    }

    fn generate_batch(this: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(this);
        Side::batch(size, move |call| {
            let scalars: Vec<_> = numbers(call, size).map(|i| turn(&this.scalars, i)).collect();
            ecdh::public_keys(&scalars, this.backend)
        })
    }

    fn aws_generate(_: &Rc<Self>) -> Side {
        Side::single(|_| PrivateKey::generate(&ECDH_P384).expect("key"))
    }
}

impl Key {
    fn new(secret: &[u8; 48], backend: Backend) -> Self {
        let bytes = secret;
        let secret = scalar(bytes);
        let public = ecdh::public_key(&secret, backend);
        let mut point = [4; 97];
        point[1..49].copy_from_slice(&public.x());
        point[49..].copy_from_slice(&public.y());
        let aws_peer = agreement::UnparsedPublicKey::new(&ECDH_P384, point);
        let signing = &ECDSA_P384_SHA384_FIXED_SIGNING;
        Self {
            signing: SigningKey::new(secret.clone(), backend),
            secret,
            public,
            prepared: WINDOWS.map(|window| PreparedKey::prepare(&public, window, backend)).into(),
            aws_signing: EcdsaKeyPair::from_private_key_and_public_key(signing, bytes, &point)
                .expect("key pair"),
            aws_verifying: ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).expect("key"),
            aws_private: PrivateKey::from_private_key(&ECDH_P384, bytes).expect("key"),
            aws_peer: aws_peer.try_into().expect("point"),
        }
    }

    fn prepared(&self, window: Window) -> &PreparedKey {
        let found = self.prepared.iter().find(|key| key.window() == window);
        found.expect("one of WINDOWS")
    }

    fn aws_verify(&self, digest: &[u8; 48], signature: &[u8; 96]) {
        let digest = digest::Digest::import_less_safe(digest, &SHA384).expect("digest");
        self.aws_verifying.verify_digest_sig(&digest, signature).expect("valid");
    }

    fn aws_agree(&self, peer: &Self) -> [u8; 48] {
        aws_agree(&self.aws_private, peer)
    }
}

fn aws_agree(private: &PrivateKey, peer: &Key) -> [u8; 48] {
    let copy = |z: &[u8]| z.try_into().map_err(drop);
    agreement::agree(private, peer.aws_peer.clone(), (), copy).expect("Z")
}

fn scalar(bytes: &[u8; 48]) -> SecretScalar {
    SecretScalar::from_bytes(bytes).expect("in range")
}

/// The running numbers of a batch.
fn numbers(call: usize, size: u32) -> std::ops::Range<usize> {
    let size = size as usize;
    call * size..(call + 1) * size
}
