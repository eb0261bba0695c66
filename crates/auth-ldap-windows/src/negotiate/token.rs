//! What kind of token a browser sent, read before any library sees it.

/// The first bytes of every NTLM message (MS-NLMP 2.2.1).
const NTLM_SIGNATURE: &[u8] = b"NTLMSSP\0";
/// 1.3.6.1.5.5.2 (RFC 4178)
const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
/// 1.3.6.1.4.1.311.2.2.10 (MS-SPNG 1.9)
const NTLM: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
/// 1.2.840.113554.1.2.2 (RFC 4121), and the same with the bit that Windows 2000 lost: 1.2.840.48018.1.2.2
const KERBEROS: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02],
    &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02],
];

/// Mechanisms that are looked at in one token; Windows offers five at most.
const MAX_MECHANISMS: usize = 16;

const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const APPLICATION_0: u8 = 0x60;
const CONTEXT_0: u8 = 0xa0;

/// Whether a token of `Authorization: Negotiate` is NTLM, bare or as what SPNEGO would like best: the browser has no
/// Kerberos ticket for this server. NTLM can't be checked without a connection to a domain controller and protects
/// neither against relaying, so it is never accepted.
pub fn is_ntlm(token: &[u8]) -> bool {
    if token.starts_with(NTLM_SIGNATURE) {
        return true;
    }
    let best =
        mechanisms(token).into_iter().find(|mechanism| *mechanism == NTLM || KERBEROS.contains(mechanism));
    best == Some(NTLM)
}

/// Whether a token begins an exchange, in place of continuing one.
#[cfg_attr(not(feature = "negotiate"), expect(dead_code, reason = "only the acceptor asks"))]
pub(super) fn begins_exchange(token: &[u8]) -> bool {
    token.first() == Some(&APPLICATION_0)
}

/// The mechanisms that a NegTokenInit (RFC 4178 §4.2.1) offers, in order; none for anything else.
fn mechanisms(token: &[u8]) -> Vec<&[u8]> {
    let inside = || {
        let (token, _) = element(token, APPLICATION_0)?;
        let (mechanism, rest) = element(token, OBJECT_IDENTIFIER)?;
        if mechanism != SPNEGO {
            return None;
        }
        let (choice, _) = element(rest, CONTEXT_0)?;
        let (init, _) = element(choice, SEQUENCE)?;
        let (types, _) = element(init, CONTEXT_0)?;
        let (list, _) = element(types, SEQUENCE)?;
        Some(list)
    };
    let mut rest = inside().unwrap_or_default();
    let mut found = Vec::new();
    while let Some((mechanism, behind)) = element(rest, OBJECT_IDENTIFIER) {
        found.push(mechanism);
        rest = behind;
        if found.len() == MAX_MECHANISMS {
            break;
        }
    }
    found
}

/// The contents of the DER element with this `tag` at the beginning of `bytes`, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    if found != tag {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        match contents.len() {
            short @ ..=0x7f => bytes.push(short as u8),
            long => bytes.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        bytes.extend(contents);
        bytes
    }

    fn offering(mechanisms: &[&[u8]], ticket: &[u8]) -> Vec<u8> {
        let list: Vec<u8> =
            mechanisms.iter().flat_map(|mechanism| der(OBJECT_IDENTIFIER, mechanism)).collect();
        let mut init = der(CONTEXT_0, &der(SEQUENCE, &list));
        init.extend(der(0xa2, &der(0x04, ticket)));
        let mut token = der(OBJECT_IDENTIFIER, SPNEGO);
        token.extend(der(CONTEXT_0, &der(SEQUENCE, &init)));
        der(APPLICATION_0, &token)
    }

    #[test]
    fn ntlm_is_recognised_bare_and_as_the_first_choice() {
        let ticket = [7_u8; 3000];
        assert!(is_ntlm(b"NTLMSSP\0\x01\0\0\0\x07\x82"));
        assert!(is_ntlm(&offering(&[NTLM], b"NTLMSSP\0")));
        assert!(is_ntlm(&offering(&[NTLM, KERBEROS[0]], &ticket)));
        assert!(!is_ntlm(&offering(&[KERBEROS[1], KERBEROS[0], NTLM], &ticket)));
        assert!(!is_ntlm(&offering(&[], &ticket)));
        // Kerberos without SPNEGO.
        assert!(!is_ntlm(&der(APPLICATION_0, &der(OBJECT_IDENTIFIER, KERBEROS[0]))));
    }

    proptest! {
        #[test]
        fn nothing_that_strangers_send_is_a_panic(bytes: Vec<u8>, cut in 0_usize..200) {
            is_ntlm(&bytes);
            let mut token = offering(&[KERBEROS[0], NTLM], &bytes);
            token.truncate(cut);
            is_ntlm(&token);
        }
    }
}
