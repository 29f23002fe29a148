//! The Concat KDF (SP 800-56A §5.8.1 with SHA-256, as RFC 7518 §4.6.2 uses it).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::alg::{ContentEncryption, KeyManagement};
use crate::secret::{SharedSecret, SymmetricKey};

/// Derives the key that an agreement yields: the content key itself for direct
/// agreement, named by `enc`, else the key that wraps one, named by `alg`
/// (RFC 7518 §4.6.2). `party_u` and `party_v` are the bytes of `apu` and `apv`,
/// empty where they are absent.
pub fn derive(
    z: &SharedSecret,
    alg: KeyManagement,
    enc: ContentEncryption,
    party_u: &[u8],
    party_v: &[u8],
) -> SymmetricKey {
    let (algorithm, length) = match alg.wrapping_key_bytes() {
        None => (enc.name(), enc.key_bytes()),
        Some(length) => (alg.name(), length),
    };
    concat(z.expose(), algorithm, party_u, party_v, length)
}

/// One round of SHA-256, which is enough for keys of at most 32 bytes. Takes a Z
/// of any length, so that vectors of other curves can judge it.
fn concat(
    z: &[u8],
    algorithm: &str,
    party_u: &[u8],
    party_v: &[u8],
    length: usize,
) -> SymmetricKey {
    let mut hash = Sha256::new();
    hash.update(1u32.to_be_bytes());
    hash.update(z);
    for field in [algorithm.as_bytes(), party_u, party_v] {
        hash.update(length_prefix(field.len()));
        hash.update(field);
    }
    // SuppPubInfo is the key's length in bits; SuppPrivInfo is empty.
    hash.update(length_prefix(length.saturating_mul(8)));
    let mut digest = Zeroizing::new([0u8; 32]);
    hash.finalize_into((&mut *digest).into());
    let mut key = SymmetricKey::zeroed(length);
    for (to, from) in key.expose_mut().iter_mut().zip(digest.iter()) {
        *to = *from;
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
        let key = concat(&z, "A128GCM", b"Alice", b"Bob", 16);
        assert_eq!(
            crate::base64url::encode(key.expose()),
            "VqqN6vgjbSBcIijNcacQGg"
        );
    }

    #[test]
    fn direct_agreement_is_named_by_enc_and_wrapping_by_alg() {
        let z = SharedSecret::from_bytes([9; 48]);
        for enc in ContentEncryption::ALL {
            let key = derive(&z, KeyManagement::EcdhEs, enc, b"u", b"v");
            let due = concat(z.expose(), enc.name(), b"u", b"v", enc.key_bytes());
            assert_eq!(key.expose(), due.expose());
            let wrapping = derive(&z, KeyManagement::EcdhEsA192Kw, enc, b"u", b"v");
            let due = concat(z.expose(), "ECDH-ES+A192KW", b"u", b"v", 24);
            assert_eq!(wrapping.expose(), due.expose());
        }
    }

    #[test]
    fn a_leading_zero_of_z_is_kept() {
        let mut z = [7u8; 48];
        z[0] = 0;
        let key = |z: &[u8]| concat(z, "A256GCM", b"", b"", 32);
        assert_ne!(key(&z).expose(), key(&z[1..]).expose());
    }

    #[test]
    fn every_field_is_bound() {
        let key = |algorithm, u: &[u8], v: &[u8], length| {
            let key = concat(&[9; 48], algorithm, u, v, length);
            <[u8; 16]>::try_from(&key.expose()[..16]).unwrap()
        };
        let keys = [
            key("A256GCM", b"ab", b"c", 32),
            key("A256GCM", b"ab", b"c", 16),
            key("ECDH-ES+A256KW", b"ab", b"c", 32),
            key("A256GCM", b"a", b"bc", 32),
            key("A256GCM", b"", b"c", 32),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }
}
