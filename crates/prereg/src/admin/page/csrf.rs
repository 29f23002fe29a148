//! A code in every form, so that no other site can send it: who cannot read the
//! page does not know the code.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jose_core::base64url;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Makes and checks the codes. Codes end with the process.
pub(super) struct Csrf(Zeroizing<[u8; 64]>);

impl Csrf {
    /// Draws a key.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(super) fn generate() -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; 64]);
        getrandom::fill(&mut *key)?;
        Ok(Self(key))
    }

    /// The code for somebody.
    pub(super) fn code(&self, who: &str) -> String {
        base64url::encode(&self.mac(who).finalize().into_bytes())
    }

    /// Whether that is their code; takes as long for any wrong one.
    pub(super) fn holds(&self, who: &str, code: &str) -> bool {
        base64url::decode(code.as_bytes())
            .is_ok_and(|code| self.mac(who).verify_slice(&code).is_ok())
    }

    fn mac(&self, who: &str) -> Hmac<Sha256> {
        Hmac::<Sha256>::new((&*self.0).into()).chain_update(who.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_holds_for_its_owner_in_its_process() {
        let (csrf, other) = (Csrf::generate().unwrap(), Csrf::generate().unwrap());
        let code = csrf.code("page");
        assert!(csrf.holds("page", &code));
        assert!(!csrf.holds("somebody else", &code));
        assert!(!other.holds("page", &code));
        for wrong in ["", "AAAA", &code[1..], &format!("{code}A")] {
            assert!(!csrf.holds("page", wrong), "{wrong}");
        }
    }
}
