//! The two historical deviations of bcrypt's key set-up, as in crypt_blowfish 1.1 and later (and so in PHP and in
//! libxcrypt): `$2x$` keeps the sign extension error of versions before 1.1, and `$2a$` changes the result for the
//! passwords where that error went unnoticed, so that a hash made with the error can't be matched on purpose.

use blowfish::Blowfish;
use zeroize::Zeroizing;

use super::bcrypt::Variant;

const WORDS: usize = 18;
/// What bcrypt encrypts: "OrpheanBeholderScryDoubt".
const TEXT: [u32; 6] = [0x4F72_7068, 0x6561_6E42, 0x6568_6F6C, 0x6465_7253, 0x6372_7944, 0x6F75_6274];

/// The two forms a password takes as key.
struct Key {
    /// For the first, salted expansion.
    initial: Zeroizing<Vec<u8>>,
    /// For all others.
    rounds: Zeroizing<Vec<u8>>,
}

/// bcrypt under `$2x$` and `$2a$`. `key` is the password and its NUL.
pub(super) fn bcrypt(variant: Variant, cost: u32, salt: &[u8; 16], key: &[u8]) -> [u8; 24] {
    let key = Key::new(variant, key);
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(salt, &key.initial);
    for _ in 0..1u32 << cost {
        state.bc_expand_key(&key.rounds);
        state.bc_expand_key(salt);
    }
    let mut output = [0; 24];
    for (pair, bytes) in TEXT.chunks(2).zip(output.chunks_mut(8)) {
        let mut block = [pair[0], pair[1]];
        for _ in 0..64 {
            block = state.bc_encrypt(block);
        }
        bytes[..4].copy_from_slice(&block[0].to_be_bytes());
        bytes[4..].copy_from_slice(&block[1].to_be_bytes());
    }
    output
}

impl Key {
    fn new(variant: Variant, key: &[u8]) -> Self {
        let mut bytes = key.iter().copied().cycle();
        let mut words = Zeroizing::new(Vec::with_capacity(WORDS));
        let (mut extended, mut differs) = (false, false);
        for _ in 0..WORDS {
            let (mut right, mut wrong) = (0u32, 0u32);
            for place in 0..4 {
                let byte = bytes.next().unwrap_or(0);
                right = right << 8 | u32::from(byte);
                wrong = wrong << 8 | i32::from(byte as i8) as u32;
                extended |= place > 0 && wrong & 0x80 != 0;
            }
            differs |= right != wrong;
            words.push(if variant == Variant::X { wrong } else { right });
        }
        let flat = |words: &[u32]| {
            Zeroizing::new(words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>())
        };
        let rounds = flat(&words);
        if variant == Variant::A && extended && !differs {
            words[0] ^= 0x1_0000;
        }
        Self { initial: flat(&words), rounds }
    }
}
