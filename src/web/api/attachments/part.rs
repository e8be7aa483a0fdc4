//! Files on disk: each lies under its SHA-256, and one that is on its way in lies apart until it is complete.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::web::body;
use crate::web::problem::{Kind, Problem};

/// Where files lie that are on their way in.
const INCOMING: &str = "incoming";

/// Where a file of that hash lies.
pub(super) fn place(dir: &Path, sha256: &str) -> PathBuf {
    dir.join(sha256.get(..2).unwrap_or("xx")).join(sha256)
}

/// A file on its way in; it goes away unless it is kept, also when the client does.
pub(super) struct Part {
    path: PathBuf,
}

impl Part {
    pub(super) async fn new(dir: &Path, id: &str) -> std::io::Result<Self> {
        let dir = dir.join(INCOMING);
        tokio::fs::create_dir_all(&dir).await?;
        Ok(Self { path: dir.join(id) })
    }

    /// Writes the body down, at most `limit` bytes, and shows each part of it to `seen`: its size and SHA-256.
    pub(super) async fn receive(
        &self,
        mut body: Body,
        limit: u64,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<(u64, String), Problem> {
        let mut file = tokio::fs::File::create_new(&self.path).await.map_err(|error| disk(&error))?;
        let (mut size, mut hash) = (0_u64, Sha256::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                Problem::new(Kind::MalformedBody, "The file ended before it was complete; send it again.")
            })?;
            let Some(data) = frame.data_ref() else { continue };
            size += data.len() as u64;
            if size > limit {
                return Err(body::too_large(limit));
            }
            hash.update(data);
            seen(data);
            file.write_all(data).await.map_err(|error| disk(&error))?;
        }
        // A write is only handed over to be done; `sync_all` waits for the last one and keeps its error to itself.
        file.flush().await.map_err(|error| disk(&error))?;
        file.sync_all().await.map_err(|error| disk(&error))?;
        Ok((size, crate::hash::hex(&hash.finalize())))
    }

    /// Gives the file its place. The same bytes may be there already, from this case or another.
    pub(super) async fn keep(&self, dir: &Path, sha256: &str) -> std::io::Result<()> {
        let place = place(dir, sha256);
        let folder = place.parent().unwrap_or(dir).to_owned();
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::rename(&self.path, &place).await?;
        // A name is durable only once its folder is.
        tokio::fs::File::open(folder).await?.sync_all().await?;
        tokio::fs::File::open(dir).await?.sync_all().await
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `keep` there is nothing left here.
        let _ = std::fs::remove_file(&self.path);
    }
}

pub(super) fn disk(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an attachment could not be written or read");
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
            Problem::new(Kind::StorageFull, "There is no room for the file; nothing was stored. Tell the operator.")
        }
        _ => Problem::internal(),
    }
}

/// Removes what uploads left behind that a server was killed in: nobody has written to it for `age`.
///
/// # Errors
/// When the folder cannot be read, or a file in it not removed.
pub(in crate::web) async fn forget_parts(dir: &Path, age: Duration) -> std::io::Result<()> {
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
}
