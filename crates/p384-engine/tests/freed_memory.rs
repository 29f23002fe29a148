//! What batches leave in memory that they give back.
//!
//! A test binary of its own, since it replaces the global allocator.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use p384_engine::ecdsa::{self, SigningKey};
use p384_engine::{Backend, PreparedKey, SecretScalar, Window, ecdh};

/// Searches what this thread frees.
struct Searching;

/// A secret's words, as the arithmetic has them and as bytes: 24 bytes are enough.
type Needle = [u8; 24];

thread_local! {
    static NEEDLES: Cell<Option<[Needle; 4]>> = const { Cell::new(None) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator; a block is only read
// before it is freed. `realloc` is the trait's own, built on these two.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that the search reads no uninitialized memory.
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Ok(Some(needles)) = NEEDLES.try_with(Cell::get) {
            // SAFETY: the block is still allocated and was zeroed when it came.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            let is_secret = |window: &[u8]| needles.iter().any(|needle| needle == window);
            let found = bytes
                .windows(size_of::<Needle>())
                .filter(|window| is_secret(window));
            let found = found.count();
            let _ = FOUND.try_with(|count| count.set(count.get() + found));
        }
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Searching = Searching;

/// How often one of two secrets stands in what `work` frees.
fn left_behind<R>(secrets: [&[u8; 48]; 2], work: impl FnOnce() -> R) -> usize {
    let needle = |bytes: &[u8]| -> Needle { bytes[..24].try_into().unwrap() };
    let needles = secrets.map(|secret| {
        let mut words = *secret;
        words.reverse();
        [needle(secret), needle(&words)]
    });
    let [[a, b], [c, d]] = needles;
    FOUND.set(0);
    NEEDLES.set(Some([a, b, c, d]));
    let result = work();
    NEEDLES.set(None);
    drop(result);
    FOUND.get()
}

fn secret(byte: u8) -> SecretScalar {
    SecretScalar::from_bytes(&[byte; 48]).unwrap()
}

fn batches(backend: Backend, other: Backend) {
    let own = secret(4);
    let peer = ecdh::public_key(&secret(3), backend);
    let agreed = *ecdh::agree(&own, &peer, backend).expose();
    let scalar = own.to_bytes();
    let secrets = [&agreed, &scalar];
    let prepare = |backend| PreparedKey::prepare(&peer, Window::W5, backend);
    let (key, elsewhere) = (prepare(backend), prepare(other));
    let signer = SigningKey::new(own.clone(), backend);
    for count in [1, 3, 5, 8, 9, 40] {
        let places = || 0..count;
        let items: Vec<_> = places().map(|_| (&own, &peer)).collect();
        let found = left_behind(secrets, || ecdh::agree_batch(&items, backend));
        assert_eq!(found, 0, "{backend:?}: {count} agreements");
        let items: Vec<_> = places().map(|_| (&peer, &own)).collect();
        let found = left_behind(secrets, || ecdh::send_unprepared_batch(&items, backend));
        assert_eq!(found, 0, "{backend:?}: {count} senders, unprepared");
        for keys in [[&key, &key], [&key, &elsewhere]] {
            let items: Vec<_> = places().map(|i| (keys[i % 2], &own)).collect();
            let found = left_behind(secrets, || ecdh::send_batch(&items));
            assert_eq!(found, 0, "{backend:?}: {count} senders");
        }
        let items: Vec<_> = places().map(|_| (&signer, &[7; 48])).collect();
        let found = left_behind(secrets, || ecdsa::sign_batch(&items));
        assert_eq!(found, 0, "{backend:?}: {count} signatures");
    }
}

#[test]
fn batches_leave_no_secret_in_freed_memory() {
    batches(Backend::Serial, Backend::Lanes);
    batches(Backend::Lanes, Backend::Serial);
    batches(Backend::detect(), Backend::Serial);
}

#[test]
fn what_is_left_is_found() {
    let found = left_behind([&[9; 48], &[5; 48]], || drop(vec![[9_u8; 48]]));
    assert!(found > 0);
    let kept = left_behind([&[9; 48], &[5; 48]], || vec![[9_u8; 48]]);
    assert_eq!(kept, 0, "memory that is still in use");
}
