//! The compression of SHA-384 and SHA-512 (FIPS 180-4 §6.4.2), for
//! messages one after the other.

use sha2::block_api::compress512;

/// A hash on its way.
pub(crate) type State = [u64; 8];
/// What it takes at a time.
pub(crate) type Block = [u8; 128];

/// Compresses a block into each of eight states.
pub(crate) fn compress_eight(states: &mut [State; 8], blocks: &[Block; 8]) {
    for (state, block) in states.iter_mut().zip(blocks) {
        compress_one(state, block);
    }
}

/// Compresses a block into each of two states.
pub(crate) fn compress_two([a, b]: [&mut State; 2], [a_block, b_block]: [&Block; 2]) {
    compress_one(a, a_block);
    compress_one(b, b_block);
}

/// Compresses a block into one state.
pub(crate) fn compress_one(state: &mut State, block: &Block) {
    compress512(state, core::slice::from_ref(block));
}
