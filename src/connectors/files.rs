//! The files of connectors: those built into the program, or an operator's directory.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

/// The directory as it was when the program was built.
static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/integrations");
/// A directory beside the connectors whose `*.txt` templates all of them may include.
const SHARED: &str = "shared";
/// The most that one file may hold; what is larger is no connector's.
const LARGEST: u64 = 1 << 20;

/// One connector's files: path below its directory (`create.json`, `sample/settings.json`), and content.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    pub(super) name: String,
    /// How the directory is called in messages.
    pub(super) place: String,
    files: BTreeMap<String, Vec<u8>>,
    /// Templates beside it: name and content.
    shared: BTreeMap<String, Vec<u8>>,
}

impl Directory {
    /// The file's path for messages.
    pub(super) fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.place)
    }

    /// A file's text; `None` when it is missing or no UTF-8.
    pub(super) fn text(&self, file: &str) -> Option<&str> {
        self.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The templates that bodies may include: its own `*.txt`, then those that all connectors share.
    pub(super) fn included(&self) -> Vec<(String, String)> {
        let shared = self.shared.iter().filter(|(name, _)| !self.files.contains_key(*name));
        let all = self.files.iter().chain(shared).filter(|(name, _)| name.ends_with(".txt") && !name.contains('/'));
        all.filter_map(|(name, bytes)| Some((name.clone(), std::str::from_utf8(bytes).ok()?.to_owned()))).collect()
    }

    /// The files of `sample/`, without that name before them.
    pub(super) fn samples(&self) -> Vec<(String, String)> {
        let sample = |name: &str| name.strip_prefix("sample/").map(str::to_owned);
        self.files.keys().filter_map(|name| Some((sample(name)?, self.text(name)?.to_owned()))).collect()
    }

    #[cfg(test)]
    pub(super) fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        Self { name: name.to_owned(), place: format!("integrations/{name}"), files, ..Self::default() }
    }
}

/// The connectors that are built in.
pub(super) fn built_in() -> Vec<Directory> {
    let mut shared = BTreeMap::new();
    for dir in BUILT_IN.dirs().filter(|dir| dir.path() == Path::new(SHARED)) {
        collect(dir, &format!("{SHARED}/"), &mut shared);
    }
    BUILT_IN
        .dirs()
        .filter(|dir| dir.path() != Path::new(SHARED))
        .map(|dir| {
            let name = dir.path().display().to_string();
            let mut files = BTreeMap::new();
            collect(dir, &format!("{name}/"), &mut files);
            Directory { place: format!("integrations/{name}"), name, files, shared: shared.clone() }
        })
        .collect()
}

/// The context that connectors are tried with.
pub(super) fn sample_context() -> &'static str {
    BUILT_IN.get_file("sample.json").and_then(|file| file.contents_utf8()).unwrap_or_default()
}

fn collect(dir: &Dir<'_>, strip: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        let path = file.path().display().to_string();
        files.insert(path.strip_prefix(strip).unwrap_or(&path).to_owned(), file.contents().to_vec());
    }
    for inner in dir.dirs() {
        collect(inner, strip, files);
    }
}

/// The connectors of an operator's directory, by name. A directory that is itself a connector gives that one.
pub(super) fn on_disk(dir: &Path) -> std::io::Result<Vec<Directory>> {
    if dir.join(super::file::FILE).is_file() {
        return Ok(vec![one(dir)?]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden && path.file_name() != Some(SHARED.as_ref()) {
            found.push(one(&path)?);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn one(dir: &Path) -> std::io::Result<Directory> {
    // `connector check .` has no name of its own.
    let whole = dir.canonicalize()?;
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = read(dir, "")?;
    files.extend(read(&dir.join("sample"), "sample/")?);
    let shared = whole.parent().map_or_else(|| Ok(BTreeMap::new()), |beside| read(&beside.join(SHARED), ""))?;
    Ok(Directory { name, place: dir.display().to_string(), files, shared })
}

/// The files that lie in a directory; none when there is no such directory.
fn read(dir: &Path, prefix: &str) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    if !dir.is_dir() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(file) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        if path.is_file() && std::fs::metadata(&path)?.len() <= LARGEST {
            files.insert(format!("{prefix}{file}"), std::fs::read(&path)?);
        }
    }
    Ok(files)
}
