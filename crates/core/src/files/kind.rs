use serde::{Deserialize, Serialize};

/// How many of a file's first bytes are looked at.
pub const HEAD_BYTES: usize = 12;

/// What a file is. Only raster pictures are told apart, because only they are shown in a page: everything else is bytes to
/// be saved, whatever its name or sender says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum MediaType {
    /// `image/png`
    #[serde(rename = "image/png")]
    Png,
    /// `image/jpeg`
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// `image/gif`
    #[serde(rename = "image/gif")]
    Gif,
    /// `image/webp`
    #[serde(rename = "image/webp")]
    WebP,
    /// `application/octet-stream`
    #[default]
    #[serde(rename = "application/octet-stream")]
    Bytes,
}

impl MediaType {
    const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Gif, Self::WebP, Self::Bytes];

    /// By the first bytes of a file, as the formats' specifications have them (PNG §5.2, JPEG B.1.1.3, GIF89a §17, RIFF/WebP).
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Self::Png,
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::WebP,
            _ => Self::Bytes,
        }
    }

    /// The word of HTTP and of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Bytes => "application/octet-stream",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether a page may show it.
    pub fn is_picture(self) -> bool {
        self != Self::Bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(MediaType::of(b"\x89PNG\r\n\x1a\n...."), MediaType::Png);
        assert_eq!(MediaType::of(b"\xff\xd8\xff\xe0"), MediaType::Jpeg);
        assert_eq!(MediaType::of(b"GIF89a"), MediaType::Gif);
        assert_eq!(MediaType::of(b"RIFF\x01\x02\x03\x04WEBP"), MediaType::WebP);
        for other in [b"<svg onload=".as_slice(), b"<html>", b"GIF", b"RIFF....WAVE", b""] {
            assert_eq!(MediaType::of(other), MediaType::Bytes);
        }
    }

    #[test]
    fn each_has_its_word() {
        for kind in MediaType::ALL {
            assert_eq!(MediaType::from_word(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(MediaType::from_word("text/html"), None);
    }
}
