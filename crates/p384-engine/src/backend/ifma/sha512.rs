//! The compression of SHA-384 and SHA-512 (FIPS 180-4 §6.4.2): of eight messages or
//! of two, one in each lane, and of one.

use core::hint::black_box;

use super::vector::{Lanes, Vectors, eight, kernel};
use crate::backend::serial::sha512::{Block, State};
use crate::wipe::wipe;

/// Compresses a block into each state.
pub(crate) fn compress_eight<L: Lanes>(l: L, states: &mut [State; 8], blocks: &[Block; 8]) {
    let block = |number: usize| blocks.each_ref().map(|block| word(block, number));
    let state = |word: usize| states.map(|state| state.get(word).copied().unwrap_or_default());
    let mut columns: [[u64; 8]; 8] = core::array::from_fn(state);
    let mut blocks: [[u64; 8]; 16] = core::array::from_fn(block);
    compress_columns(l, &mut columns, &blocks);
    for (lane, state) in states.iter_mut().enumerate() {
        for (word, column) in state.iter_mut().zip(&columns) {
            *word = column.get(lane).copied().unwrap_or_default();
        }
    }
    wipe(&mut blocks);
    wipe(&mut columns);
}

/// Compresses a block into each of two states.
pub(crate) fn compress_two<L: Lanes>(l: L, states: [&mut State; 2], blocks: [&Block; 2]) {
    compress_pair(l.four(), states, blocks);
}

/// Compresses a block into one state.
pub(crate) fn compress_one<L: Lanes>(l: L, state: &mut State, block: &Block) {
    compress_single(l.four(), state, block);
}

kernel! {
    /// The same word of every state and block is in one column.
    fn compress_columns<L>(l, states: &mut [[u64; 8]; 8], blocks: &[[u64; 8]; 16]) {
        let before = eight!(I => l.load(&states[I]));
        let mut w = [l.splat(0); 16];
        for (word, column) in w.iter_mut().zip(blocks) {
            *word = l.load(column);
        }
        let after = compress(l, before, w);
        *states = eight!(I => l.store(after[I]));
    }
}

kernel! {
    fn compress_pair<L: Vectors>(l, states: [&mut State; 2], blocks: [&Block; 2]) {
        let ([a, b], [a_block, b_block]) = (states, blocks);
        let before = eight!(I => l.load(&[a[I], b[I], 0, 0, 0, 0, 0, 0]));
        let mut w = [l.splat(0); 16];
        for (number, w) in w.iter_mut().enumerate() {
            *w = l.load(&[word(a_block, number), word(b_block, number), 0, 0, 0, 0, 0, 0]);
        }
        let after = compress(l, before, w);
        (*a, *b) = (
            eight!(I => l.store(after[I])[0]),
            eight!(I => l.store(after[I])[1]),
        );
    }
}

kernel! {
    /// The steps depend on each other and are taken one at a time, in registers of
    /// general use; beside them, four words at a time, goes the message schedule.
    /// What it makes is handed over in memory: in vectors it would wait for the one
    /// port that takes numbers out of them.
    fn compress_single<L: Vectors>(l, state: &mut State, block: &Block) {
        let mut w = [l.splat(0); 4];
        for (number, w) in w.iter_mut().enumerate() {
            let word = |i| word(block, 4 * number + i);
            *w = load_four(l, [word(0), word(1), word(2), word(3)]);
        }
        let (k, _) = K.as_chunks::<4>();
        let (first, rest) = k.split_at(4);
        // The words of the next steps, with their constants.
        let mut next = [[0; 4]; 4];
        for ((next, w), k) in next.iter_mut().zip(w).zip(first) {
            *next = store_four(l, l.add(w, load_four(l, *k)));
        }
        let mut s = *state;
        for k in rest.as_chunks::<4>().0 {
            let next = black_box(&mut next);
            for (kw, k) in next.iter_mut().zip(k) {
                let [w16, w12, w8, w4] = w;
                let new = schedule_four(l, w16, w12, w8, w4);
                w = [w12, w8, w4, new];
                s = four_steps(s, *kw);
                *kw = store_four(l, l.add(new, load_four(l, *k)));
            }
        }
        for kw in black_box(&next) {
            s = four_steps(s, *kw);
        }
        for (state, s) in state.iter_mut().zip(s) {
            *state = state.wrapping_add(s);
        }
        wipe(&mut next);
    }
}

/// A word of a block.
#[inline(always)]
fn word(block: &Block, number: usize) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    words
        .get(number)
        .map_or(0, |word| u64::from_be_bytes(*word))
}

/// The states after their blocks.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "words below sixteen")]
fn compress<L: Vectors>(l: L, before: [L::Vector; 8], block: [L::Vector; 16]) -> [L::Vector; 8] {
    let (mut w, mut s) = (block, before);
    for (number, round) in K.chunks_exact(16).enumerate() {
        for (t, k) in round.iter().enumerate() {
            if number > 0 {
                w[t] = schedule(l, w[t], w[(t + 1) % 16], w[(t + 9) % 16], w[(t + 14) % 16]);
            }
            s = step(l, s, l.add(w[t], l.splat(*k)));
        }
    }
    eight!(I => l.add(before[I], s[I]))
}

#[inline(always)]
fn load_four<L: Vectors>(l: L, four: [u64; 4]) -> L::Vector {
    let [a, b, c, d] = four;
    l.load(&[a, b, c, d, 0, 0, 0, 0])
}

#[inline(always)]
fn store_four<L: Vectors>(l: L, four: L::Vector) -> [u64; 4] {
    let [a, b, c, d, ..] = l.store(four);
    [a, b, c, d]
}

/// W_t to W_(t+3), from the sixteen words before, four in each vector.
#[inline(always)]
fn schedule_four<L: Vectors>(
    l: L,
    w16: L::Vector,
    w12: L::Vector,
    w8: L::Vector,
    w4: L::Vector,
) -> L::Vector {
    let onward = l.load(&[1, 2, 3, 0, 0, 0, 0, 0]);
    let halves = l.load(&[2, 3, 0, 1, 0, 0, 0, 0]);
    let w15 = l.permute(l.blend(1, w16, w12), onward);
    let w7 = l.permute(l.blend(1, w8, w4), onward);
    let w = l.add(l.add(w16, w7), sigma0(l, w15));
    // Of the four, the last two depend on the first two.
    let zero = l.splat(0);
    let first = l.permute(sigma1(l, w4), halves);
    let w = l.add(w, l.blend(0b0011, zero, first));
    let last = l.permute(sigma1(l, w), halves);
    l.add(w, l.blend(0b1100, zero, last))
}

/// Four steps, with K_t + W_t of each.
#[inline(always)]
fn four_steps(s: [u64; 8], kw: [u64; 4]) -> [u64; 8] {
    let [kw0, kw1, kw2, kw3] = kw;
    step_one(step_one(step_one(step_one(s, kw0), kw1), kw2), kw3)
}

/// One step of one hash, with K_t + W_t.
#[inline(always)]
fn step_one(s: [u64; 8], kw: u64) -> [u64; 8] {
    let [a, b, c, d, e, f, g, h] = s;
    let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
    let choice = g ^ (e & (f ^ g));
    let t1 = h.wrapping_add(kw).wrapping_add(choice).wrapping_add(s1);
    let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
    let majority = b ^ ((a ^ b) & (b ^ c));
    let t2 = s0.wrapping_add(majority);
    [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g]
}

/// W_t = σ1(W_(t−2)) + W_(t−7) + σ0(W_(t−15)) + W_(t−16).
#[inline(always)]
fn schedule<L: Vectors>(
    l: L,
    w16: L::Vector,
    w15: L::Vector,
    w7: L::Vector,
    w2: L::Vector,
) -> L::Vector {
    l.add(l.add(w16, sigma0(l, w15)), l.add(w7, sigma1(l, w2)))
}

#[inline(always)]
fn sigma0<L: Vectors>(l: L, w: L::Vector) -> L::Vector {
    l.xor3(l.ror::<1>(w), l.ror::<8>(w), l.shr::<7>(w))
}

#[inline(always)]
fn sigma1<L: Vectors>(l: L, w: L::Vector) -> L::Vector {
    l.xor3(l.ror::<19>(w), l.ror::<61>(w), l.shr::<6>(w))
}

/// One step, with K_t + W_t.
#[inline(always)]
fn step<L: Vectors>(l: L, s: [L::Vector; 8], kw: L::Vector) -> [L::Vector; 8] {
    let [a, b, c, d, e, f, g, h] = s;
    let s1 = l.xor3(l.ror::<14>(e), l.ror::<18>(e), l.ror::<41>(e));
    let t1 = l.add(l.add(h, kw), l.add(s1, l.choose(e, f, g)));
    let s0 = l.xor3(l.ror::<28>(a), l.ror::<34>(a), l.ror::<39>(a));
    let t2 = l.add(s0, l.majority(a, b, c));
    [l.add(t1, t2), a, b, c, l.add(d, t1), e, f, g]
}

/// FIPS 180-4 §4.2.3.
const K: [u64; 80] = [
    0x428a_2f98_d728_ae22,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538,
    0x59f1_11f1_b605_d019,
    0x923f_82a4_af19_4f9b,
    0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242,
    0x1283_5b01_4570_6fbe,
    0x2431_85be_4ee4_b28c,
    0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f,
    0x80de_b1fe_3b16_96b1,
    0x9bdc_06a7_25c7_1235,
    0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2,
    0xefbe_4786_384f_25e3,
    0x0fc1_9dc6_8b8c_d5b5,
    0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275,
    0x4a74_84aa_6ea6_e483,
    0x5cb0_a9dc_bd41_fbd4,
    0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab,
    0xa831_c66d_2db4_3210,
    0xb003_27c8_98fb_213f,
    0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2,
    0xd5a7_9147_930a_a725,
    0x06ca_6351_e003_826f,
    0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc,
    0x2e1b_2138_5c26_c926,
    0x4d2c_6dfc_5ac4_2aed,
    0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de,
    0x766a_0abb_3c77_b2a8,
    0x81c2_c92e_47ed_aee6,
    0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364,
    0xa81a_664b_bc42_3001,
    0xc24b_8b70_d0f8_9791,
    0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218,
    0xd699_0624_5565_a910,
    0xf40e_3585_5771_202a,
    0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8,
    0x1e37_6c08_5141_ab53,
    0x2748_774c_df8e_eb99,
    0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63,
    0x4ed8_aa4a_e341_8acb,
    0x5b9c_ca4f_7763_e373,
    0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc,
    0x78a5_636f_4317_2f60,
    0x84c8_7814_a1f0_ab72,
    0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28,
    0xa450_6ceb_de82_bde9,
    0xbef9_a3f7_b2c6_7915,
    0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c,
    0xd186_b8c7_21c0_c207,
    0xeada_7dd6_cde0_eb1e,
    0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba,
    0x0a63_7dc5_a2c8_98a6,
    0x113f_9804_bef9_0dae,
    0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84,
    0x32ca_ab7b_40c7_2493,
    0x3c9e_be0a_15c9_bebc,
    0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6,
    0x597f_299c_fc65_7e2a,
    0x5fcb_6fab_3ad6_faec,
    0x6c44_198c_4a47_5817,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ifma::tests::on_every_lanes;
    use crate::backend::serial::sha512;

    fn number(i: usize) -> u64 {
        (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn states_and_blocks() -> ([State; 8], [Block; 8]) {
        (
            core::array::from_fn(|i| core::array::from_fn(|j| number(8 * i + j))),
            core::array::from_fn(|i| {
                core::array::from_fn(|j| number(128 * i + j).to_le_bytes()[7])
            }),
        )
    }

    #[test]
    fn every_lane_compresses_its_block() {
        let (states, blocks) = states_and_blocks();
        let mut expected = states;
        sha512::compress_eight(&mut expected, &blocks);
        on_every_lanes!(l => {
            let mut compressed = states;
            compress_eight(l, &mut compressed, &blocks);
            assert_eq!(compressed, expected);
        });
    }

    #[test]
    fn one_block_and_two_are_compressed_as_in_lanes() {
        let (states, blocks) = states_and_blocks();
        let mut expected = states;
        sha512::compress_eight(&mut expected, &blocks);
        on_every_lanes!(l => {
            let mut compressed = states;
            for (state, block) in compressed.iter_mut().zip(&blocks) {
                compress_one(l, state, block);
            }
            assert_eq!(compressed, expected);
            let mut compressed = states;
            let (pairs, _) = compressed.as_chunks_mut::<2>();
            for ([a, b], [a_block, b_block]) in pairs.iter_mut().zip(blocks.as_chunks::<2>().0) {
                compress_two(l, [a, b], [a_block, b_block]);
            }
            assert_eq!(compressed, expected);
        });
    }
}
