use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::eventually;

/// A mail server that keeps what it is given.
#[derive(Debug)]
pub(crate) struct LetterBox {
    address: std::net::SocketAddr,
    letters: Arc<Mutex<Vec<String>>>,
}

impl LetterBox {
    /// Takes letters from now on.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let letters = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    // A client that hangs up has nothing more to say.
                    let _ = take(stream, &kept).await;
                });
            }
        });
        Self { address, letters }
    }

    /// The sections of a configuration that send letters here.
    pub(crate) fn section(&self) -> String {
        format!(
            "\n[mail]\nsmtp = \"smtp+plain://{}\"\nfrom = \"Portico <portico@example.org>\"\n",
            self.address
        )
    }

    /// How many letters there are.
    pub(crate) fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }

    /// The address behind `<front>#<purpose>=` in the newest letter to somebody, as soon as there is one: path and fragment.
    pub(crate) async fn link(&self, to: &str, purpose: &str) -> String {
        eventually(&format!("a letter to {to} with a link to {purpose}"), async || {
            let letters = self.letters.lock().unwrap().clone();
            let letter = letters.iter().rev().find(|letter| letter.contains(to))?;
            let address = letter.split_whitespace().find(|word| word.contains(&format!("#{purpose}=")))?;
            let (_, rest) = address.split_once("://")?;
            rest.find('/').map(|place| rest[place..].to_owned())
        })
        .await
    }
}

/// One conversation (RFC 5321), as far as a client that only sends needs it.
async fn take(stream: TcpStream, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 letters\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let letter = body(&mut stream).await?;
                kept.lock().unwrap().push(letter);
                b"250 kept\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await?;
    }
}

async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut letter = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            break;
        }
        letter.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
    // Quoted-printable (RFC 2045), as far as an address can be touched by it.
    let quoted = letter.contains("quoted-printable");
    Ok(if quoted { letter.replace("=\r\n", "").replace("=3D", "=") } else { letter })
}
