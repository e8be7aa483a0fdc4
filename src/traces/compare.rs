//! A banner beside what the eSR declares.

use super::{Banner, Finding, Verdict};
use crate::intake::esr::PlatformNamed;
use crate::registry::index::{DifferentReleases, IndexedPlatform, Registry};
use crate::registry::model::Platform;
use crate::registry::releases::Release;

/// The platform that an eSR declares, looked up.
pub(super) struct Declared<'r> {
    registry: &'r Registry,
    named: Option<&'r PlatformNamed>,
    platform: Option<u32>,
}

impl<'r> Declared<'r> {
    pub(super) fn new(registry: &'r Registry, named: Option<&'r PlatformNamed>) -> Self {
        let product = named.and_then(|named| named.product.as_deref());
        let platform = product.and_then(|product| registry.platform_named(product));
        Self { registry, named, platform }
    }

    /// Its number in the registry.
    pub(super) fn platform(&self) -> Option<u32> {
        self.platform
    }

    /// Whether it is the platform of that id.
    pub(super) fn is(&self, id: &str) -> bool {
        self.platform.is_some_and(|number| self.registry.platform(number).0.id == id)
    }

    /// What the eSR says, as written: `R101.1 (N4.521.3)`.
    fn written(&self) -> Option<String> {
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let named = self.named?;
        match (given(&named.release), given(&named.patch)) {
            (Some(release), Some(patch)) => Some(format!("{release} ({patch})")),
            (release, patch) => release.or(patch),
        }
    }

    /// The verdict on a banner of that file.
    pub(super) fn compare(&self, file: &str, banner: Banner) -> Finding {
        let declared = self.written();
        let platforms = (0..).zip(&self.registry.document().platforms);
        let own = platforms.into_iter().find(|(_, platform)| platform.id == banner.platform);
        let entry = own.map(|(number, _)| self.registry.platform(number));
        let said = says(file, &banner);
        let Some((platform, indexed)) = entry else {
            let sentence = format!("{said}; the registry does not know that platform any more.");
            return Finding {
                file: file.to_owned(),
                banner,
                names: None,
                declared,
                verdict: Verdict::Unknown,
                sentence,
            };
        };
        let read = named(platform, indexed, &banner);
        let (verdict, rest) = self.verdict(platform, indexed, &banner, &read, declared.as_deref());
        let names = read.ok().flatten().map(|named| named.written);
        let sentence = format!("{said}{rest}");
        Finding { file: file.to_owned(), banner, names, declared, verdict, sentence }
    }

    /// The verdict, and how the sentence goes on.
    fn verdict(
        &self,
        platform: &Platform,
        indexed: &IndexedPlatform,
        banner: &Banner,
        read: &Result<Option<Named>, DifferentReleases>,
        declared: Option<&str>,
    ) -> (Verdict, String) {
        let unknown = |rest: String| (Verdict::Unknown, rest);
        if !self.is(&platform.id) {
            let product = self.named.and_then(|named| named.product.as_deref()).map(str::trim).unwrap_or_default();
            return unknown(match product {
                "" => format!(": {}, where the eSR names no platform.", platform.name),
                product => format!(": {}, where the eSR names {product}.", platform.name),
            });
        }
        let found = match read {
            Ok(Some(found)) => found,
            Ok(None) => return unknown("; the registry does not know a release of such builds.".to_owned()),
            Err(DifferentReleases) => {
                return unknown(", which the registry knows as two different releases.".to_owned());
            }
        };
        let Some(declared) = declared else {
            return unknown(format!(": release {}; the eSR declares none to compare it with.", found.written));
        };
        let (release, patch) =
            self.named.map_or((None, None), |named| (named.release.as_deref(), named.patch.as_deref()));
        match indexed.named_by(release, patch) {
            Ok(Some(own)) if own.covers(&found.release) || found.release.covers(&own) => {
                let other = patch.filter(|patch| other_build(indexed, patch, banner.patch.as_deref()));
                let build = other.map(|patch| format!(", but another build than {}", patch.trim())).unwrap_or_default();
                (Verdict::Agrees, format!(": release {}, as declared{build}.", found.written))
            }
            Ok(Some(_)) => {
                (Verdict::Disagrees, format!(": release {}, where the eSR declares {declared}.", found.written))
            }
            Ok(None) => unknown(format!(
                ": release {}; what the eSR declares, {declared}, is no release that the registry knows.",
                found.written
            )),
            Err(DifferentReleases) => unknown(format!(
                ": release {}; the eSR itself declares two different releases, {declared}.",
                found.written
            )),
        }
    }
}

/// The release that a banner names.
struct Named {
    release: Release,
    /// As the registry writes it, or else as the banner does.
    written: String,
}

fn named(platform: &Platform, indexed: &IndexedPlatform, banner: &Banner) -> Result<Option<Named>, DifferentReleases> {
    let Some(release) = indexed.named_by(banner.release.as_deref(), banner.patch.as_deref())? else { return Ok(None) };
    let listed = platform.releases.iter().find(|listed| Release::parse(&listed.release).as_ref() == Some(&release));
    let written = listed.map(|listed| listed.release.clone()).or_else(|| banner.release.clone()).unwrap_or_default();
    Ok(Some(Named { release, written }))
}

/// Whether both are builds of one code, and different ones.
fn other_build(platform: &IndexedPlatform, declared: &str, found: Option<&str>) -> bool {
    let codes = platform.named_by_code(declared).zip(found.and_then(|found| platform.named_by_code(found)));
    let builds = Release::parse(declared).zip(found.and_then(Release::parse));
    codes.is_some_and(|(a, b)| a == b) && builds.is_some_and(|(a, b)| !a.covers(&b) && !b.covers(&a))
}

fn says(file: &str, banner: &Banner) -> String {
    let place = match banner.line {
        Some(line) => format!("line {line}"),
        None => format!("after {} bytes", banner.byte),
    };
    format!("{file} says \"{}\" ({place})", banner.text)
}
