//! The file of `--snapshot`: read when the program starts, replaced as a whole when it ends.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use okta_mock::Snapshot;

/// A file that a snapshot is kept in between runs.
#[derive(Debug)]
pub(crate) struct SnapshotFile {
    path: PathBuf,
}

impl SnapshotFile {
    /// What the file holds, `None` where there is none yet, and whether it can be written later. The error is one line.
    pub(crate) fn open(path: PathBuf) -> std::result::Result<(Self, Option<Snapshot>), String> {
        let before = match std::fs::read_to_string(&path) {
            Ok(text) => Some(Snapshot::from_json(&text).map_err(|wrong| wrong.to_string())?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.to_string()),
        };
        let file = Self { path };
        // Better now than after a day of work.
        let tried = file.fresh().and_then(|(beside, _)| std::fs::remove_file(beside));
        tried.map_err(|error| format!("cannot be written: {error}"))?;
        Ok((file, before))
    }

    /// Puts a snapshot in the place of what the file held: all of it, or nothing.
    pub(crate) fn write(&self, snapshot: &Snapshot) -> Result<()> {
        let (beside, mut file) = self.fresh()?;
        let text = snapshot.to_json();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        let moved = written.and_then(|()| std::fs::rename(&beside, &self.path));
        if moved.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        moved
    }

    /// A new file beside it, for its owner alone: a snapshot holds credentials.
    fn fresh(&self) -> Result<(PathBuf, File)> {
        let name = self.path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
        let beside = self.path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        Ok((beside.clone(), private(&beside)?))
    }
}

fn private(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
