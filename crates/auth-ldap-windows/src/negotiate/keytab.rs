//! What a keytab has keys for, read without a Kerberos library so that every mistake gets a sentence of its own.
//!
//! Format: MIT Kerberos, "Keytab file format", version 2 (0x0502).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where Kerberos looks when nobody says otherwise.
const DEFAULT: &str = "/etc/krb5.keytab";
/// A keytab of a thousand services is smaller.
const MAX_BYTES: u64 = 1024 * 1024;

/// A key of a keytab, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `HTTP/chat.example.org`
    pub(super) name: String,
    /// `EXAMPLE.ORG`
    pub(super) realm: String,
    /// The kind of encryption, by its number (RFC 3961).
    pub(super) kind: u16,
}

/// The process's keytab, by the rules of the Kerberos library: `KRB5_KTNAME`, or `/etc/krb5.keytab`.
///
/// # Errors
/// It is none that lies in a file.
pub(super) fn path(variable: Option<&str>) -> Result<PathBuf, String> {
    let name = variable.filter(|name| !name.is_empty()).unwrap_or(DEFAULT);
    let path = match name.split_once(':') {
        Some(("FILE" | "WRFILE", path)) => path,
        Some((kind, _)) if !kind.contains('/') => {
            return Err(format!("KRB5_KTNAME names a keytab of kind {kind}; only files can be used"));
        }
        _ => name,
    };
    Ok(PathBuf::from(path))
}

/// Reads the entries of the keytab at `path`.
///
/// # Errors
/// A sentence about what is in the way and what to do.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > MAX_BYTES {
        return Err(format!("the keytab {shown} has {size} bytes, too many for a keytab"));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let entries = parse(&bytes)
        .ok_or_else(|| format!("{shown} is not a keytab, or it is damaged; export it once more"))?;
    if entries.is_empty() {
        return Err(format!("the keytab {shown} has no keys; export it once more"));
    }
    Ok(entries)
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!(
            "there is no keytab at {shown}; set [server.kerberos] keytab to the file that ktpass or `samba-tool domain \
             exportkeytab` has written"
        ),
        ErrorKind::PermissionDenied => format!(
            "the keytab {shown} can't be read by the user that this server runs as; make that user its owner, with mode \
             0600"
        ),
        _ => format!("the keytab {shown} can't be read: {error}"),
    }
}

/// What is wrong with these keys for a service, if something is; else the realms they are of.
///
/// # Errors
/// A sentence for the administrator.
pub(super) fn realms_for(
    entries: &[Entry],
    is_for_us: impl Fn(&str) -> bool,
    service: Option<&str>,
) -> Result<BTreeSet<String>, String> {
    let ours: Vec<&Entry> = entries.iter().filter(|entry| is_for_us(&entry.name)).collect();
    if ours.is_empty() {
        let found: BTreeSet<String> =
            entries.iter().map(|entry| format!("{}@{}", entry.name, entry.realm)).collect();
        let found = found.into_iter().collect::<Vec<_>>().join(", ");
        let wanted = service.unwrap_or("a web server (HTTP/…)");
        return Err(format!(
            "the keytab has no key for {wanted}; it has keys for: {found}. Set the service principal name on the \
             account, export the keytab for it, or correct `negotiate.service`"
        ));
    }
    // 1 and 3: DES, 23: RC4. Everything since Windows Vista knows AES (17, 18), everything newer 19 and 20.
    if ours.iter().all(|entry| matches!(entry.kind, 1..=3 | 16 | 23 | 24)) {
        return Err(
            "the keytab has only DES or RC4 keys for this service, which domains refuse by now; allow AES for its \
             account (msDS-SupportedEncryptionTypes = 24), set its password again and export the keytab once more"
                .to_owned(),
        );
    }
    Ok(ours.into_iter().map(|entry| entry.realm.clone()).collect())
}

fn parse(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = bytes.strip_prefix(&[5, 2])?;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_at_checked(4)?;
        let length = i32::from_be_bytes(length.try_into().ok()?);
        let (entry, behind) = behind.split_at_checked(usize::try_from(length.unsigned_abs()).ok()?)?;
        // Negative: a hole that a removed entry left.
        if length > 0 {
            entries.push(parse_entry(entry)?);
        }
        rest = behind;
    }
    Some(entries)
}

fn parse_entry(mut rest: &[u8]) -> Option<Entry> {
    let components = number(&mut rest)?;
    let realm = text(&mut rest)?;
    let names = (0..components).map(|_| text(&mut rest)).collect::<Option<Vec<_>>>()?;
    // The name's type (4 bytes), the time (4), and the version of the key (1).
    rest = rest.get(9..)?;
    let kind = number(&mut rest)?;
    Some(Entry { name: names.join("/"), realm, kind })
}

fn number(rest: &mut &[u8]) -> Option<u16> {
    let (digits, behind) = rest.split_at_checked(2)?;
    *rest = behind;
    Some(u16::from_be_bytes(digits.try_into().ok()?))
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::from(number(rest)?);
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keytab(entries: &[(&str, &str, u16)]) -> Vec<u8> {
        let mut bytes = vec![5, 2];
        for (name, realm, kind) in entries {
            let text = |text: &str| {
                let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
                bytes.extend(text.bytes());
                bytes
            };
            let components: Vec<&str> = name.split('/').collect();
            let mut entry = u16::try_from(components.len()).unwrap().to_be_bytes().to_vec();
            entry.extend(text(realm));
            components.iter().for_each(|component| entry.extend(text(component)));
            entry.extend([0, 0, 0, 1, 0, 0, 0, 0, 3]);
            entry.extend(kind.to_be_bytes());
            entry.extend([0, 2, 0xaa, 0xbb]);
            bytes.extend(i32::try_from(entry.len()).unwrap().to_be_bytes());
            bytes.extend(entry);
        }
        bytes
    }

    fn is_web(name: &str) -> bool {
        name.starts_with("HTTP/")
    }

    #[test]
    fn entries_are_read_and_holes_passed_over() {
        let mut bytes = keytab(&[("HTTP/chat.example.org", "EXAMPLE.ORG", 18)]);
        bytes.extend((-3_i32).to_be_bytes());
        bytes.extend([0, 0, 0]);
        let entry = Entry { name: "HTTP/chat.example.org".into(), realm: "EXAMPLE.ORG".into(), kind: 18 };
        assert_eq!(parse(&bytes), Some(vec![entry]));
    }

    #[test]
    fn each_mistake_has_a_sentence_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chat.keytab");
        assert!(read(&file).unwrap_err().contains("there is no keytab at"));
        std::fs::write(&file, "BEGIN CERTIFICATE").unwrap();
        assert!(read(&file).unwrap_err().contains("is not a keytab"));
        std::fs::write(&file, [5, 2]).unwrap();
        assert!(read(&file).unwrap_err().contains("has no keys"));
        std::fs::write(&file, keytab(&[("host/pc1", "EXAMPLE.ORG", 18)])).unwrap();
        let missing = realms_for(&read(&file).unwrap(), is_web, Some("HTTP/chat")).unwrap_err();
        assert!(missing.contains("no key for HTTP/chat; it has keys for: host/pc1@EXAMPLE.ORG"), "{missing}");
        std::fs::write(&file, keytab(&[("HTTP/chat", "EXAMPLE.ORG", 23)])).unwrap();
        assert!(realms_for(&read(&file).unwrap(), is_web, None).unwrap_err().contains("RC4"));
        std::fs::write(&file, keytab(&[("HTTP/chat", "A", 18), ("HTTP/chat", "B", 17)])).unwrap();
        assert_eq!(
            realms_for(&read(&file).unwrap(), is_web, None).unwrap(),
            ["A", "B"].map(String::from).into()
        );
    }

    #[test]
    fn the_keytab_is_found_as_the_library_finds_it() {
        assert_eq!(path(None).unwrap(), Path::new("/etc/krb5.keytab"));
        assert_eq!(path(Some("FILE:/a/b")).unwrap(), Path::new("/a/b"));
        assert_eq!(path(Some("/a/b")).unwrap(), Path::new("/a/b"));
        assert!(path(Some("MEMORY:x")).unwrap_err().contains("MEMORY"));
    }

    proptest! {
        #[test]
        fn a_damaged_keytab_is_only_damaged(bytes: Vec<u8>, at in 0_usize..60, byte: u8) {
            parse(&bytes);
            let mut good = keytab(&[("HTTP/chat.example.org", "EXAMPLE.ORG", 18)]);
            let at = at.min(good.len() - 1);
            good[at] = byte;
            parse(&good);
        }
    }
}
