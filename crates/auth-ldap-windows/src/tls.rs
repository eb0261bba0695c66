//! Whose certificates are trusted, and what to do when one is not.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// A trust store that can't be made.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file can't be read, or has no certificate.
    #[error(
        "ca_file: can't read certificates from {file}: {why} (expected: PEM, `-----BEGIN CERTIFICATE-----`)"
    )]
    File {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The TLS library refuses its own defaults.
    #[error("TLS can't be set up")]
    Library(#[from] rustls::Error),
}

/// A configuration that trusts the authorities in `ca_file` alone, or without it those of the system.
pub(crate) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let roots = match ca_file {
        Some(file) => from_file(file)?,
        None => from_system(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn from_file(file: &Path) -> Result<RootCertStore, TrustError> {
    let failed = |why: String| TrustError::File { file: file.display().to_string(), why };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))? {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
    }
    if roots.is_empty() { Err(failed("there is none in it".to_owned())) } else { Ok(roots) }
}

/// The system's authorities that can be read; one broken file does not take the others with it.
fn from_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            errors = found.errors.len(),
            "the system has no certificate authorities; set ca_file to trust a directory server"
        );
    }
    roots
}

/// What is wrong with a server's certificate and what to do, if `error` is about that.
pub(crate) fn advice(error: &(dyn std::error::Error + 'static), host: &str) -> Option<String> {
    let rustls::Error::InvalidCertificate(wrong) = find(error)? else { return None };
    Some(match wrong {
        CertificateError::UnknownIssuer => "the server's certificate comes from an authority that is not trusted; set `ca_file` \
             to the PEM file of the authority that issued it (for a Windows domain: its enterprise root certificate)"
            .to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired; renew it on the server (and look at this machine's clock)".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; look at the clocks of both machines".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
            "the server's certificate is not for `{host}`; write the name that the certificate has into `url`, or give \
             the server a certificate with `{host}` as a subject alternative name"
        ),
        CertificateError::Other(_) | CertificateError::BadEncoding => format!(
            "the server's certificate can't be used ({wrong:?}); an authority's certificate as the server's own does not \
             do, and one without a subject alternative name neither"
        ),
        other => format!("the server's certificate is refused: {other:?}"),
    })
}

/// The TLS error inside `error`, however deep.
pub(crate) fn find<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An I/O error hides what it was made of from `source`.
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            let inner: &(dyn std::error::Error + 'static) = inner;
            return find(inner);
        }
        next = error.source();
    }
    None
}
