//! The field of P-384 as the backends exchange it: canonical integers modulo p.
//!
//! How a backend calculates (Montgomery forms, radix, lanes) is its own affair;
//! what goes in and comes out are plain numbers below p.

use zeroize::Zeroize;

use crate::limbs::{self, BYTES, Limbs};
use crate::safegcd::Modulus;

/// p = 2^384 − 2^128 − 2^96 + 2^32 − 1 (SP 800-186 §3.2.1.4).
pub(crate) const P: Limbs = [
    0x0000_0000_ffff_ffff,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_fffe,
    u64::MAX,
    u64::MAX,
    u64::MAX,
];

/// The modulus p, ready for inversions.
pub(crate) static FIELD: Modulus = Modulus::new(&P);

/// The generator G.
pub(crate) const GENERATOR: Coordinates = Coordinates {
    x: [
        0x3a54_5e38_7276_0ab7,
        0x5502_f25d_bf55_296c,
        0x59f7_41e0_8254_2a38,
        0x6e1d_3b62_8ba7_9b98,
        0x8eb1_c71e_f320_ad74,
        0xaa87_ca22_be8b_0537,
    ],
    y: [
        0x7a43_1d7c_90ea_0e5f,
        0x0a60_b1ce_1d7e_819d,
        0xe9da_3113_b5f0_b8c0,
        0xf8f4_1dbd_289a_147c,
        0x5d9e_98bf_9292_dc29,
        0x3617_de4a_9626_2c6f,
    ],
};

/// A point other than the identity: both coordinates canonical, that is below p.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub(crate) struct Coordinates {
    pub(crate) x: Limbs,
    pub(crate) y: Limbs,
}

/// Reads a big-endian number below p.
pub(crate) fn from_bytes(bytes: &[u8; BYTES]) -> Option<Limbs> {
    let limbs = limbs::from_be_bytes(bytes);
    limbs::less(&limbs, &P).then_some(limbs)
}
