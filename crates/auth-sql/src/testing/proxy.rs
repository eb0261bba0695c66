//! A TCP proxy in front of a server, so that a test can cut the line.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// Forwards a local port to a server, until it is cut.
pub(super) struct Proxy {
    address: SocketAddr,
    server: String,
    running: Mutex<Option<AbortHandle>>,
}

impl Proxy {
    /// A proxy on a port of its own for `server` (`host:port`).
    pub(super) async fn start(server: String) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a local port");
        let address = listener.local_addr().expect("an address");
        let proxy = Arc::new(Self { address, server, running: Mutex::default() });
        proxy.serve(listener);
        proxy
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn serve(&self, listener: TcpListener) {
        let server = self.server.clone();
        let task = tokio::spawn(async move {
            // Dropped with the task: all lines are cut at once.
            let mut lines = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                lines.spawn(async move {
                    if let Ok(mut upstream) = TcpStream::connect(server).await {
                        let _ = copy_bidirectional(&mut client, &mut upstream).await;
                    }
                });
            }
        });
        *self.running.lock().unwrap() = Some(task.abort_handle());
    }

    /// Closes all lines and refuses new ones.
    pub(super) async fn cut(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.abort();
            while !running.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Takes connections again, on the same port.
    pub(super) async fn restore(&self) {
        let listener = TcpListener::bind(self.address).await.expect("the same port again");
        self.serve(listener);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            running.abort();
        }
    }
}
