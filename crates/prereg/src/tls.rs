//! Whose word counts for the servers that this program calls over TLS.

use std::sync::LazyLock;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The authorities of this system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`: a
/// company's own are among them. Where there are none at all, as in a small
/// container, those that Mozilla trusts.
static ROOTS: LazyLock<RootCerts> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "certificates of authorities cannot be read");
    }
    let certificates = found.certs.iter();
    let certificates: Vec<_> = certificates
        .map(|one| Certificate::from_der(one).to_owned())
        .collect();
    if certificates.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::new_with_certs(&certificates)
    }
});

/// The settings of a client.
pub(crate) fn config() -> TlsConfig {
    TlsConfig::builder().root_certs(ROOTS.clone()).build()
}
