//! What an authenticator signs: authenticator data (WebAuthn 3 §6.1).

use super::cbor;

/// The person was there.
const USER_PRESENT: u8 = 0x01;
/// The data of a new credential follows.
const ATTESTED: u8 = 0x40;
/// Extensions follow.
const EXTENSIONS: u8 = 0x80;
/// Longest credential id (WebAuthn 3 §5.8.3, §7.1 step 25).
pub(crate) const MAX_CREDENTIAL: usize = 1023;

/// Authenticator data.
#[derive(Debug)]
pub(crate) struct AuthenticatorData<'a> {
    /// SHA-256 of the RP ID.
    pub(crate) rp_id_hash: &'a [u8],
    /// Whether the person was there.
    pub(crate) user_present: bool,
    /// The signature counter.
    pub(crate) counter: u32,
    /// A new credential, at a registration.
    pub(crate) attested: Option<Attested<'a>>,
}

/// A new credential.
#[derive(Debug)]
pub(crate) struct Attested<'a> {
    /// Its id.
    pub(crate) credential: &'a [u8],
    /// Its public key, a COSE_Key.
    pub(crate) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of `data`; `None` when it isn't of this form.
    pub(crate) fn of(data: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = data.split_at_checked(32)?;
        let (flags, rest) = rest.split_first()?;
        let (counter, mut rest) = rest.split_at_checked(4)?;
        let counter = u32::from_be_bytes(counter.try_into().ok()?);
        let attested = if flags & ATTESTED == 0 {
            None
        } else {
            let (attested, behind) = Attested::of(rest)?;
            rest = behind;
            Some(attested)
        };
        if flags & EXTENSIONS != 0 {
            rest = cbor::read(rest)?.1;
        }
        let user_present = flags & USER_PRESENT != 0;
        rest.is_empty().then_some(Self { rp_id_hash, user_present, counter, attested })
    }
}

impl<'a> Attested<'a> {
    fn of(data: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // The kind of authenticator (AAGUID) is nobody's business here.
        let (_kind, rest) = data.split_at_checked(16)?;
        let (length, rest) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
        let (credential, key_and_rest) = rest.split_at_checked(length)?;
        let (_, rest) = cbor::read(key_and_rest)?;
        let public_key = key_and_rest.get(..key_and_rest.len() - rest.len())?;
        let fits = (1..=MAX_CREDENTIAL).contains(&credential.len());
        fits.then_some((Self { credential, public_key }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(flags: u8) -> Vec<u8> {
        [&[7; 32], [flags].as_slice(), &[0, 0, 1, 2]].concat()
    }

    #[test]
    fn an_assertions_data_is_read() {
        let data = header(0x05);
        let read = AuthenticatorData::of(&data).unwrap();
        assert_eq!((read.rp_id_hash, read.user_present, read.counter), (&[7_u8; 32][..], true, 258));
        assert!(read.attested.is_none());
        assert!(!AuthenticatorData::of(&header(0x04)).unwrap().user_present);
        let extended = [header(0x81).as_slice(), &[0xA1, 0x61, 0x61, 0xF5]].concat();
        assert!(AuthenticatorData::of(&extended).is_some());
    }

    #[test]
    fn what_is_cut_off_or_has_more_behind_it_is_refused() {
        let attested = [header(0x41).as_slice(), &[0; 16], &[0, 2], b"id", &[0xA0]].concat();
        let read = AuthenticatorData::of(&attested).unwrap().attested.unwrap();
        assert_eq!((read.credential, read.public_key), (b"id".as_slice(), [0xA0].as_slice()));
        for length in 0..attested.len() {
            assert!(AuthenticatorData::of(&attested[..length]).is_none(), "{length}");
        }
        assert!(AuthenticatorData::of(&[attested.as_slice(), &[0]].concat()).is_none());
        assert!(AuthenticatorData::of(&[header(0x01).as_slice(), &[0]].concat()).is_none());
        let nameless = [header(0x41).as_slice(), &[0; 16], &[0, 0], &[0xA0]].concat();
        assert!(AuthenticatorData::of(&nameless).is_none(), "a credential without an id");
    }
}
