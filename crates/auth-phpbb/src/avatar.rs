//! Where a member's picture is.

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::board::Board;
use crate::user::StoredAvatar;
use crate::version::Version;

/// The address of an avatar, if there is one, the board shows such, and the board's own address is known where it is
/// needed.
pub(crate) fn url(avatar: &StoredAvatar, board: &Board, board_url: Option<&str>) -> Option<String> {
    let v2 = board.version == Version::V20;
    if avatar.value.is_empty() || (!v2 && !board.is_on("allow_avatar", true)) {
        return None;
    }
    let within = |path: &str, file: &str| {
        let folder = path.trim_matches('/');
        board_url.map(|board_url| format!("{board_url}{folder}/{}", encode(file)))
    };
    // Numbers up to 3.0, names of drivers since; after an upgrade numbers can be left.
    let (kind, switch) = match avatar.kind.as_str() {
        "1" | "avatar.driver.upload" => ("upload", "allow_avatar_upload"),
        "2" | "avatar.driver.remote" => ("remote", "allow_avatar_remote"),
        "3" | "avatar.driver.local" => ("gallery", "allow_avatar_local"),
        "avatar.driver.gravatar" => ("gravatar", "allow_avatar_gravatar"),
        _ => return None,
    };
    if board.version == Version::V40 && kind == "remote" || !board.is_on(switch, true) {
        return None;
    }
    match kind {
        "upload" if v2 => within(path(board, "avatar_path", "images/avatars"), &avatar.value),
        "upload" => board_url.map(|board_url| {
            let script = if board.version == Version::V40 {
                "app.php/download/avatar/"
            } else {
                "download/file.php?avatar="
            };
            format!("{board_url}{script}{}", encode(&avatar.value))
        }),
        "remote" => web_address(&avatar.value),
        "gallery" => within(path(board, "avatar_gallery_path", "images/avatars/gallery"), &avatar.value),
        _ => Some(gravatar(avatar, board.version)),
    }
}

fn path<'a>(board: &'a Board, row: &str, default: &'a str) -> &'a str {
    Some(board.text(row)).filter(|path| !path.is_empty()).unwrap_or(default)
}

/// A remote avatar is a text that a member typed.
fn web_address(value: &str) -> Option<String> {
    let value = crate::input::unescape_html(value);
    let web = value.starts_with("https://") || value.starts_with("http://");
    (web && !value.contains(|character: char| character.is_control() || character == ' ')).then_some(value)
}

/// gravatar.com's address: a digest of the e-mail address, md5 up to 3.2 and SHA-256 since.
fn gravatar(avatar: &StoredAvatar, version: Version) -> String {
    let address = avatar.value.trim().to_lowercase();
    let digest = if version >= Version::V33 {
        hexadecimal(&Sha256::digest(address.as_bytes()))
    } else {
        hexadecimal(&Md5::digest(address.as_bytes()))
    };
    let size = if avatar.size > 0 { format!("?s={}", avatar.size) } else { String::new() };
    format!("https://gravatar.com/avatar/{digest}{size}")
}

/// Lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent-encodes what doesn't belong into a path.
fn encode(file: &str) -> String {
    let mut encoded = String::with_capacity(file.len());
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
