//! Runs every constant-time operation with its secrets marked as undefined, for
//! valgrind's memcheck, which reports each jump and each address that depends on
//! them. See `admin/ct`; with the argument `leak`, it leaks on purpose.
//!
//! Valgrind 3.19 does not know AVX-512: the lanes run in their software form.

#![expect(clippy::expect_used, reason = "a failure ends the check")]

use std::env;
use std::hint::black_box;

use p384_engine::{Backend, PreparedKey, SecretScalar, Window, ecdh, ecdsa};

const MAKE_MEM_UNDEFINED: u64 = 0x4d43_0001;
const MAKE_MEM_DEFINED: u64 = 0x4d43_0002;

fn main() {
    for backend in [Backend::Serial, Backend::Lanes] {
        run(backend);
    }
    if env::args().nth(1).as_deref() == Some("leak") {
        let secret = secret(7);
        if black_box(secret.to_bytes()[47] & 1) == 1 {
            black_box(0);
        }
    }
}

fn run(backend: Backend) {
    let peer = ecdh::public_key(&scalar(1), backend);
    let prepared = PreparedKey::prepare(&peer, Window::W4, backend);
    let (a, b) = (secret(2), secret(3));

    publish(&ecdh::public_key(&a, backend));
    publish(ecdh::public_keys(&[&a, &b], backend).as_slice());
    publish(&ecdh::agree(&a, &peer, backend));
    publish(ecdh::agree_batch(&[(&a, &peer), (&b, &peer)], backend).as_slice());
    publish(&ecdh::send(&prepared, &a));
    publish(ecdh::send_batch(&[(&prepared, &a), (&prepared, &b)]).as_slice());
    publish(&ecdh::send_unprepared(&peer, &a, backend));
    publish(ecdh::send_unprepared_batch(&[(&peer, &a), (&peer, &b)], backend).as_slice());

    // The digest of a secret message is secret, too.
    let digest = [0x5a; 48];
    mark(&digest, MAKE_MEM_UNDEFINED);
    let keys = [a, b].map(|secret| ecdsa::SigningKey::new(secret, backend));
    publish(&keys[0].sign(&digest));
    publish(ecdsa::sign_batch(&[(&keys[0], &digest), (&keys[1], &digest)]).as_slice());
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
