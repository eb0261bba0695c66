//! A small directory server in this process: the bind and search of RFC 4511 over entries in memory, in the manners of
//! Active Directory or of OpenLDAP, and with the ability to misbehave.
#![allow(dead_code, reason = "each test target uses another part of it")]
#![expect(clippy::unwrap_used, reason = "a test that can't be set up must fail")]

pub mod ber;
pub mod cast;
pub mod tls;
pub mod tree;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ldap3::asn1::{StructureTag, TagClass};
use portico_core::ports::{Clock, SystemClock};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

use ber::{bytes, constructed, decode, encode, enumerated, integer, number, octets, parts, sequence, text};
use tls::Tls;
use tree::{Account, FakeEntry, fits};

/// Whose manners the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    ActiveDirectory,
    OpenLdap,
}

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Serves,
    /// Takes connections and says nothing.
    Hangs,
    /// Takes connections, and ends them at the first question.
    Resets,
    /// Answers every question with these bytes.
    Babbles(Vec<u8>),
    /// Finds entries without end.
    NeverEnds,
    /// Refers every search to another server.
    Refers,
    /// Ends each connection after this many answers.
    HangsUpAfter(usize),
    /// Every search ends with this result code.
    SearchesEndWith(i64),
    /// Every bind ends with this result code and text.
    BindsEndWith(i64, &'static [u8]),
    /// Sends an entry without the form of one.
    MalformedEntries,
}

#[derive(Debug)]
pub struct State {
    pub manners: Manners,
    pub entries: Mutex<Vec<FakeEntry>>,
    pub mood: Mutex<Mood>,
    pub binds: AtomicU64,
    pub searches: AtomicU64,
    pub connections: AtomicU64,
    pub writes: AtomicU64,
    pub highest_change: AtomicU64,
    /// Names and passwords that were tried.
    pub tried: Mutex<Vec<(String, String)>>,
}

/// A running server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub struct FakeServer {
    pub state: Arc<State>,
    pub port: u16,
}

impl FakeServer {
    pub async fn start(manners: Manners, entries: Vec<FakeEntry>) -> Self {
        Self::start_with(manners, entries, None).await
    }

    pub async fn start_with(manners: Manners, entries: Vec<FakeEntry>, tls: Option<Tls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            manners,
            entries: Mutex::new(entries),
            mood: Mutex::default(),
            binds: AtomicU64::new(0),
            searches: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            highest_change: AtomicU64::new(100),
            tried: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                shared.connections.fetch_add(1, Ordering::Relaxed);
                match tls {
                    None => drop(tokio::spawn(serve(stream, Arc::clone(&shared)))),
                    Some(tls) => drop(tokio::spawn(tls::serve(tls, stream, Arc::clone(&shared)))),
                }
            }
        });
        Self { state, port }
    }

    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub fn behave(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    pub fn questions(&self) -> u64 {
        self.state.binds.load(Ordering::Relaxed) + self.state.searches.load(Ordering::Relaxed)
    }

    /// Changes the entry with this value of an attribute.
    pub fn change(&self, name: &str, value: &str, change: impl FnOnce(&mut FakeEntry)) {
        let number = self.state.highest_change.fetch_add(1, Ordering::Relaxed) + 1;
        let mut entries = self.state.entries.lock().unwrap();
        let entry = entries.iter_mut().find(|entry| entry.has(name, value.as_bytes())).unwrap();
        change(entry);
        entry.set("uSNChanged", number.to_string());
        let now: String =
            SystemClock.now().to_string().chars().filter(char::is_ascii_digit).take(14).collect();
        entry.set("modifyTimestamp", format!("{now}Z"));
    }

    pub fn remove(&self, name: &str, value: &str) {
        self.state.entries.lock().unwrap().retain(|entry| !entry.has(name, value.as_bytes()));
    }
}

/// What a connection is.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn serve(mut stream: impl Stream, state: Arc<State>) {
    let (mut buffer, mut bound, mut answers) = (Vec::new(), false, 0);
    loop {
        let mut chunk = [0; 8192];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => buffer.extend(&chunk[..length]),
        }
        while let Some((message, length)) = decode(&buffer) {
            buffer.drain(..length);
            let mood = state.mood.lock().unwrap().clone();
            match &mood {
                Mood::Hangs => {
                    tokio::time::sleep(Duration::from_secs(600)).await;
                    return;
                }
                Mood::Resets => return,
                Mood::Babbles(bytes) => {
                    let _ = stream.write_all(bytes).await;
                    continue;
                }
                Mood::HangsUpAfter(most) if answers >= *most => return,
                _ => {}
            }
            if answer(&mut stream, &message, &state, &mood, &mut bound).await.is_none() {
                return;
            }
            answers += 1;
        }
    }
}

/// Answers one message; `None` ends the connection.
async fn answer(
    stream: &mut impl Stream,
    message: &StructureTag,
    state: &State,
    mood: &Mood,
    bound: &mut bool,
) -> Option<()> {
    let (id, request, controls) = match parts(message) {
        [id, request] => (number(id), request, &[][..]),
        [id, request, controls] => (number(id), request, parts(controls)),
        _ => return None,
    };
    match request.id {
        0 => {
            state.binds.fetch_add(1, Ordering::Relaxed);
            let (code, said) = match mood {
                Mood::BindsEndWith(code, said) => (*code, said.to_vec()),
                _ => {
                    let (code, said) = bind(&parts(request)[1], &parts(request)[2], state);
                    (code, said.into_bytes())
                }
            };
            *bound = code == 0;
            let policy = policy_of(&parts(request)[1], &parts(request)[2], state);
            send(stream, id, result(1, code, &said), policy.into_iter().collect()).await
        }
        2 => None,
        3 => {
            state.searches.fetch_add(1, Ordering::Relaxed);
            search(stream, id, request, controls, state, mood, *bound).await
        }
        _ => {
            state.writes.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

fn bind(name: &StructureTag, password: &StructureTag, state: &State) -> (i64, String) {
    let (name, password) = (text(name), text(password));
    state.tried.lock().unwrap().push((name.clone(), password.clone()));
    if password.is_empty() {
        return (0, String::new());
    }
    let entries = state.entries.lock().unwrap();
    let ad = state.manners == Manners::ActiveDirectory;
    let entry = entries.iter().find(|entry| is_called(entry, &name, ad));
    let right = entry.is_some_and(|entry| entry.password.as_deref() == Some(&password));
    if !ad {
        let usable =
            entry.is_some_and(|entry| matches!(entry.account, Account::Usable | Account::MustChange));
        return (if right && usable { 0 } else { 49 }, String::new());
    }
    let code = match entry.map(|entry| entry.account) {
        None => "525",
        Some(Account::Locked) => "775",
        Some(_) if !right => "52e",
        Some(Account::Usable) => return (0, String::new()),
        Some(Account::Disabled) => "533",
        Some(Account::PasswordExpired) => "532",
        Some(Account::MustChange) => "773",
        Some(Account::Expired) => "701",
        Some(Account::NotAtThisHour) => "530",
    };
    (
        49,
        format!(
            "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v2580\0"
        ),
    )
}

fn is_called(entry: &FakeEntry, name: &str, ad: bool) -> bool {
    let lower = name.to_lowercase();
    let windows = lower.strip_prefix("example\\").unwrap_or(&lower);
    entry.dn.to_lowercase() == lower
        || ad
            && (entry.has("userPrincipalName", name.as_bytes())
                || entry.has("sAMAccountName", windows.as_bytes()))
}

/// OpenLDAP's password policy speaks in a control.
fn policy_of(name: &StructureTag, password: &StructureTag, state: &State) -> Option<StructureTag> {
    if state.manners == Manners::ActiveDirectory {
        return None;
    }
    let entries = state.entries.lock().unwrap();
    let entry = entries.iter().find(|entry| is_called(entry, &text(name), false))?;
    let right = entry.password.as_deref() == Some(text(password).as_str());
    let error = match entry.account {
        Account::Locked => 1,
        Account::PasswordExpired if right => 0,
        Account::MustChange if right => 2,
        _ => return None,
    };
    Some(sequence(vec![octets("1.3.6.1.4.1.42.2.27.8.5.1"), octets(vec![0x30, 3, 0x81, 1, error])]))
}

const PAGED: &str = "1.2.840.113556.1.4.319";

async fn search(
    stream: &mut impl Stream,
    id: u64,
    request: &StructureTag,
    controls: &[StructureTag],
    state: &State,
    mood: &Mood,
    bound: bool,
) -> Option<()> {
    let [base, scope, _, limit, _, _, filter, names] = parts(request) else { return None };
    let (base, scope, limit) =
        (text(base).to_lowercase(), number(scope), usize::try_from(number(limit)).unwrap());
    let done = |code, said: &str| result(5, code, said.as_bytes());
    match mood {
        Mood::NeverEnds => loop {
            let entry = FakeEntry::new("CN=again,DC=example,DC=test").with("cn", "again");
            send(stream, id, as_result(&entry, names), Vec::new()).await?;
        },
        Mood::Refers => {
            let mut refers = done(10, "");
            if let ldap3::asn1::PL::C(parts) = &mut refers.payload {
                parts.push(constructed(TagClass::Context, 3, vec![octets("ldap://elsewhere.example.test/")]));
            }
            return send(stream, id, refers, Vec::new()).await;
        }
        Mood::SearchesEndWith(code) => return send(stream, id, done(*code, "as asked"), Vec::new()).await,
        Mood::MalformedEntries => {
            let nonsense = constructed(TagClass::Application, 4, vec![octets(b"\xff\xfe".to_vec())]);
            send(stream, id, nonsense, Vec::new()).await?;
            return send(stream, id, done(0, ""), Vec::new()).await;
        }
        _ => {}
    }
    if state.manners == Manners::ActiveDirectory && !bound && !base.is_empty() {
        let said = "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed";
        return send(stream, id, done(1, said), Vec::new()).await;
    }
    let found = find(&base, scope, filter, state);
    let Some(found) = found else { return send(stream, id, done(32, ""), Vec::new()).await };
    let paging = controls.iter().find(|control| text(&parts(control)[0]) == PAGED);
    let (from, size) = paging.map_or((0, usize::MAX), |control| {
        let (value, _) = decode(bytes(parts(control).last().unwrap())).unwrap();
        let from = text(&parts(&value)[1]).parse().unwrap_or(0);
        (from, usize::try_from(number(&parts(&value)[0])).unwrap())
    });
    let most = if limit == 0 { usize::MAX } else { limit };
    let page: Vec<&FakeEntry> = found.iter().skip(from).take(size.min(most)).collect();
    for entry in &page {
        send(stream, id, as_result(entry, names), Vec::new()).await?;
    }
    let cut = most < size && found.len() > page.len();
    let mut controls = Vec::new();
    if paging.is_some() {
        let next = from + page.len();
        let cookie = if next < found.len() { next.to_string() } else { String::new() };
        let value = encode(&sequence(vec![integer(0), octets(cookie)]));
        controls.push(sequence(vec![octets(PAGED), octets(value)]));
    }
    send(stream, id, done(if cut { 4 } else { 0 }, ""), controls).await
}

fn find(base: &str, scope: u64, filter: &StructureTag, state: &State) -> Option<Vec<FakeEntry>> {
    if base.is_empty() {
        return Some(vec![cast::root(state)]);
    }
    let entries = state.entries.lock().unwrap();
    entries.iter().find(|entry| entry.dn.to_lowercase() == base)?;
    let inside = |entry: &FakeEntry| {
        let dn = entry.dn.to_lowercase();
        dn == base || scope == 2 && dn.ends_with(&format!(",{base}"))
    };
    Some(entries.iter().filter(|entry| inside(entry) && fits(filter, entry, &entries)).cloned().collect())
}

fn as_result(entry: &FakeEntry, names: &StructureTag) -> StructureTag {
    let wanted: Vec<String> = parts(names).iter().map(text).collect();
    let attributes = wanted
        .iter()
        .filter_map(|name| {
            let values: Vec<StructureTag> = entry.values(name).map(octets).collect();
            let set = constructed(TagClass::Universal, 17, values.clone());
            (!values.is_empty()).then(|| sequence(vec![octets(name.as_str()), set]))
        })
        .collect();
    constructed(TagClass::Application, 4, vec![octets(entry.dn.as_str()), sequence(attributes)])
}

fn result(operation: u64, code: i64, said: &[u8]) -> StructureTag {
    constructed(TagClass::Application, operation, vec![enumerated(code), octets(""), octets(said)])
}

async fn send(
    stream: &mut impl Stream,
    id: u64,
    operation: StructureTag,
    controls: Vec<StructureTag>,
) -> Option<()> {
    let mut message = vec![integer(i64::try_from(id).unwrap()), operation];
    if !controls.is_empty() {
        message.push(constructed(TagClass::Context, 0, controls));
    }
    stream.write_all(&encode(&sequence(message))).await.ok()
}
