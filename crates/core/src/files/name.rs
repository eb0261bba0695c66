use std::fmt;

/// Longest name, in bytes of UTF-8.
const MAX_BYTES: usize = 200;

/// The name of a file as it is shown and suggested for saving: one line, no path, nothing that turns the direction of
/// writing (an extension must not be hidden by it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Makes a name of what a client said: the part after the last slash or backslash, without control characters and
    /// direction marks. An overlong name is cut before its extension. `file` when nothing is left.
    pub fn new(said: &str) -> Self {
        let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String = last.chars().filter(|c| !c.is_control() && !turns_direction(*c)).collect();
        let clean = clean.trim().trim_start_matches('.').trim();
        if clean.is_empty() { Self("file".to_owned()) } else { Self(cut(clean)) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bidirectional formatting characters of Unicode (UAX #9, §2).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn cut(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|&dot| name.len() - dot <= 20);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let stem = &stem[..stem.floor_char_boundary(MAX_BYTES - extension.len())];
    format!("{stem}{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_without_a_path() {
        let table = [
            ("report.pdf", "report.pdf"),
            ("C:\\Users\\me\\report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("", "file"),
            ("   ", "file"),
            ("Übersicht für alle.ods", "Übersicht für alle.ods"),
            ("gpj.\u{202E}exe", "gpj.exe"),
        ];
        for (said, wanted) in table {
            assert_eq!(FileName::new(said).as_str(), wanted, "{said:?}");
        }
    }

    #[test]
    fn an_overlong_name_keeps_its_extension() {
        let name = FileName::new(&format!("{}.tar.gz", "ü".repeat(5_000)));
        assert!(name.as_str().len() <= MAX_BYTES && name.as_str().ends_with(".gz"), "{name}");
        assert!(FileName::new(&"é".repeat(10_000)).as_str().len() <= MAX_BYTES);
        assert!(FileName::new(&format!("a.{}", "b".repeat(10_000))).as_str().len() <= MAX_BYTES);
    }
}
