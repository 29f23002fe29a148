//! The Concat KDF (SP 800-56A §5.8.1 with SHA-256, as RFC 7518 §4.6.2 uses it).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secret::SharedSecret;

/// What binds the derived key to its purpose: the `OtherInfo` of the KDF.
#[derive(Clone, Copy, Debug)]
pub struct OtherInfo<'a> {
    /// `AlgorithmID`: the `enc` name for direct agreement, the `alg` name for key wrapping.
    pub algorithm: &'a str,
    /// `PartyUInfo`: the bytes of `apu`, empty where it is absent.
    pub party_u: &'a [u8],
    /// `PartyVInfo`: the bytes of `apv`, empty where it is absent.
    pub party_v: &'a [u8],
}

/// Derives `key_bytes` (at most 32) bytes of key from the agreed Z.
///
/// One round of SHA-256 suffices for every algorithm of this crate; the bytes
/// beyond the key's length stay zero.
pub fn derive(z: &SharedSecret, info: OtherInfo<'_>, key_bytes: usize) -> Zeroizing<[u8; 32]> {
    concat(z.expose(), info, key_bytes)
}

/// The KDF over a Z of any length, so that vectors of other curves can judge it.
fn concat(z: &[u8], info: OtherInfo<'_>, key_bytes: usize) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(1u32.to_be_bytes());
    hash.update(z);
    for field in [info.algorithm.as_bytes(), info.party_u, info.party_v] {
        hash.update(length_prefix(field.len()));
        hash.update(field);
    }
    // SuppPubInfo is the key's length in bits; SuppPrivInfo is empty.
    hash.update(length_prefix(key_bytes.saturating_mul(8)));
    let mut key = Zeroizing::new([0u8; 32]);
    hash.finalize_into((&mut *key).into());
    for byte in key.iter_mut().skip(key_bytes) {
        *byte = 0;
    }
    key
}

/// Header limits keep every field far below 4 GiB.
fn length_prefix(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7518 Appendix C from Z on (its agreement is on P-256).
    #[test]
    fn rfc_7518_appendix_c() {
        let z: [u8; 32] = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let info = OtherInfo {
            algorithm: "A128GCM",
            party_u: b"Alice",
            party_v: b"Bob",
        };
        let key = concat(&z, info, 16);
        assert_eq!(
            crate::base64url::encode(&key[..16]),
            "VqqN6vgjbSBcIijNcacQGg"
        );
        assert_eq!(key[16..], [0; 16]);
    }

    #[test]
    fn a_leading_zero_of_z_is_kept() {
        let info = OtherInfo {
            algorithm: "A256GCM",
            party_u: b"",
            party_v: b"",
        };
        let mut z = [7u8; 48];
        z[0] = 0;
        assert_eq!(
            *derive(&SharedSecret::from_bytes(z), info, 32),
            *concat(&z, info, 32)
        );
        assert_ne!(*concat(&z, info, 32), *concat(&z[1..], info, 32));
    }

    #[test]
    fn every_field_is_bound() {
        let z = [9u8; 48];
        let base = OtherInfo {
            algorithm: "A256GCM",
            party_u: b"ab",
            party_v: b"c",
        };
        let keys = [
            concat(&z, base, 32),
            concat(&z, base, 16),
            concat(
                &z,
                OtherInfo {
                    algorithm: "ECDH-ES+A256KW",
                    ..base
                },
                32,
            ),
            concat(
                &z,
                OtherInfo {
                    party_u: b"a",
                    party_v: b"bc",
                    ..base
                },
                32,
            ),
            concat(
                &z,
                OtherInfo {
                    party_u: b"",
                    ..base
                },
                32,
            ),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(keys[..index].iter().all(|other| other[..16] != key[..16]));
        }
    }
}
