//! Proves that jose-core needs `core` and `alloc` only. It is checked, not run.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::curve::SecretScalar;
use jose_core::jwe::{DecryptPolicy, DecryptionKey};
use jose_core::jwk::{JwkSet, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, VerifierSet, VerifyPolicy};
use jose_core::{Backend, Error, Level, nested};

/// An allocator that has nothing to give; a device brings its own.
struct Empty;

// SAFETY: `alloc` reports failure by a null pointer, as its contract allows,
// so that `dealloc` is never called with a block.
unsafe impl GlobalAlloc for Empty {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Empty = Empty;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Stands for a device's own entry point; takes what it would have received.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    i32::from(receive(b"", &[1; 48]).is_err())
}

fn receive(token: &[u8], scalar: &[u8; 48]) -> Result<usize, Error> {
    let key = PrivateJwk::new(SecretScalar::from_bytes(scalar)?);
    let signers = JwkSet::from_json(key.public().to_json().as_bytes())?;
    let policy = nested::Policy {
        jwe: DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL),
        jws: VerifyPolicy::new(&SignatureAlgorithm::ALL),
    };
    let opened = nested::open(
        token,
        &DecryptionKey::prepare(&key, Level::OneShot, Backend::default())?,
        &VerifierSet::prepare(&signers, Level::OneShot, Backend::default())?,
        &policy,
    )?;
    let receipt = Signer::prepare(&key, Backend::default())?.sign(b"{}", &SignHeader::new())?;
    Ok(opened.claims()?.iter().count() + receipt.len())
}
