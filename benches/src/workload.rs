//! Inputs: keys and many messages, new in every run, so that nothing is measured
//! on one lucky value and no predictor learns the few that there are.

use std::ops::Range;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _, TryRng as _};
use getrandom::SysRng;
use jose_core::base64url;
use jose_core::jwk::{KeyUse, PrivateJwk};

/// How many keys take turns, where it is not about one key.
pub const KEYS: usize = 4;
/// How many messages take turns.
pub const MESSAGES: usize = 256;
/// How many of them are compared with every rival before anything is timed.
pub const CHECKED: usize = 32;
/// The length of a message.
pub const MESSAGE_BYTES: usize = 256;

/// A generator in user space seeded by the system, as the rivals have one.
pub fn generator() -> ChaCha20Rng {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).expect("system randomness");
    ChaCha20Rng::from_seed(seed)
}

/// Claims in JSON, of [`MESSAGE_BYTES`] bytes.
pub fn message(rng: &mut ChaCha20Rng) -> Vec<u8> {
    message_of(MESSAGE_BYTES, rng)
}

/// Claims in JSON, of so many bytes.
pub fn message_of(bytes: usize, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut random = vec![0; bytes];
    rng.fill_bytes(&mut random);
    let mut text = base64url::encode(&random);
    text.truncate(bytes.checked_sub(10).expect("room for the claim's name"));
    format!(r#"{{"jti":"{text}"}}"#).into_bytes()
}

/// [`MESSAGES`] of them.
pub fn messages(rng: &mut ChaCha20Rng) -> Vec<Vec<u8>> {
    (0..MESSAGES).map(|_| message(rng)).collect()
}

/// [`KEYS`] keys with key ids.
pub fn keys(key_use: KeyUse, rng: &mut ChaCha20Rng) -> Vec<PrivateJwk> {
    keys_of(KEYS, key_use, rng)
}

/// So many keys with key ids.
pub fn keys_of(count: usize, key_use: KeyUse, rng: &mut ChaCha20Rng) -> Vec<PrivateJwk> {
    let generate = |number| {
        let key = PrivateJwk::generate(rng).expect("key");
        key.with_kid(&format!("key-{number}")).with_use(key_use)
    };
    (0..count).map(generate).collect()
}

/// The input whose turn it is.
pub fn turn<T>(inputs: &[T], index: usize) -> &T {
    &inputs[index % inputs.len()]
}

/// The running numbers of a batch.
pub fn numbers(call: usize, size: u32) -> Range<usize> {
    let size = size as usize;
    call * size..(call + 1) * size
}
