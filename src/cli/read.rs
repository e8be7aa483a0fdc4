//! Reading what somebody names on the command line: it may be a device that never ends.

use std::fs::File;
use std::io::{self, BufRead as _, Read};
use std::path::Path;

/// The most that is read, in bytes: more than any registry or history of eSRs has.
const MOST: u64 = 1 << 30;

/// The bytes of a file.
///
/// # Errors
/// When it cannot be read, or has more than a gibibyte.
pub(crate) fn file(path: &Path) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?, MOST)
}

/// The bytes of standard input.
///
/// # Errors
/// When it cannot be read, or has more than a gibibyte.
pub(crate) fn stdin() -> io::Result<Vec<u8>> {
    bounded(io::stdin().lock(), MOST)
}

/// One line of standard input, for somebody who types it.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn line() -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    io::BufReader::new(io::stdin().lock().take(64 * 1024)).read_until(b'\n', &mut line)?;
    Ok(line)
}

fn bounded(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= most {
        return Ok(bytes);
    }
    let message = format!("it is larger than {most} bytes, the most that is read");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_refused_and_what_just_fits_is_read() {
        assert_eq!(bounded(io::repeat(7).take(9), 9).unwrap(), [7; 9]);
        let refused = bounded(io::repeat(0), 9).unwrap_err();
        assert_eq!(refused.to_string(), "it is larger than 9 bytes, the most that is read");
    }
}
