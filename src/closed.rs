//! Closed sets of words: an enum whose values each have one word, the same in files, in JSON, in the database and on the
//! command line.

/// Makes such an enum: its values in order (`ALL`), the word of each (`as_str`, `words`), and back (`parse`).
macro_rules! closed {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[allow(unreachable_pub, reason = "the same text makes public sets and sets of one module")]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        #[allow(dead_code, unreachable_pub, reason = "not every set needs every way")]
        impl $name {
            /// All of them, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Position in [`Self::ALL`].
            #[must_use]
            pub fn index(self) -> usize { self as usize }
            /// The words of all, in the same order.
            pub fn words() -> impl Iterator<Item = &'static str> { Self::ALL.iter().map(|known| known.as_str()) }
            /// The one that a word names, or `None` for an unknown word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
        // Not derived: the derive does not see a word that comes out of a macro, and describes the variants' own names.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($doc),*).trim()))
                    .enum_values(Some(Self::words()))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use closed;
