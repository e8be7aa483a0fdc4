//! Which kinds of file may be attached: the operator's list of media types and extensions, and never a program.

/// Why a file is not taken, as a sentence; `None` when it may be.
///
/// It has to have a listed media type, and a listed extension if it has any; numbers, as old logs end in (`.1`), are no
/// extension. A list without extensions takes any.
#[must_use]
pub fn refused(types: &[String], name: &str, media_type: &str) -> Option<String> {
    let (media_types, extensions): (Vec<&str>, Vec<&str>) =
        types.iter().map(|listed| listed.trim()).partition(|listed| listed.contains('/'));
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !media_types.iter().any(|listed| is_of(essence, listed)) {
        return Some(format!(
            "A file of the media type {essence:?} is not taken; the operator's setting `attachments.types` lists those that are."
        ));
    }
    let extension = extension(name)?;
    let listed = |listed: &&str| listed.trim_start_matches('.').eq_ignore_ascii_case(extension);
    (!extensions.is_empty() && !extensions.iter().any(listed)).then(|| {
        format!(
            "A file that ends in \".{extension}\" is not taken; the operator's setting `attachments.types` lists those that are."
        )
    })
}

/// Whether a media type is the listed one, or of the listed family: `text/*`.
fn is_of(essence: &str, listed: &str) -> bool {
    let family = |text: &str| text.split('/').next().unwrap_or_default().to_ascii_lowercase();
    match listed.strip_suffix("/*") {
        Some("*") => true,
        Some(listed) => family(essence) == listed.to_ascii_lowercase(),
        None => essence.eq_ignore_ascii_case(listed),
    }
}

fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let counts = !stem.is_empty() && !extension.is_empty() && !extension.bytes().all(|byte| byte.is_ascii_digit());
    counts.then_some(extension)
}

/// How many of a file's first bytes tell whether it is a program.
pub const FIRST: usize = 18;

/// What kind of program a file is that begins so, or `None`. The memory of a program that crashed is none.
#[must_use]
pub fn program(first: &[u8]) -> Option<&'static str> {
    match first {
        // The two bytes at 16 say what an ELF file is; 4 is a core dump, whichever end comes first.
        [0x7F, b'E', b'L', b'F', ..] if matches!(first.get(16..18), Some([4, 0] | [0, 4])) => None,
        [0x7F, b'E', b'L', b'F', ..] => Some("a program for Linux"),
        // A text may begin with MZ; the header of a program has small numbers there.
        [b'M', b'Z', rest @ ..] if rest.iter().take(16).any(|byte| *byte == 0) => Some("a program for Windows"),
        [0xFE, 0xED, 0xFA, 0xCE | 0xCF, ..] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE, ..] => Some("a program for macOS"),
        [0xCA, 0xFE, 0xBA, 0xBE, ..] => Some("a program for Java or macOS"),
        [b'd', b'e', b'x', b'\n', ..] => Some("a program for Android"),
        [0x4C, 0, 0, 0, 1, 0x14, 2, 0, ..] => Some("a shortcut of Windows"),
        [b'#', b'!', ..] => Some("a script"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn taken(name: &str, media_type: &str) -> bool {
        refused(&Config::defaults().unwrap().attachments.types, name, media_type).is_none()
    }

    #[test]
    fn what_support_works_with_is_taken_by_default() {
        for (name, media_type) in [
            ("trace.pcap", "application/vnd.tcpdump.pcap"),
            ("trace.PCAPNG", "application/octet-stream"),
            ("node1.log", "text/plain; charset=utf-8"),
            ("motortrace.log.12", "application/octet-stream"),
            ("infocollect", "application/octet-stream"),
            (".hidden", "text/plain"),
            ("screen.png", "image/png"),
            ("all.tar.gz", "application/gzip"),
            ("report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("mail.eml", "message/rfc822"),
            ("browser.har", "application/json"),
        ] {
            assert!(taken(name, media_type), "{name} as {media_type}");
        }
    }

    #[test]
    fn what_runs_or_is_not_listed_is_not_taken() {
        for (name, media_type) in [
            ("setup.exe", "application/octet-stream"),
            ("setup.txt", "application/x-msdownload"),
            ("run.ps1", "text/plain"),
            ("trace.pcap.bat", "application/octet-stream"),
            ("x", "application/java-archive"),
        ] {
            assert!(!taken(name, media_type), "{name} as {media_type}");
        }
        let said = refused(&["text/*".to_owned(), ".txt".to_owned()], "a.md", "text/markdown").unwrap();
        assert!(said.contains("\".md\"") && said.contains("attachments.types"), "{said}");
        assert_eq!(refused(&["*/*".to_owned()], "a.md", "x/y"), None);
        assert!(refused(&[], "a", "text/plain").is_some());
    }

    #[test]
    fn programs_are_known_by_how_they_begin_and_core_dumps_are_none() {
        let elf = |kind: u8| [b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".as_slice(), &[kind, 0]].concat();
        assert_eq!(program(&elf(2)), Some("a program for Linux"));
        assert_eq!(program(&elf(4)), None);
        assert_eq!(program(b"MZ\x90\0\x03\0\0\0"), Some("a program for Windows"));
        assert_eq!(program(b"MZ is no header in a log"), None);
        assert_eq!(program(b"#!/bin/sh\n"), Some("a script"));
        assert_eq!(program(b"\xD4\xC3\xB2\xA1"), None);
        assert_eq!(program(b""), None);
    }
}
