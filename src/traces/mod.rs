//! What a trace says about the platform it was taken on, beside what the eSR declares. Pure.
//!
//! A SIP trace names the platform in each message (`User-Agent: OmniPCX Enterprise R101.1 n4.521.3`). A case that was
//! decided for another release than the one that runs may rest on the wrong report, so that the difference is shown.
//! The verdict changes no decision: a trace may show a neighbouring node, and a person has to look.

mod compare;
mod spot;
mod text;

use serde::{Deserialize, Serialize};

use self::compare::Declared;
use self::spot::Names;
use self::text::Lines;
use crate::closed::closed;
use crate::intake::esr::PlatformNamed;
use crate::registry::index::Registry;

/// How much of a file is looked through, in bytes: a banner stands in the first messages of a trace, if anywhere.
pub const LOOKED_THROUGH: u64 = 16 << 20;

closed! {
    /// What a banner is to the declared release.
    Verdict {
        /// It names the declared release, or a build of it.
        Agrees = "agrees",
        /// It names another one.
        Disagrees = "disagrees",
        /// The two cannot be compared.
        Unknown = "unknown",
    }
}
closed! {
    /// How a platform was named; the later, the better evidence.
    Kind {
        /// A build's code alone: `n4.521.3`.
        Code = "code",
        /// The platform's name with a release, anywhere in a text.
        Mention = "mention",
        /// The header in which a program names itself: `User-Agent`, `Server`.
        Header = "header",
    }
}

/// A platform's name and release that stand in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Banner {
    /// As it stands there.
    pub text: String,
    /// The line, counted from 1; null in a file that is not text, such as a packet capture.
    pub line: Option<u64>,
    /// How many bytes stand before that line, or before that stretch of text.
    pub byte: u64,
    /// How the platform is named.
    pub kind: Kind,
    /// Id of the platform in the registry.
    pub platform: String,
    /// Its release as written; null when only a build is.
    pub release: Option<String>,
    /// Its build as written, when the registry knows its code.
    pub patch: Option<String>,
}

/// What was found in a file, beside what the eSR declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// The file's name.
    pub file: String,
    /// What stands in it.
    #[serde(flatten)]
    pub banner: Banner,
    /// The release that it names, as the registry writes it; null when the registry does not know.
    pub names: Option<String>,
    /// The release that the eSR declares, as written.
    pub declared: Option<String>,
    /// What one is to the other.
    pub verdict: Verdict,
    /// The same as a sentence.
    pub sentence: String,
}

impl Finding {
    /// The same banner beside what is declared now.
    #[must_use]
    pub fn again(self, registry: &Registry, platform: Option<&PlatformNamed>) -> Self {
        Declared::new(registry, platform).compare(&self.file, self.banner)
    }
}

/// Looks for the best banner in a file that comes bit by bit.
pub struct Scan<'r> {
    file: &'r str,
    declared: Declared<'r>,
    names: Names<'r>,
    lines: Lines,
    seen: u64,
    best: Option<Finding>,
}

impl<'r> Scan<'r> {
    /// Begins with a file of that name, of a case with that platform.
    #[must_use]
    pub fn new(file: &'r str, registry: &'r Registry, platform: Option<&'r PlatformNamed>) -> Self {
        let declared = Declared::new(registry, platform);
        let names = Names::new(registry, declared.platform());
        Self { file, declared, names, lines: Lines::default(), seen: 0, best: None }
    }

    /// The next part of the file; `false` when nothing that follows can matter.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let left = usize::try_from(LOOKED_THROUGH - self.seen).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        self.seen += bytes.len() as u64;
        let Self { file, declared, names, lines, best, .. } = self;
        lines.feed(bytes, |line| names.spot(&line, |banner| better(best, declared.compare(file, banner), declared)));
        let settled = best.as_ref().is_some_and(|found| found.verdict == Verdict::Agrees && found.is_header());
        self.seen < LOOKED_THROUGH && !settled
    }

    /// The best of what was found: of the declared platform rather than of another, in a header rather than
    /// elsewhere, agreeing rather than not, and then the first.
    #[must_use]
    pub fn finish(self) -> Option<Finding> {
        let Self { file, declared, names, lines, seen, mut best } = self;
        let cut = seen >= LOOKED_THROUGH;
        lines.finish(cut, |line| {
            names.spot(&line, |banner| better(&mut best, declared.compare(file, banner), &declared));
        });
        best
    }
}

impl Finding {
    fn is_header(&self) -> bool {
        self.banner.kind == Kind::Header
    }
}

fn better(best: &mut Option<Finding>, new: Finding, declared: &Declared<'_>) {
    let rank = |found: &Finding| {
        let agreement = match found.verdict {
            Verdict::Agrees => 2,
            Verdict::Disagrees => 1,
            Verdict::Unknown => 0,
        };
        (declared.is(&found.banner.platform), found.banner.kind as u8, agreement)
    };
    if best.as_ref().is_none_or(|best| rank(&new) > rank(best)) {
        *best = Some(new);
    }
}

#[cfg(test)]
mod tests;
