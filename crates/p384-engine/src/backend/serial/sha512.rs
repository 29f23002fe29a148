//! The compression of SHA-384 and SHA-512 (FIPS 180-4 §6.4.2), for
//! messages one after the other.

use sha2::block_api::compress512;

/// A hash on its way.
pub(crate) type State = [u64; 8];
/// What it takes at a time.
pub(crate) type Block = [u8; 128];

/// Compresses a block into each of eight states.
pub(crate) fn compress_eight(states: &mut [State; 8], blocks: &[Block; 8]) {
    compress(states, blocks);
}

/// Compresses a block into each state.
pub(crate) fn compress(states: &mut [State], blocks: &[Block]) {
    for (state, block) in states.iter_mut().zip(blocks) {
        compress512(state, core::slice::from_ref(block));
    }
}
