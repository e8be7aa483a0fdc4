//! Attached files on disk: each lies under its SHA-256, and one that is on its way in lies apart until it is complete.
//!
//! Uploads and mails keep their files here. What is known about a file, its name and case, stands in the store.

mod add;
pub mod kinds;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

pub use self::add::{NewFile, add, attach, count, registry_for};

/// The longest name of a file, in characters.
pub const NAME: usize = 255;

/// Where files lie that are on their way in.
const INCOMING: &str = "incoming";

/// Where a file of that hash lies.
#[must_use]
pub fn place(dir: &Path, sha256: &str) -> PathBuf {
    dir.join(sha256.get(..2).unwrap_or("xx")).join(sha256)
}

/// A file's name without any folder in front; `None` when nothing usable is left.
#[must_use]
pub fn sound_name(given: &str) -> Option<&str> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let sound = !name.is_empty() && name.chars().count() <= NAME && !name.contains(char::is_control);
    (sound && name != "." && name != "..").then_some(name)
}

/// Keeps these bytes: their SHA-256, in hexadecimal, once they are durably in their place. `id` is the name of nothing else.
///
/// # Errors
/// When the disk does not take them.
pub async fn keep(dir: &Path, id: &str, bytes: &[u8]) -> std::io::Result<String> {
    let mut part = Part::new(dir, id).await?;
    part.write(bytes).await?;
    let (_, sha256) = part.complete().await?;
    part.keep(dir, &sha256).await?;
    Ok(sha256)
}

/// A file on its way in; it goes away unless it is kept, also when who sends it does.
pub struct Part {
    path: PathBuf,
    file: File,
    size: u64,
    hash: Sha256,
    first: Vec<u8>,
}

impl Part {
    /// An empty one. `id` is the name of nothing else.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn new(dir: &Path, id: &str) -> std::io::Result<Self> {
        let dir = dir.join(INCOMING);
        tokio::fs::create_dir_all(&dir).await?;
        let path = dir.join(id);
        let file = File::create_new(&path).await?;
        Ok(Self { path, file, size: 0, hash: Sha256::new(), first: Vec::new() })
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What kind of program it is, as far as its first bytes tell; `None` when it is none.
    #[must_use]
    pub fn program(&self) -> Option<&'static str> {
        kinds::program(&self.first)
    }

    /// Adds to it.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn write(&mut self, data: &[u8]) -> std::io::Result<()> {
        self.size += data.len() as u64;
        self.hash.update(data);
        let missing = kinds::FIRST.saturating_sub(self.first.len()).min(data.len());
        self.first.extend_from_slice(&data[..missing]);
        self.file.write_all(data).await
    }

    /// Its size and SHA-256, in hexadecimal, once all of it is on the disk.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn complete(&mut self) -> std::io::Result<(u64, String)> {
        // A write is only handed over to be done; `sync_all` waits for the last one and keeps its error to itself.
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok((self.size, crate::hash::hex(&self.hash.finalize_reset())))
    }

    /// Gives the file its place. The same bytes may be there already, from this case or another.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn keep(&self, dir: &Path, sha256: &str) -> std::io::Result<()> {
        let place = place(dir, sha256);
        let folder = place.parent().unwrap_or(dir).to_owned();
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::rename(&self.path, &place).await?;
        // A name is durable only once its folder is.
        File::open(folder).await?.sync_all().await?;
        File::open(dir).await?.sync_all().await
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `keep` there is nothing left here.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes what uploads left behind that a server was killed in: nobody has written to it for `age`.
///
/// # Errors
/// When the folder cannot be read, or a file in it not removed.
pub async fn forget_parts(dir: &Path, age: Duration) -> std::io::Result<()> {
    let mut parts = match tokio::fs::read_dir(dir.join(INCOMING)).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        parts => parts?,
    };
    while let Some(part) = parts.next_entry().await? {
        // It may be complete and away by now.
        let Ok(written) = part.metadata().await.and_then(|there| there.modified()) else { continue };
        if written.elapsed().is_ok_and(|quiet| quiet > age) {
            tokio::fs::remove_file(part.path()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_killed_server_left_is_removed_and_what_is_on_its_way_is_not() {
        let dir = tempfile::tempdir().unwrap();
        forget_parts(dir.path(), Duration::ZERO).await.unwrap();
        let part = Part::new(dir.path(), "part_1").await.unwrap();
        std::fs::write(&part.path, "half").unwrap();
        forget_parts(dir.path(), Duration::from_secs(60)).await.unwrap();
        assert!(part.path.exists());
        std::thread::sleep(Duration::from_millis(20));
        forget_parts(dir.path(), Duration::from_millis(10)).await.unwrap();
        assert!(!part.path.exists());
    }

    #[tokio::test]
    async fn what_is_kept_lies_under_its_hash_and_leaves_nothing_on_its_way() {
        let dir = tempfile::tempdir().unwrap();
        let first = keep(dir.path(), "part_1", b"abc").await.unwrap();
        assert_eq!(first, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(keep(dir.path(), "part_2", b"abc").await.unwrap(), first);
        assert_eq!(std::fs::read(place(dir.path(), &first)).unwrap(), b"abc");
        assert_eq!(std::fs::read_dir(dir.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[test]
    fn a_name_has_no_folder_and_nothing_unprintable() {
        assert_eq!(sound_name("../../etc/passwd"), Some("passwd"));
        assert_eq!(sound_name(r"C:\traces\a b.pcap "), Some("a b.pcap"));
        for bad in ["", "..", "a\u{0}b", "x/", &"x".repeat(256)] {
            assert_eq!(sound_name(bad), None, "{bad:?}");
        }
    }
}
