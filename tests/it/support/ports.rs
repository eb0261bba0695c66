use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Below the range from which systems take the ports of outgoing connections, so that a restarted server finds its
/// own port free however many clients are about.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// An address on the loopback that nobody listens on at this moment.
pub(crate) fn free_address() -> SocketAddr {
    let start = u16::from_ne_bytes([uuid::Uuid::new_v4().as_bytes()[0], uuid::Uuid::new_v4().as_bytes()[1]]);
    (0..COUNT)
        .map(|step| SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + start.wrapping_add(step) % COUNT)))
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("a free port")
}
