//! Attestation roots: certificates from files, PEM or DER.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use relying_party::attestation::TrustAnchors;

use super::TrustError;

const MOST_BYTES: u64 = 1 << 20;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The roots in files, beside those given in DER.
///
/// # Errors
/// [`TrustError::Root`] for the first file that holds none or another thing.
pub(crate) fn attestation_roots(
    own: &[&[u8]],
    files: &[PathBuf],
) -> Result<TrustAnchors, TrustError> {
    let mut roots: Vec<Vec<u8>> = own.iter().map(|der| der.to_vec()).collect();
    for path in files {
        let wrong = |why: &str| {
            let path = path.display();
            TrustError::Root(format!("trust.attestation_roots: {path}: {why}"))
        };
        let found = read(path).map_err(|why| wrong(&why))?;
        let parse = TrustAnchors::from_der(found.iter().map(Vec::as_slice));
        parse.map_err(|refusal| wrong(&format!("not a root certificate ({refusal})")))?;
        roots.extend(found);
    }
    let anchors = TrustAnchors::from_der(roots.iter().map(Vec::as_slice));
    anchors.map_err(|refusal| TrustError::Root(refusal.to_string()))
}

/// The certificates of one file.
fn read(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN ") => pem(text),
        _ => Ok(vec![bytes]),
    }
}

/// Every certificate of a PEM file (RFC 7468 §5); text may stand between them.
fn pem(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (body, after) = after
            .split_once(END)
            .ok_or("a certificate begins and does not end")?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&body).map_err(|_| "a certificate is not base64")?;
        found.push(der);
        rest = after;
    }
    if found.is_empty() {
        return Err("it holds no certificate".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_files_hold_any_number_of_certificates() {
        let text =
            format!("Root 1\n{BEGIN}\nAQID\nBAUG\n{END}\n\nRoot 2\r\n{BEGIN}\r\nBw==\r\n{END}\r\n");
        assert_eq!(pem(&text).unwrap(), [vec![1, 2, 3, 4, 5, 6], vec![7]]);
        for wrong in [
            "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAQID\n",
            "-----BEGIN CERTIFICATE-----\nA!ID\n-----END CERTIFICATE-----\n",
        ] {
            assert!(pem(wrong).is_err(), "{wrong}");
        }
    }
}
