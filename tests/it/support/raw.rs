//! Requests that no well-behaved client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PATIENCE;

/// Sends these bytes, which must ask for the connection to be closed, and returns all that comes back. Empty when the
/// server hung up without a word.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let talk = async {
        let mut socket = TcpStream::connect(address).await.expect("the server accepts");
        // A server that refuses early closes early: what it said is read nevertheless.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut buffer = [0_u8; 16 * 1024];
        while let Ok(count) = socket.read(&mut buffer).await {
            if count == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..count]);
        }
        answer
    };
    tokio::time::timeout(PATIENCE, talk).await.expect("the server closes the connection")
}

/// The status of an answer; `None` when there is none.
pub(crate) fn status_of(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|&byte| byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
