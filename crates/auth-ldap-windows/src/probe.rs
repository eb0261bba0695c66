//! What a look at one server shows before anybody is bound: its addresses, and how long its certificate holds.

use std::sync::Arc;

use ldap3::asn1::{PL, StructureTag, parse_tag};
use portico_core::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::connection::{Connection, Patience, connect, resolve};
use crate::fault::Fault;
use crate::generalized_time;
use crate::server::{Protection, Server};

/// A certificate that ends sooner is told of.
const SOON_DAYS: i64 = 30;
/// An ExtendedRequest for StartTLS with message id 1 (RFC 4511 §4.14.1).
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The steps to a server that speaks, each in a line.
///
/// # Errors
/// The step that failed; the lines before it are in `told`.
pub(crate) async fn steps(
    server: &Server,
    tls: &Arc<ClientConfig>,
    patience: Patience,
    now: Timestamp,
    told: &mut Vec<String>,
) -> Result<(), Fault> {
    let name = server.to_string();
    let addresses = resolve(server, &name).await?;
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    told.push(format!("resolve: {} is {}", server.host, shown.join(", ")));
    // The whole way first: it knows best what is wrong.
    drop(Connection::open(server, tls, patience).await?);
    told.push(format!("connect: {name} answers"));
    if server.protection == Protection::Plain {
        told.push("tls: none, as `allow_plain` says; passwords travel readable".to_owned());
        return Ok(());
    }
    let stream = connect(&addresses, &name).await?;
    match timeout(patience.connect, certificate(server, tls, stream)).await {
        Ok(Some(end)) => {
            let days = (end.as_millis() - now.as_millis()) / 86_400_000;
            let until = generalized_time::write(end);
            let (year, month, day) = (&until[..4], &until[4..6], &until[6..8]);
            let renew = if days < SOON_DAYS { "; renew it soon" } else { "" };
            told.push(format!(
                "tls: the certificate is trusted, for this name, and valid until {year}-{month}-{day} ({days} days){renew}"
            ));
        }
        _ => told.push("tls: the certificate is trusted and for this name".to_owned()),
    }
    Ok(())
}

/// When the server's certificate ends.
async fn certificate(server: &Server, tls: &Arc<ClientConfig>, mut stream: TcpStream) -> Option<Timestamp> {
    if server.protection == Protection::StartTls {
        stream.write_all(START_TLS).await.ok()?;
        let mut answer = [0_u8; 512];
        let read = stream.read(&mut answer).await.ok()?;
        parse_tag(answer.get(..read)?).ok()?;
    }
    let name = ServerName::try_from(server.host.clone()).ok()?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.ok()?;
    let certificates = stream.get_ref().1.peer_certificates()?;
    not_after(certificates.first()?.as_ref())
}

/// The end of a certificate's validity (RFC 5280 §4.1.2.5).
fn not_after(der: &[u8]) -> Option<Timestamp> {
    let inside = |tag: StructureTag| match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    };
    let (_, certificate) = parse_tag(der).ok()?;
    let to_be_signed = inside(inside(certificate)?.into_iter().next()?)?;
    // [0] version, serial number, algorithm, issuer, validity: the first sequence of two times.
    let validity = to_be_signed.into_iter().filter_map(inside).find(|parts| {
        parts.len() == 2
            && parts.iter().all(|part| matches!(part.id, 23 | 24) && matches!(part.payload, PL::P(_)))
    })?;
    let end = validity.into_iter().nth(1)?;
    let PL::P(text) = end.payload else { return None };
    let text = String::from_utf8(text).ok()?;
    if end.id == 24 {
        return generalized_time::parse(&text);
    }
    // UTCTime has two digits of the year: 50 to 99 are of the last century.
    let century = if text.get(..2)? < "50" { "20" } else { "19" };
    generalized_time::parse(&format!("{century}{text}"))
}
