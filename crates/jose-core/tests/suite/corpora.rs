//! The corpora of the fuzz targets, replayed: what fuzzing has found once stays
//! found, on every machine and without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

use jose_core::curve::SecretScalar;
use jose_core::fuzzing;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::nested::{self, Policy};

use super::fixture::{any_jwe, any_jws, decryption, verifier, verifiers};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

fn seed(target: &str, name: &str) -> Vec<u8> {
    fs::read(corpus(target).join(name)).unwrap()
}

fn replay(target: &str, at_least: usize, body: fn(&[u8])) {
    let mut inputs = 0;
    for entry in fs::read_dir(corpus(target)).unwrap() {
        body(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= at_least, "{inputs} inputs for {target}");
}

#[test]
fn jwk() {
    replay("jwk", 11, fuzzing::jwk);
}

#[test]
fn jwe_compact() {
    replay("jwe_compact", 8, fuzzing::jwe_compact);
}

#[test]
fn jws_compact() {
    replay("jws_compact", 7, fuzzing::jws_compact);
}

#[test]
fn nested_open() {
    replay("nested_open", 4, fuzzing::nested_open);
}

/// The sound seeds are accepted, so that mutation starts behind the first
/// refusal and not before it.
#[test]
fn sound_seeds_are_accepted() {
    let key = PrivateJwk::new(SecretScalar::from_bytes(&fuzzing::SCALAR).unwrap());
    let key = key.with_kid("fuzz");
    for name in ["public", "with_use_and_alg", "with_key_ops"] {
        PublicJwk::from_json(&seed("jwk", name)).unwrap();
    }
    PrivateJwk::from_json(&seed("jwk", "private")).unwrap();
    PrivateJwk::from_sec1_der(&seed("jwk", "der_sec1")).unwrap();
    JwkSet::<PublicJwk>::from_json(&seed("jwk", "set")).unwrap();
    for name in ["direct", "wrapped"] {
        let token = seed("jwe_compact", name);
        decryption(&key).decrypt(&token, &any_jwe()).unwrap();
    }
    let token = seed("jws_compact", "token");
    verifier(key.public()).verify(&token, &any_jws()).unwrap();
    let policy = Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let token = seed("nested_open", "token");
    nested::open(&token, &decryption(&key), &verifiers(&[&key]), &policy).unwrap();
}
