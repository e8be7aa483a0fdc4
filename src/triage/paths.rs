//! The eSR's fields that a look-up may lack, as the paths that a filer reads.

/// The third party's company.
pub(super) const COMPANY: &str = "third_party.company";
/// The third party's product.
pub(super) const SOLUTION: &str = "third_party.solution";
/// That product's release.
pub(super) const SOLUTION_RELEASE: &str = "third_party.release";
/// ALE's product.
pub(super) const PRODUCT: &str = "platform.product";
/// That product's release.
pub(super) const PLATFORM_RELEASE: &str = "platform.release";
/// What does not work.
pub(super) const FEATURE: &str = "feature";
