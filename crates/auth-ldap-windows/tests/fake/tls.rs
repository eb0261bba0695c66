//! TLS for the fake server, with certificates of an authority of the tests (valid until 2119).

use std::path::PathBuf;
use std::sync::Arc;

use ldap3::asn1::TagClass;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::State;
use super::ber::{constructed, decode, encode, enumerated, integer, number, octets, parts, sequence};

/// How TLS begins, and with which certificate.
#[derive(Debug, Clone, Copy)]
pub struct Tls {
    /// `good`, `expired`, `early`, or `elsewhere` (for another name).
    pub certificate: &'static str,
    /// Inside the connection, after a request for it.
    pub starttls: bool,
    /// Whether such a request is granted.
    pub grants: bool,
}

/// The file of a certificate.
pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fake/certificates").join(name)
}

fn acceptor(certificate: &str) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(file(&format!("{certificate}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

pub async fn serve(tls: Tls, mut stream: TcpStream, state: Arc<State>) {
    if tls.starttls {
        let mut buffer = vec![0; 1024];
        let length = stream.read(&mut buffer).await.unwrap_or(0);
        let Some((message, _)) = decode(&buffer[..length]) else { return };
        let id = i64::try_from(number(&parts(&message)[0])).unwrap();
        assert_eq!(parts(&message)[1].id, 23, "an extended request");
        let code = if tls.grants { 0 } else { 53 };
        let answer = constructed(TagClass::Application, 24, vec![enumerated(code), octets(""), octets("")]);
        let _ = stream.write_all(&encode(&sequence(vec![integer(id), answer]))).await;
        if !tls.grants {
            return;
        }
    }
    if let Ok(stream) = acceptor(tls.certificate).accept(stream).await {
        super::serve(stream, state).await;
    }
}
