//! A central server that options come from, which can misbehave.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it answers with.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// This file, with an entity tag of its own.
    File(String),
    /// This status and nothing else.
    Status(u16),
    /// More than anybody should take.
    TooMuch,
    /// Nothing, for ever.
    Nothing,
}

/// A running central server. Dropping it closes its port.
#[derive(Debug)]
pub(crate) struct Central {
    pub(crate) address: SocketAddr,
    says: Arc<Mutex<Says>>,
    /// The statuses it has answered with.
    answered: Arc<Mutex<Vec<u16>>>,
    serving: JoinHandle<()>,
}

impl Central {
    pub(crate) async fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (says, answered) = (Arc::new(Mutex::new(says)), Arc::new(Mutex::new(Vec::new())));
        let (word, told) = (Arc::clone(&says), Arc::clone(&answered));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (word, told) = (word.lock().expect("no panic").clone(), Arc::clone(&told));
                tokio::spawn(async move { answer(stream, word, &told).await });
            }
        });
        Self { address, says, answered, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/options.toml", self.address)
    }

    pub(crate) fn now_says(&self, says: Says) {
        *self.says.lock().expect("no panic") = says;
    }

    pub(crate) fn answered(&self) -> Vec<u16> {
        self.answered.lock().expect("no panic").clone()
    }
}

impl Drop for Central {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(mut stream: TcpStream, says: Says, told: &Mutex<Vec<u16>>) {
    let mut request = Vec::new();
    let mut part = [0_u8; 2048];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&part[..read]),
        }
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let (status, tag, body) = match says {
        Says::Nothing => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            return;
        }
        Says::Status(status) => (status, String::new(), String::new()),
        Says::TooMuch => (200, String::new(), "# much\n".repeat(100_000)),
        Says::File(text) => {
            let tag = format!("\"{}-{}\"", text.len(), text.bytes().map(u64::from).sum::<u64>());
            let known = request.contains(&format!("if-none-match: {tag}"));
            let (status, text) = if known { (304, String::new()) } else { (200, text) };
            (status, format!("etag: {tag}\r\n"), text)
        }
    };
    told.lock().expect("no panic").push(status);
    let head =
        format!("HTTP/1.1 {status} X\r\n{tag}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
}
