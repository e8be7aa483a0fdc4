//! Where files are chosen: what a script needs to know before it sends them.

use super::sent::size;
use crate::mail::Words;
use crate::notify::endpoint::Language;
use crate::web::Web;

/// A field of files.
pub(in crate::web::pages) struct Picker {
    words: &'static Words,
    /// Where they go.
    pub(in crate::web::pages) to: String,
    /// The largest file, in bytes and for people.
    pub(in crate::web::pages) most: (u64, String),
    /// The extensions of files that are taken, where any are listed: a script need not send the others to learn it.
    pub(in crate::web::pages) kinds: String,
}

impl Picker {
    /// For files that go to that address.
    pub(in crate::web::pages) fn new(web: &Web, language: Language, to: String) -> Self {
        let most = web.app.config.limits.attachment_bytes;
        let kinds = kinds(&web.app.config.attachments.types);
        Self { words: Words::of(language), to, most: (most, size(most, language)), kinds }
    }

    /// A word in the reader's language.
    pub(in crate::web::pages) fn w(&self, id: &str) -> String {
        self.words.word(id)
    }

    /// The sentence with a size in it; a script puts a file's name in place of `{name}`.
    pub(in crate::web::pages) fn with_most(&self, id: &str) -> String {
        self.words.say(id, &[("most", self.most.1.clone().into()), ("name", "{name}".into())])
    }

    /// The sentence with a file's name in it, as a script fills it in.
    pub(in crate::web::pages) fn with_name(&self, id: &str) -> String {
        self.words.say(id, &[("name", "{name}".into())])
    }
}

/// The listed extensions, without dots, in lower case.
fn kinds(types: &[String]) -> String {
    let listed = types.iter().map(|listed| listed.trim()).filter(|listed| !listed.contains('/'));
    let plain = listed.map(|listed| listed.trim_start_matches('.').to_ascii_lowercase());
    plain.collect::<Vec<_>>().join(" ")
}
