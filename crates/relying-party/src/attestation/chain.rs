//! From an attestation certificate to a trusted root, in the order of `x5c`.

use prereg_types::Timestamp;

use super::certificate::Certificate;
use crate::refusal::Refusal;

/// The most certificates in `x5c`.
pub(super) const MAX_CHAIN: usize = 5;

/// The attestation roots that are trusted.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors(Vec<Certificate>);

impl TrustAnchors {
    /// Reads root certificates in DER.
    ///
    /// # Errors
    /// [`Refusal::CertificateMalformed`], and [`Refusal::CertificateChain`] for
    /// a certificate that may not issue others.
    pub fn from_der<'a>(roots: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Refusal> {
        let parse = |der: &[u8]| {
            let root = Certificate::parse(der)?;
            if root.may_issue(0) {
                Ok(root)
            } else {
                Err(Refusal::CertificateChain)
            }
        };
        roots
            .into_iter()
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the chain leads to one of the roots: each certificate valid now,
    /// issued by the next one, a CA allowed to. The root itself may be the last
    /// of the chain or be left out (RFC 5280 §6.1).
    ///
    /// # Errors
    /// [`Refusal::CertificateExpired`], [`Refusal::CertificateChain`] or
    /// [`Refusal::UntrustedRoot`].
    pub(super) fn verify(&self, chain: &[Certificate], now: Timestamp) -> Result<(), Refusal> {
        if !chain.iter().all(|certificate| certificate.is_valid_at(now)) {
            return Err(Refusal::CertificateExpired);
        }
        for (below, (certificate, issuer)) in chain.iter().zip(chain.iter().skip(1)).enumerate() {
            if !certificate.is_issued_by(issuer) || !issuer.may_issue(below) {
                return Err(Refusal::CertificateChain);
            }
        }
        let last = chain.last().ok_or(Refusal::CertificateChain)?;
        self.check_root(last, chain.len() - 1, now)
    }

    /// `below` counts the CAs between the leaf and the root.
    fn check_root(&self, last: &Certificate, below: usize, now: Timestamp) -> Result<(), Refusal> {
        if below > 0 && self.0.iter().any(|root| root.der() == last.der()) {
            return Ok(());
        }
        // Roots are renewed under the same name and key: any one that holds will do.
        let issuers = self.0.iter().filter(|root| last.is_issued_by(root));
        let mut refusal = Refusal::UntrustedRoot;
        for issuer in issuers {
            refusal = match (issuer.is_valid_at(now), issuer.may_issue(below)) {
                (true, true) => return Ok(()),
                (true, false) => Refusal::CertificateChain,
                (false, _) => Refusal::CertificateExpired,
            };
        }
        Err(refusal)
    }
}
