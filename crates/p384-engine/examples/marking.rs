//! Runs every constant-time operation with its secrets marked as undefined, for
//! valgrind's memcheck, which reports each jump and each address that depends on
//! them. See `admin/ct`. With one of the arguments of [`leak`] it leaks on purpose.
//!
//! Valgrind 3.19 does not know AVX-512: the lanes run in their software form.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failure ends the check"
)]

use std::env;
use std::hint::black_box;

use p384_engine::{Backend, PreparedKey, PublicKey, SecretScalar, Window, ecdh, ecdsa};

const MAKE_MEM_UNDEFINED: u64 = 0x4d43_0001;
const MAKE_MEM_DEFINED: u64 = 0x4d43_0002;

/// The backends that valgrind can follow.
const BACKENDS: [Backend; 2] = [Backend::Serial, Backend::Lanes];

fn main() {
    if let Some(kind) = env::args().nth(1) {
        return leak(&kind);
    }
    for backend in BACKENDS {
        one_by_one(backend);
        // Eight in lanes and one left over; five lanes of eight; three, singly.
        for count in [9, 5, 3] {
            together(backend, count);
        }
        prepared(backend);
    }
}

/// The single forms.
fn one_by_one(backend: Backend) {
    let peer = ecdh::public_key(&scalar(1), backend);
    let secret = secret(2);
    publish(&ecdh::public_key(&secret, backend));
    publish(&ecdh::agree(&secret, &peer, backend));
    publish(&ecdh::send_unprepared(&peer, &secret, backend));
    let key = ecdsa::SigningKey::new(secret, backend);
    publish(&key.public_key());
    publish(&key.sign(&digest()));
}

/// The batch forms without prepared keys.
fn together(backend: Backend, count: u8) {
    let secrets: Vec<SecretScalar> = (1..=count).map(secret).collect();
    let peers: Vec<PublicKey> = (1..=count)
        .map(|byte| ecdh::public_key(&scalar(byte), backend))
        .collect();
    publish(ecdh::public_keys(&secrets.iter().collect::<Vec<_>>(), backend).as_slice());
    let pairs: Vec<_> = secrets.iter().zip(&peers).collect();
    publish(ecdh::agree_batch(&pairs, backend).as_slice());
    let pairs: Vec<_> = peers.iter().zip(&secrets).collect();
    publish(ecdh::send_unprepared_batch(&pairs, backend).as_slice());

    let keys: Vec<_> = secrets
        .into_iter()
        .map(|secret| ecdsa::SigningKey::new(secret, backend))
        .collect();
    let digest = digest();
    let items: Vec<_> = keys.iter().map(|key| (key, &digest)).collect();
    publish(ecdsa::sign_batch(&items).as_slice());
}

/// The sender with prepared keys: single, to one recipient, and to several.
fn prepared(backend: Backend) {
    let windows = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];
    let keys = windows.map(|window| {
        let peer = ecdh::public_key(&scalar(5), backend);
        PreparedKey::prepare(&peer, window, backend)
    });
    let others = [6, 7].map(|byte| {
        let peer = ecdh::public_key(&scalar(byte), backend);
        PreparedKey::prepare(&peer, Window::W4, backend)
    });
    let secrets: Vec<SecretScalar> = (1..=9).map(secret).collect();
    for key in &keys {
        publish(&ecdh::send(key, &secrets[0]));
        let to_one: Vec<_> = secrets.iter().map(|secret| (key, secret)).collect();
        publish(ecdh::send_batch(&to_one).as_slice());
    }
    let alike = [&keys[0], &others[0], &others[1]];
    let of_one_window = secrets.iter().enumerate();
    let of_one_window: Vec<_> = of_one_window
        .map(|(i, secret)| (alike[i % 3], secret))
        .collect();
    publish(ecdh::send_batch(&of_one_window).as_slice());
    let of_all = secrets.iter().enumerate();
    let of_all: Vec<_> = of_all.map(|(i, secret)| (&keys[i % 4], secret)).collect();
    publish(ecdh::send_batch(&of_all).as_slice());
}

/// What valgrind must find: a jump and an address that depend on a secret, and
/// jumps on results, which shows that marks survive the arithmetic.
fn leak(kind: &str) {
    let secret = secret(7);
    let last = |bytes: &[u8]| usize::from(bytes[47]);
    match kind {
        "jump" => jump_on(last(&secret.to_bytes())),
        "address" => {
            black_box([0_u8; 256][black_box(last(&secret.to_bytes()))]);
        }
        "serial" => jump_on(last(ecdh::agree(&secret, &peer(), BACKENDS[0]).expose())),
        "lanes" => jump_on(last(ecdh::agree(&secret, &peer(), BACKENDS[1]).expose())),
        "batch" => {
            let peer = peer();
            let agreed = ecdh::agree_batch(&[(&secret, &peer); 8], BACKENDS[1]);
            jump_on(last(agreed[7].expose()));
        }
        "signature" => {
            let key = ecdsa::SigningKey::new(secret, BACKENDS[0]);
            jump_on(last(&key.sign(&digest())));
        }
        _ => unreachable!("no such leak: {kind}"),
    }
}

#[inline(never)]
fn jump_on(value: usize) {
    if black_box(value) & 1 == 1 {
        black_box(0);
    }
}

fn peer() -> PublicKey {
    ecdh::public_key(&scalar(1), Backend::Serial)
}

fn scalar(byte: u8) -> SecretScalar {
    SecretScalar::from_bytes(&[byte; 48]).expect("below n")
}

/// A scalar that valgrind takes for undefined.
fn secret(byte: u8) -> SecretScalar {
    let bytes = [byte; 48];
    mark(&bytes, MAKE_MEM_UNDEFINED);
    SecretScalar::from_bytes(&bytes).expect("below n")
}

/// The digest of a secret message is secret, too.
fn digest() -> [u8; 48] {
    let digest = [0x5a; 48];
    mark(&digest, MAKE_MEM_UNDEFINED);
    digest
}

/// Results may be looked at.
fn publish<T: ?Sized>(value: &T) {
    mark(black_box(value), MAKE_MEM_DEFINED);
}

/// Asks valgrind to take the bytes of a value for defined or undefined.
fn mark<T: ?Sized>(value: &T, request: u64) {
    let address = std::ptr::from_ref(value).cast::<u8>().addr() as u64;
    let request = [request, address, size_of_val(value) as u64, 0, 0, 0];
    // SAFETY: valgrind's marker, rotations of rdi by 128 bits in all and an
    // exchange of rbx with itself: they do nothing where it does not run.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") request.as_ptr(),
            inout("rdx") 0_u64 => _,
            options(nostack),
        );
    }
    black_box(request);
}
