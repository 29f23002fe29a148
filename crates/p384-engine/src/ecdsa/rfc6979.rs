//! Nonces of RFC 6979 §3.2, with HMAC of SHA-384 (RFC 2104), for one signature or
//! for eight at a time: all messages have one length, so that the lanes stay in
//! step.

use zeroize::Zeroizing;

use crate::backend::serial::sha512::{Block, State};
use crate::backend::{Backend, dispatch};
use crate::limbs::BYTES;
use crate::scalar::Scalar;
use crate::sha384::INITIAL;
use crate::wipe::wipe;

/// Bytes of a block of SHA-384.
const BLOCK: usize = 128;

/// The pads of RFC 2104 §2.
const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// What compresses a block for each of `N` hashes.
pub(super) trait Compress<const N: usize> {
    fn compress(&self, states: &mut [State; N], blocks: &[Block; N]);

    /// The same for the pads of new keys, which do not wait for each other.
    fn compress_pads(&self, states: [&mut [State; N]; 2], blocks: [&[Block; N]; 2]) {
        for (states, blocks) in states.into_iter().zip(blocks) {
            self.compress(states, blocks);
        }
    }
}

/// One at a time, by a backend.
pub(super) struct One(pub(super) Backend);

/// Eight at a time, by a backend.
pub(super) struct Eight(pub(super) Backend);

impl Compress<1> for One {
    fn compress(&self, [state]: &mut [State; 1], [block]: &[Block; 1]) {
        dispatch!(self.0, sha512::compress_one(state, block));
    }

    fn compress_pads(&self, states: [&mut [State; 1]; 2], blocks: [&[Block; 1]; 2]) {
        let ([[inner], [outer]], [[inner_block], [outer_block]]) = (states, blocks);
        dispatch!(
            self.0,
            sha512::compress_two([inner, outer], [inner_block, outer_block])
        );
    }
}

impl Compress<8> for Eight {
    fn compress(&self, states: &mut [State; 8], blocks: &[Block; 8]) {
        dispatch!(self.0, sha512::compress_eight(states, blocks));
    }
}

/// The sequences of nonces for `N` keys and digests; wiped when dropped.
pub(super) struct Nonces<const N: usize, C: Compress<N>> {
    compress: C,
    /// HMAC's two hashes after the blocks of their pads: the key itself is not
    /// needed again.
    inner: [State; N],
    outer: [State; N],
    v: [[u8; BYTES]; N],
    /// What is hashed next.
    blocks: [Block; N],
    hashes: [State; N],
    drawn: bool,
}

impl<const N: usize, C: Compress<N>> Nonces<N, C> {
    /// Steps a to g. The digests are reduced, bits2octets of §2.3.4.
    pub(super) fn new(compress: C, secrets: &[&Scalar; N], digests: &[&Scalar; N]) -> Self {
        let mut nonces = Self {
            compress,
            inner: [ZERO_KEY_INNER; N],
            outer: [ZERO_KEY_OUTER; N],
            v: [[1; BYTES]; N],
            blocks: [[0; BLOCK]; N],
            hashes: [[0; 8]; N],
            drawn: false,
        };
        for separator in [0, 1] {
            nonces.rekey(separator, secrets, digests);
        }
        nonces
    }

    /// Step h: the next candidates, none where it is not in 1…n − 1. One is refused
    /// with a chance of 2^−190; that it was, and nothing else of it, shows in the
    /// time.
    pub(super) fn draw(&mut self) -> [Zeroizing<Option<Scalar>>; N] {
        if self.drawn {
            // K ← HMAC(K, V ‖ 0), V ← HMAC(K, V).
            self.begin();
            self.pad(BYTES + 1);
            self.hash_block();
            self.finish_key();
        }
        self.drawn = true;
        self.next_v();
        self.v.each_ref().map(|v| {
            let nonce = Scalar::from_bytes(v);
            Zeroizing::new(nonce.filter(|nonce| !nonce.is_zero().declassify()))
        })
    }

    /// K ← HMAC(K, V ‖ separator ‖ secret ‖ digest), V ← HMAC(K, V).
    fn rekey(&mut self, separator: u8, secrets: &[&Scalar; N], digests: &[&Scalar; N]) {
        const REST: usize = BLOCK - 2 * BYTES - 1;
        self.begin();
        let scalars = secrets.iter().zip(digests);
        for (block, (secret, digest)) in self.blocks.iter_mut().zip(scalars) {
            let secret = Zeroizing::new(secret.to_bytes());
            let (_, after_v) = block.split_at_mut(BYTES);
            if let [place, rest @ ..] = after_v {
                *place = separator;
                let (place, rest) = rest.split_at_mut(BYTES);
                place.copy_from_slice(&*secret);
                rest.copy_from_slice(digest.to_bytes().split_at(REST).0);
            }
        }
        self.hash_block();
        for (block, digest) in self.blocks.iter_mut().zip(digests) {
            let digest = digest.to_bytes();
            let (place, _) = block.split_at_mut(BYTES - REST);
            place.copy_from_slice(digest.split_at(REST).1);
        }
        self.pad(3 * BYTES + 1);
        self.hash_block();
        self.finish_key();
    }

    /// Begins the inner hash of a message that begins with V.
    fn begin(&mut self) {
        self.hashes = self.inner;
        for (block, v) in self.blocks.iter_mut().zip(&self.v) {
            let (place, rest) = block.split_at_mut(BYTES);
            place.copy_from_slice(v);
            rest.fill(0);
        }
    }

    /// Fills up the last block of an HMAC's message of so many bytes (FIPS 180-4
    /// §5.1.2).
    fn pad(&mut self, length: usize) {
        let bits = 8 * (BLOCK as u64 + length as u64);
        for block in &mut self.blocks {
            let (message, rest) = block.split_at_mut(length % BLOCK);
            debug_assert!(message.len() < BLOCK - 16);
            rest.fill(0);
            if let [first, .., _, _, _, _, _, _, _, _] = rest {
                *first = 0x80;
            }
            if let Some(last) = block.last_chunk_mut() {
                *last = bits.to_be_bytes();
            }
        }
    }

    fn hash_block(&mut self) {
        self.compress.compress(&mut self.hashes, &self.blocks);
    }

    /// The outer hash: HMAC's value, as the beginning of the blocks.
    fn finish(&mut self) {
        self.digests();
        self.hashes = self.outer;
        self.pad(BYTES);
        self.hash_block();
        self.digests();
    }

    /// The hashes, 48 bytes of them, as the beginning of the blocks.
    fn digests(&mut self) {
        for (block, hash) in self.blocks.iter_mut().zip(&self.hashes) {
            let (words, _) = block.as_chunks_mut::<8>();
            for (place, word) in words.iter_mut().zip(hash).take(BYTES / 8) {
                *place = word.to_be_bytes();
            }
        }
    }

    /// The HMAC that is on its way becomes K; and V ← HMAC(K, V).
    fn finish_key(&mut self) {
        self.finish();
        for block in &mut self.blocks {
            let (key, rest) = block.split_at_mut(BYTES);
            for byte in key {
                *byte ^= INNER_PAD;
            }
            rest.fill(INNER_PAD);
        }
        let mut outer = self.blocks;
        for byte in outer.as_flattened_mut() {
            *byte ^= INNER_PAD ^ OUTER_PAD;
        }
        (self.inner, self.outer) = ([INITIAL; N], [INITIAL; N]);
        self.compress
            .compress_pads([&mut self.inner, &mut self.outer], [&self.blocks, &outer]);
        wipe(&mut outer);
        self.next_v();
    }

    /// V ← HMAC(K, V).
    fn next_v(&mut self) {
        self.begin();
        self.pad(BYTES);
        self.hash_block();
        self.finish();
        for (v, block) in self.v.iter_mut().zip(&self.blocks) {
            v.copy_from_slice(block.split_at(BYTES).0);
        }
    }
}

impl<const N: usize, C: Compress<N>> Drop for Nonces<N, C> {
    fn drop(&mut self) {
        for states in [&mut self.inner, &mut self.outer, &mut self.hashes] {
            wipe(states);
        }
        wipe(&mut self.v);
        wipe(&mut self.blocks);
    }
}

/// After a block of the inner pad: the state for a key of zeros.
const ZERO_KEY_INNER: State = [
    0x53f8_6932_7560_c3a2,
    0xc237_b051_64a5_bbe8,
    0xe581_f739_4cfa_66b8,
    0x846f_a619_22fa_ad62,
    0xdd0b_37ce_462c_ff5e,
    0x7ee8_a4bd_c875_67f3,
    0x39bd_a99c_75a0_47f7,
    0xc7bd_628b_d3f9_a734,
];

/// After a block of the outer pad.
const ZERO_KEY_OUTER: State = [
    0xff6c_e3f9_ca86_c81c,
    0x5855_59c2_ae0f_c15c,
    0xcf0d_5686_fb65_a54e,
    0xf1d5_4ee1_9e8c_fd02,
    0xa5c7_20ab_778f_f100,
    0xdeb3_e5f6_6757_3e8c,
    0xc1bf_c7ec_16b5_91f3,
    0x34d4_87c1_c79d_59eb,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_for_a_key_of_zeros_are_those_of_its_pads() {
        for (pad, expected) in [(INNER_PAD, ZERO_KEY_INNER), (OUTER_PAD, ZERO_KEY_OUTER)] {
            let mut state = [INITIAL];
            One(Backend::detect()).compress(&mut state, &[[pad; BLOCK]]);
            assert_eq!(state, [expected]);
        }
    }

    /// What no signature will ever need: a second nonce, by the reference crate's
    /// HMAC and RFC 6979 §3.2.
    #[test]
    fn eight_sequences_are_those_of_one() {
        let small = |i: u64| Scalar([i, 3, i, 5, 7, 11]);
        let secrets: [Scalar; 8] = core::array::from_fn(|i| small(i as u64 + 1));
        let digests: [Scalar; 8] = core::array::from_fn(|i| small(100 * i as u64));
        let (secrets, digests) = (secrets.each_ref(), digests.each_ref());
        for backend in [Backend::Serial, Backend::Lanes, Backend::detect()] {
            let mut eight = Nonces::new(Eight(backend), &secrets, &digests);
            let mut ones = core::array::from_fn::<_, 8, _>(|i| {
                Nonces::new(One(backend), &[secrets[i]], &[digests[i]])
            });
            for _ in 0..3 {
                let drawn = eight.draw();
                for (drawn, one) in drawn.iter().zip(&mut ones) {
                    let [expected] = one.draw();
                    assert_eq!(**drawn, *expected);
                }
            }
        }
    }
}
