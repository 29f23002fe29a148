//! SHA-384 (FIPS 180-4 §6.5), of one message or of many at once: on processors with
//! the lanes, eight messages take little longer than two.
//!
//! The time depends on lengths alone. What is copied of a message is wiped.

use alloc::vec::Vec;

use crate::backend::serial::sha512::{Block, State};
use crate::backend::{Backend, dispatch};
use crate::wipe::wipe;

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 48;

/// So many lanes with a block left are worth compressing all of them.
const WORTH_LANES: usize = 3;

/// The initial hash (FIPS 180-4 §5.3.4).
pub(crate) const INITIAL: State = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];

/// The digest of a message.
///
/// ```
/// use p384_engine::{Backend, sha384};
///
/// let digest = sha384::digest(b"abc", Backend::detect());
/// assert_eq!(digest.first_chunk(), Some(&[0xcb, 0x00, 0x75, 0x3f]));
/// ```
pub fn digest(message: &[u8], backend: Backend) -> [u8; DIGEST_BYTES] {
    let mut state = INITIAL;
    absorb(&mut state, message, 0, backend);
    finish(&mut state)
}

/// The digests of many messages, in order; those of like length are best.
pub fn digests(messages: &[&[u8]], backend: Backend) -> Vec<[u8; DIGEST_BYTES]> {
    let mut digests = alloc::vec![[0; DIGEST_BYTES]; messages.len()];
    let mut order: Vec<(usize, &[u8])> = messages.iter().copied().enumerate().collect();
    // Lanes are best filled with messages of as many blocks.
    order.sort_by_key(|(_, message)| core::cmp::Reverse(blocks(message)));
    for eight in order.chunks(8) {
        let mut states = [INITIAL; 8];
        let done = together(&mut states, eight, backend);
        for ((index, message), state) in eight.iter().zip(&mut states) {
            absorb(state, message, done.min(blocks(message)), backend);
            if let Some(place) = digests.get_mut(*index) {
                *place = finish(state);
            }
        }
    }
    digests
}

/// Compresses blocks of up to eight messages, of which none has more blocks than
/// the one before, while enough of them have one: so many rounds.
fn together(states: &mut [State; 8], messages: &[(usize, &[u8])], backend: Backend) -> usize {
    let last_worth = messages.get(WORTH_LANES - 1);
    let rounds = last_worth.map_or(0, |(_, message)| blocks(message));
    let mut next: [Block; 8] = [[0; 128]; 8];
    for round in 0..rounds {
        let before = *states;
        for (block, (_, message)) in next.iter_mut().zip(messages) {
            write_block(block, message, round);
        }
        dispatch!(backend, sha512::compress_eight(states, &next));
        let lanes = states.iter_mut().zip(before).zip(messages);
        for ((state, before), (_, message)) in lanes {
            if round >= blocks(message) {
                *state = before;
            }
        }
    }
    wipe(&mut next);
    rounds
}

/// Compresses the blocks of a message from one on.
fn absorb(state: &mut State, message: &[u8], from: usize, backend: Backend) {
    let mut block = [0; 128];
    for number in from..blocks(message) {
        write_block(&mut block, message, number);
        dispatch!(backend, sha512::compress_one(state, &block));
    }
    wipe(&mut block);
}

/// How many blocks a message is with its padding: at least a byte, and 16 of its
/// length.
const fn blocks(message: &[u8]) -> usize {
    (message.len() + 17).div_ceil(128)
}

/// A block of the padded message (FIPS 180-4 §5.1.2); zeros after its end.
fn write_block(block: &mut Block, message: &[u8], number: usize) {
    let start = number * 128;
    let rest = message.get(start..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk() {
        *block = *whole;
        return;
    }
    *block = [0; 128];
    for (place, byte) in block.iter_mut().zip(rest) {
        *place = *byte;
    }
    // The message ends in this block or just before it, or the block is the next.
    if start <= message.len()
        && let Some(place) = block.get_mut(rest.len())
    {
        *place = 0x80;
    }
    if number + 1 == blocks(message)
        && let Some(length) = block.last_chunk_mut()
    {
        *length = (message.len() as u128 * 8).to_be_bytes();
    }
}

/// The digest; wipes the state.
fn finish(state: &mut State) -> [u8; DIGEST_BYTES] {
    let mut digest = [0; DIGEST_BYTES];
    let (places, _) = digest.as_chunks_mut::<8>();
    for (place, word) in places.iter_mut().zip(&*state) {
        *place = word.to_be_bytes();
    }
    wipe(state);
    digest
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use sha2::{Digest as _, Sha384};

    use super::*;

    fn backends() -> Vec<Backend> {
        let mut backends = alloc::vec![Backend::Serial, Backend::Lanes];
        if Backend::detect() != Backend::Serial {
            backends.push(Backend::detect());
        }
        backends
    }

    /// Bytes that differ from place to place, and with the number.
    fn message(number: usize, length: usize) -> Vec<u8> {
        let byte = |i: usize| (i * 151 + number * 89 + i / 256).to_le_bytes()[0];
        (0..length).map(byte).collect()
    }

    #[test]
    fn every_length_around_the_ends_of_blocks() {
        for length in (0..400).chain(4080..4100) {
            let message = message(length, length);
            let due: [u8; 48] = Sha384::digest(&message).into();
            for backend in backends() {
                assert_eq!(digest(&message, backend), due, "{length} {backend:?}");
            }
        }
    }

    #[test]
    fn many_messages_of_any_lengths_in_any_order() {
        for count in [0, 1, 2, 3, 7, 8, 9, 16, 21] {
            for spread in [0, 1, 13, 111, 500] {
                let of = |i: usize| message(i, 100 + i * 7919 % (spread * 3 + 1));
                let messages: Vec<Vec<u8>> = (0..count).map(of).collect();
                let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
                let due = messages
                    .iter()
                    .map(|message| Sha384::digest(message).into());
                let due: Vec<[u8; 48]> = due.collect();
                for backend in backends() {
                    assert_eq!(digests(&slices, backend), due, "{count} {spread}");
                }
            }
        }
    }
}
