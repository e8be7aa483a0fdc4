//! Connectors as data: what stands in `integrations/`, read, checked, rendered; and how answers and callbacks are read.
//!
//! A connector is a directory of files ([`Definition`]); its format is described in `integrations/README.md`. Everything is
//! pure but [`Tokens`] and [`Definition::exchange`], which call the other side. No code knows a connector by its name.

mod answer;
mod authenticate;
mod callback;
mod check;
mod context;
mod cut;
mod definition;
mod exchange;
mod file;
mod files;
mod look;
mod render;
mod secrets;
mod settings;
mod source;
mod templates;
mod token;

use std::path::Path;
use std::sync::{Arc, LazyLock};

pub use answer::{Read, Receipt};
pub use authenticate::{NotBelieved, Received};
pub use callback::{Callback, CallbackError, Change};
pub use check::Checked;
pub use definition::{Definition, Kind, SecretSetting, Setting, SettingType, TicketStatus};
pub use exchange::{Attempt, Call, Exchange, ExchangeError, ShownCall};
pub use look::{Look, LookError};
pub use render::{RenderError, Shown, Step};
pub use secrets::{HIDDEN, Secrets};
pub use settings::SettingFault;
pub use token::{TokenError, Tokens};

use crate::triage::fault::Fault;
use files::Directory;

/// All connectors there are.
#[derive(Debug)]
pub struct Definitions(Vec<Definition>);

/// Connectors that were refused, with everything that is wrong with them.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorsError {
    /// The directory cannot be read.
    #[error("{dir} cannot be read: {why}")]
    Unreadable {
        /// The directory.
        dir: String,
        /// Why.
        why: std::io::Error,
    },
    /// Its files do not say what they should.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faulty(Vec<Fault>),
}

impl Definitions {
    /// The connectors that are built in.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn embedded() -> Arc<Self> {
        static EMBEDDED: LazyLock<Arc<Definitions>> = LazyLock::new(|| {
            Arc::new(Definitions::read(&files::built_in()).expect("the built-in connectors are read by a test"))
        });
        Arc::clone(&EMBEDDED)
    }

    /// Reads the connectors of a directory; one that is itself a connector gives that one.
    ///
    /// # Errors
    /// Everything that is wrong with its files; then nothing of it is used.
    pub fn load(dir: &Path) -> Result<Self, ConnectorsError> {
        let found = files::on_disk(dir);
        let found = found.map_err(|why| ConnectorsError::Unreadable { dir: dir.display().to_string(), why })?;
        Self::read(&found).map_err(ConnectorsError::Faulty)
    }

    /// The connectors of a directory, and beside them the built-in ones of other names.
    ///
    /// # Errors
    /// Everything that is wrong with its files; then nothing of it is used.
    pub fn beside_built_in(dir: &Path) -> Result<Self, ConnectorsError> {
        let mut all = Self::load(dir)?.0;
        let built_in = Self::read(&files::built_in()).map_err(ConnectorsError::Faulty)?;
        for definition in built_in.0 {
            if all.iter().all(|own| own.name != definition.name) {
                all.push(definition);
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self(all))
    }

    fn read(found: &[Directory]) -> Result<Self, Vec<Fault>> {
        let (mut definitions, mut faults) = (Vec::new(), Vec::new());
        for dir in found {
            let sound = !dir.name.is_empty()
                && dir.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !sound {
                let message = "a connector's directory is named with small letters, digits and hyphens";
                faults.push(Fault::text(&dir.place, 1, message));
            }
            match file::read(dir) {
                Ok(definition) => definitions.push(definition),
                Err(found) => faults.extend(found),
            }
        }
        definitions.sort_by(|a, b| a.name.cmp(&b.name));
        if faults.is_empty() { Ok(Self(definitions)) } else { Err(faults) }
    }

    /// The connector of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.0.iter().find(|definition| definition.name == name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
