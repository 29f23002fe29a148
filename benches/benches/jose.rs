//! Every operation of jose-core, by criterion.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench jose -- decrypt
//! ```

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::es384::{self, Signature, SigningKey, VerifyingKey};
use jose_core::jwe::{
    DecryptItem, DecryptPolicy, DecryptionKey, EncryptHeader, EncryptItem, KeyAgreement as _,
    Recipient, decrypt_batch, encrypt_batch,
};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer, Verifier, VerifyItem, VerifyPolicy};
use jose_core::{Backend, Level, base64url, json, jws, nested};
use prereg_benches::handles::{
    decryption_keys, encrypted, public_set, recipients, signed, signers, verifier_set, verifiers,
};
use prereg_benches::workload::{generator, keys, message, message_of, messages, turn};

const LEVELS: [Level; 4] = [Level::OneShot, Level::Few, Level::Many, Level::Issuer];
const BATCHES: [usize; 3] = [1, 8, 32];
const DIRECT: KeyManagement = KeyManagement::EcdhEs;
const A256GCM: ContentEncryption = ContentEncryption::A256Gcm;

criterion_main!(benches);
criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = prepare, encrypt, decrypt, sign, verify, digests, nesting, batches, keys_and_sets,
        text
}

/// From a parsed key to a handle, at each level.
fn prepare(criterion: &mut Criterion) {
    let mut rng = generator();
    let (enc, sig) = (keys(KeyUse::Enc, &mut rng), keys(KeyUse::Sig, &mut rng));
    let mut group = criterion.benchmark_group("prepare");
    for level in LEVELS {
        let named = |what: &str| BenchmarkId::new(what, format!("{level:?}"));
        let backend = Backend::default();
        group.bench_function(named("recipient"), |bencher| {
            let mut next = counter();
            bencher.iter(|| Recipient::prepare(turn(&enc, next()).public(), level, backend));
        });
        group.bench_function(named("decryption key"), |bencher| {
            let mut next = counter();
            bencher.iter(|| DecryptionKey::prepare(turn(&enc, next()), level, backend));
        });
        group.bench_function(named("verifier"), |bencher| {
            let mut next = counter();
            bencher.iter(|| Verifier::prepare(turn(&sig, next()).public(), level, backend));
        });
    }
    group.bench_function("signer", |bencher| {
        let mut next = counter();
        bencher.iter(|| Signer::prepare(turn(&sig, next()), Backend::default()));
    });
}

/// Every alg with A256GCM, every enc with direct agreement.
fn encrypt(criterion: &mut Criterion) {
    let mut rng = generator();
    let recipients = recipients(&keys(KeyUse::Enc, &mut rng), Backend::default());
    let messages = messages(&mut rng);
    let mut group = criterion.benchmark_group("encrypt 256 B");
    for (alg, enc) in algorithms() {
        let header = EncryptHeader::new(alg, enc);
        let id = BenchmarkId::new(alg.name(), enc.name());
        group.bench_function(id, |bencher| {
            let mut next = counter();
            bencher.iter(|| {
                let index = next();
                turn(&recipients, index).encrypt(
                    turn::<Vec<u8>>(&messages, index),
                    &header,
                    &mut rng,
                )
            });
        });
    }
}

fn decrypt(criterion: &mut Criterion) {
    let mut rng = generator();
    let keys = keys(KeyUse::Enc, &mut rng);
    let (recipients, decryption) = (
        recipients(&keys, Backend::default()),
        decryption_keys(&keys, Backend::default()),
    );
    let messages = messages(&mut rng);
    let policy = DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL);
    let mut group = criterion.benchmark_group("decrypt 256 B");
    for (alg, enc) in algorithms() {
        let tokens = encrypted(&recipients, &messages, alg, enc, &mut rng);
        let id = BenchmarkId::new(alg.name(), enc.name());
        group.bench_function(id, |bencher| {
            let mut next = counter();
            bencher.iter(|| {
                let index = next();
                turn(&decryption, index).decrypt(turn(&tokens, index).as_bytes(), &policy)
            });
        });
    }
}

fn sign(criterion: &mut Criterion) {
    let mut rng = generator();
    let signers = signers(&keys(KeyUse::Sig, &mut rng), Backend::default());
    let mut group = criterion.benchmark_group("sign");
    for bytes in [256, 4096] {
        let messages: Vec<_> = (0..16).map(|_| message_of(bytes, &mut rng)).collect();
        group.bench_function(BenchmarkId::from_parameter(bytes), |bencher| {
            let mut next = counter();
            let header = SignHeader::new();
            bencher.iter(|| {
                let index = next();
                turn(&signers, index).sign(turn::<Vec<u8>>(&messages, index), &header)
            });
        });
    }
}

/// With one key, with a key new each time, and with a set from which kid chooses.
fn verify(criterion: &mut Criterion) {
    let mut rng = generator();
    let keys = keys(KeyUse::Sig, &mut rng);
    let tokens = signed(&signers(&keys, Backend::default()), &messages(&mut rng));
    let verifiers = verifiers(&keys, Backend::default());
    let set = verifier_set(&keys);
    let policy = verify_policy();
    let mut group = criterion.benchmark_group("verify 256 B");
    group.bench_function("prepared", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            turn(&verifiers, index).verify(turn(&tokens, index).as_bytes(), &policy)
        });
    });
    group.bench_function("unknown key", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            let key = turn(&keys, index).public();
            let verifier = Verifier::prepare(key, Level::OneShot, Backend::default())?;
            verifier.verify(turn(&tokens, index).as_bytes(), &policy)
        });
    });
    group.bench_function("set", |bencher| {
        let mut next = counter();
        bencher.iter(|| set.verify(turn(&tokens, next()).as_bytes(), &policy));
    });
}

/// ES384 without a token around it, and bare agreement.
fn digests(criterion: &mut Criterion) {
    let mut rng = generator();
    let keys = keys(KeyUse::Sig, &mut rng);
    let digests: Vec<_> = messages(&mut rng)
        .iter()
        .map(|message| es384::digest(message))
        .collect();
    let signing: Vec<_> = keys
        .iter()
        .map(|key| SigningKey::prepare(key.scalar(), Backend::default()))
        .collect();
    let signatures: Vec<Signature> = digests
        .iter()
        .enumerate()
        .map(|(index, digest)| turn(&signing, index).sign_digest(digest))
        .collect();
    let verifying: Vec<_> = keys
        .iter()
        .map(|key| VerifyingKey::prepare(key.public().point(), Level::Issuer, Backend::default()))
        .collect();
    let mut group = criterion.benchmark_group("es384");
    group.bench_function("sign digest", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            turn(&signing, index).sign_digest(turn(&digests, index))
        });
    });
    group.bench_function("verify digest", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            let key = turn(&verifying, index);
            key.verify_digest(turn(&digests, index), turn(&signatures, index))
        });
    });
    group.bench_function("agree", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            let peer = turn(&keys, index + 1).public().point();
            turn(&keys, index).scalar().agree(peer)
        });
    });
}

fn nesting(criterion: &mut Criterion) {
    let mut rng = generator();
    let (sig, enc) = (keys(KeyUse::Sig, &mut rng), keys(KeyUse::Enc, &mut rng));
    let (signers, recipients, keys) = (
        signers(&sig, Backend::default()),
        recipients(&enc, Backend::default()),
        decryption_keys(&enc, Backend::default()),
    );
    let set = verifier_set(&sig);
    let messages = messages(&mut rng);
    let (sign_header, encrypt_header) = (SignHeader::new(), EncryptHeader::new(DIRECT, A256GCM));
    let policy = nested::Policy {
        jwe: DecryptPolicy::new(&[DIRECT], &[A256GCM]),
        jws: verify_policy(),
    };
    let mut seal = |index| {
        nested::seal(
            turn::<Vec<u8>>(&messages, index),
            turn(&signers, index),
            &sign_header,
            turn(&recipients, index),
            &encrypt_header,
            &mut rng,
        )
    };
    let tokens: Vec<_> = (0..messages.len())
        .map(|index| seal(index).expect("token"))
        .collect();
    let mut group = criterion.benchmark_group("nested 256 B");
    group.bench_function("seal", |bencher| {
        let mut next = counter();
        bencher.iter(|| seal(next()));
    });
    group.bench_function("open", |bencher| {
        let mut next = counter();
        bencher.iter(|| {
            let index = next();
            let token = turn(&tokens, index).as_bytes();
            nested::open(token, turn(&keys, index), &set, &policy)
        });
    });
}

/// The batch forms; the throughput counts items.
fn batches(criterion: &mut Criterion) {
    let mut rng = generator();
    let (sig, enc) = (keys(KeyUse::Sig, &mut rng), keys(KeyUse::Enc, &mut rng));
    let (recipients, keys) = (
        recipients(&enc, Backend::default()),
        decryption_keys(&enc, Backend::default()),
    );
    let (verifiers, messages) = (verifiers(&sig, Backend::default()), messages(&mut rng));
    let signed = signed(&signers(&sig, Backend::default()), &messages);
    let encrypted = encrypted(&recipients, &messages, DIRECT, A256GCM, &mut rng);
    let header = EncryptHeader::new(DIRECT, A256GCM);
    let policy = DecryptPolicy::new(&[DIRECT], &[A256GCM]);
    let mut group = criterion.benchmark_group("batch 256 B");
    for size in BATCHES {
        group.throughput(Throughput::Elements(size as u64));
        let jws_policy = verify_policy();
        let verify: Vec<_> = (0..size)
            .map(|index| VerifyItem {
                verifier: turn(&verifiers, index),
                token: turn(&signed, index).as_bytes(),
                policy: &jws_policy,
            })
            .collect();
        let encrypt: Vec<_> = (0..size)
            .map(|index| EncryptItem {
                recipient: turn(&recipients, index),
                plaintext: turn::<Vec<u8>>(&messages, index),
                header: &header,
            })
            .collect();
        let decrypt: Vec<_> = (0..size)
            .map(|index| DecryptItem {
                key: turn(&keys, index),
                token: turn(&encrypted, index).as_bytes(),
                policy: &policy,
            })
            .collect();
        group.bench_function(BenchmarkId::new("verify", size), |bencher| {
            bencher.iter(|| jws::verify_batch(black_box(&verify)));
        });
        group.bench_function(BenchmarkId::new("encrypt", size), |bencher| {
            bencher.iter(|| encrypt_batch(black_box(&encrypt), &mut rng));
        });
        group.bench_function(BenchmarkId::new("decrypt", size), |bencher| {
            bencher.iter(|| decrypt_batch(black_box(&decrypt)));
        });
    }
}

fn keys_and_sets(criterion: &mut Criterion) {
    let mut rng = generator();
    let keys = keys(KeyUse::Sig, &mut rng);
    let public: Vec<_> = keys.iter().map(|key| key.public().to_json()).collect();
    let private: Vec<_> = keys.iter().map(PrivateJwk::to_json).collect();
    let set = public_set(&keys).to_json();
    let mut group = criterion.benchmark_group("jwk");
    group.bench_function("generate", |bencher| {
        bencher.iter(|| PrivateJwk::generate(&mut rng));
    });
    group.bench_function("parse public", |bencher| {
        let mut next = counter();
        bencher.iter(|| PublicJwk::from_json(turn(&public, next()).as_bytes()));
    });
    group.bench_function("parse private", |bencher| {
        let mut next = counter();
        bencher.iter(|| PrivateJwk::from_json(turn(&private, next()).as_bytes()));
    });
    group.bench_function("parse set of 4", |bencher| {
        bencher.iter(|| JwkSet::<PublicJwk>::from_json(black_box(set.as_bytes())));
    });
    group.bench_function("write public", |bencher| {
        let mut next = counter();
        bencher.iter(|| turn(&keys, next()).public().to_json());
    });
    group.bench_function("thumbprint", |bencher| {
        let mut next = counter();
        bencher.iter(|| turn(&keys, next()).public().thumbprint());
    });
}

/// Base64url and strict JSON.
fn text(criterion: &mut Criterion) {
    let mut rng = generator();
    let mut group = criterion.benchmark_group("text");
    for bytes in [48, 256, 4096] {
        group.throughput(Throughput::Bytes(bytes as u64));
        let data = message_of(bytes, &mut rng);
        let encoded = base64url::encode(&data);
        group.bench_function(BenchmarkId::new("base64url encode", bytes), |bencher| {
            bencher.iter(|| base64url::encode(black_box(&data)));
        });
        group.bench_function(BenchmarkId::new("base64url decode", bytes), |bencher| {
            bencher.iter(|| base64url::decode(black_box(encoded.as_bytes())));
        });
    }
    let key = PublicJwk::to_json(turn(&keys(KeyUse::Enc, &mut rng), 0).public());
    let header = format!(r#"{{"alg":"ECDH-ES","enc":"A256GCM","epk":{key},"kid":"key-0"}}"#);
    let claims = message(&mut rng);
    for (name, document) in [("header", header.as_bytes()), ("claims", &claims)] {
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_function(BenchmarkId::new("json", name), |bencher| {
            bencher.iter_batched(
                || document,
                |document| json::parse_object(black_box(document)).map(drop),
                BatchSize::SmallInput,
            );
        });
    }
}

fn algorithms() -> impl Iterator<Item = (KeyManagement, ContentEncryption)> {
    let direct = ContentEncryption::ALL.map(|enc| (DIRECT, enc));
    let wrapped = KeyManagement::ALL.into_iter().filter(|alg| *alg != DIRECT);
    direct.into_iter().chain(wrapped.map(|alg| (alg, A256GCM)))
}

fn verify_policy() -> VerifyPolicy {
    VerifyPolicy::new(&[SignatureAlgorithm::Es384])
}

/// Running numbers, so that inputs take turns.
fn counter() -> impl FnMut() -> usize {
    let mut next = 0;
    move || {
        next += 1;
        next
    }
}
