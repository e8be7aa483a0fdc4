//! Sentence templates of the operator's files: `{word}` is replaced; a part in `[square brackets]` is dropped when
//! one of its words is unknown. Parsed once at load, so that an unknown word is refused there and never met later.

use std::borrow::Cow;

use super::fault::unknown;
use crate::closed::closed;

closed! {
    /// What a sentence can name; the explainer fills it in from what was looked up.
    Word {
        /// Id of the report found.
        Report = "report",
        /// Its edition.
        Edition = "edition",
        /// First day that the edition exists.
        PublishedOn = "published_on",
        /// First day without validity.
        ExpiresOn = "expires_on",
        /// Last day with validity.
        LastDay = "last_day",
        /// Name of the solution.
        Solution = "solution",
        /// Its release, as filed.
        SolutionRelease = "solution_release",
        /// Name of the platform.
        Platform = "platform",
        /// Its release, as filed.
        PlatformRelease = "platform_release",
        /// Name of the company.
        Company = "company",
        /// Names of the accredited APIs.
        Accreditations = "accreditations",
        /// First day of the accreditation.
        GrantedOn = "granted_on",
        /// The product whose release is at its end of life.
        ObsoleteProduct = "obsolete_product",
        /// That release.
        ObsoleteRelease = "obsolete_release",
        /// First day of its end of life.
        EndOfLifeOn = "end_of_life_on",
        /// Why a certification no longer counts: left, status lost, report withdrawn.
        Withdrawal = "withdrawal",
        /// The report that comes nearest to the two releases.
        Closest = "closest",
        /// Why a company counts as outside the program.
        NotInProgram = "not_in_program",
        /// What could not be resolved, as a sentence.
        Unresolved = "unresolved",
        /// What is missing, as a sentence.
        Incomplete = "incomplete",
        /// Name of the scope entry, limitation or API, else the feature as filed.
        ScopeName = "scope_name",
        /// The result of its test.
        ScopeResult = "scope_result",
        /// Id of the remark that goes with a result.
        RemarkId = "remark_id",
        /// The remark.
        Remark = "remark",
        /// Id of the limitation that answers.
        LimitationId = "limitation_id",
        /// The limitation in the report's own text.
        Limitation = "limitation",
        /// Why the scope is unclear, as a sentence.
        ScopeUnclear = "scope_unclear",
        /// The feature as filed.
        Feature = "feature",
        /// The participant's case number.
        CaseNumber = "case_number",
        /// What a development question is about.
        Topic = "topic",
        /// The severity as filed.
        Severity = "severity",
        /// Who filed the eSR.
        Filer = "filer",
    }
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Segment>);

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// As it stands.
    Text(String),
    /// Filled in.
    Word(Word),
    /// Left out when one of its words is unknown.
    Optional(Vec<Segment>),
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Everything that is wrong with it, each in a sentence: unknown words, brackets and braces without a partner.
    pub fn parse(source: &str) -> Result<Self, Vec<String>> {
        let mut parser = Parser { faults: Vec::new(), open: None, done: Vec::new() };
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}', '[', ']']) {
            parser.text(&rest[..at]);
            rest = parser.symbol(&rest[at..]);
        }
        parser.text(rest);
        parser.finish()
    }

    /// Its parts, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Fills the template in. An unknown word that stands outside brackets becomes `(unknown)`.
    pub fn render<'v>(&self, lookup: impl Fn(Word) -> Option<Cow<'v, str>>) -> String {
        let mut out = String::with_capacity(160);
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Word(word) => out.push_str(lookup(*word).as_deref().unwrap_or("(unknown)")),
                Segment::Optional(part) => {
                    let before = out.len();
                    if !render_known(part, &lookup, &mut out) {
                        out.truncate(before);
                    }
                }
            }
        }
        out
    }
}

/// Writes the part; false when one of its words is unknown (or blank, which says as little).
fn render_known<'v>(part: &[Segment], lookup: &impl Fn(Word) -> Option<Cow<'v, str>>, out: &mut String) -> bool {
    part.iter().all(|segment| match segment {
        Segment::Text(text) => {
            out.push_str(text);
            true
        }
        Segment::Word(word) => match lookup(*word).filter(|value| !value.is_empty()) {
            Some(value) => {
                out.push_str(&value);
                true
            }
            None => false,
        },
        Segment::Optional(inner) => render_known(inner, lookup, out),
    })
}

struct Parser {
    faults: Vec<String>,
    /// The segments of the bracket that is open.
    open: Option<Vec<Segment>>,
    done: Vec<Segment>,
}

impl Parser {
    fn push(&mut self, segment: Segment) {
        self.open.as_mut().unwrap_or(&mut self.done).push(segment);
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Segment::Text(text.to_owned()));
        }
    }

    /// Reads what begins at a brace or bracket and returns what follows it.
    fn symbol<'s>(&mut self, at: &'s str) -> &'s str {
        let rest = &at[1..];
        match at.as_bytes()[0] {
            b'{' => match rest.find(['{', '}', '[', ']']) {
                Some(end) if rest.as_bytes()[end] == b'}' => {
                    self.word(&rest[..end]);
                    return &rest[end + 1..];
                }
                _ => self.faults.push("a \"{\" is never closed with \"}\"".to_owned()),
            },
            b'}' => self.faults.push("a \"}\" closes nothing".to_owned()),
            b'[' if self.open.is_some() => {
                self.faults.push("a \"[\" stands inside another; optional parts do not nest".to_owned());
            }
            b'[' => self.open = Some(Vec::new()),
            _ => match self.open.take() {
                Some(part) => self.done.push(Segment::Optional(part)),
                None => self.faults.push("a \"]\" closes nothing".to_owned()),
            },
        }
        rest
    }

    fn word(&mut self, word: &str) {
        match Word::parse(word) {
            Some(known) => self.push(Segment::Word(known)),
            None => self.faults.push(unknown("word", word, Word::words())),
        }
    }

    fn finish(mut self) -> Result<Template, Vec<String>> {
        if self.open.is_some() {
            self.faults.push("a \"[\" is never closed with \"]\"".to_owned());
        }
        if self.faults.is_empty() { Ok(Template(self.done)) } else { Err(self.faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> String {
        Template::parse(source).unwrap().render(|word| match word {
            Word::Report => Some("IWR-0412".into()),
            Word::Edition => Some("2".into()),
            Word::Remark => Some("".into()),
            _ => None,
        })
    }

    #[test]
    fn known_words_are_filled_in_and_unknown_ones_said_to_be_unknown() {
        assert_eq!(render("{report} edition {edition} on {platform}."), "IWR-0412 edition 2 on (unknown).");
    }

    #[test]
    fn a_part_in_brackets_goes_when_one_of_its_words_is_unknown_or_blank() {
        assert_eq!(
            render("{report}[ edition {edition}][ on {edition} {platform}][ ({remark})]."),
            "IWR-0412 edition 2."
        );
        assert_eq!(render("[nothing to fill in]"), "nothing to fill in");
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_nearest_known_one() {
        assert_eq!(
            Template::parse("{raport} {solution").unwrap_err(),
            ["there is no word \"raport\"; the nearest known one is \"report\"", "a \"{\" is never closed with \"}\""]
        );
    }

    #[test]
    fn brackets_without_a_partner_are_refused() {
        for source in ["[a", "a]", "[a [b] c]", "{", "}", "{report]"] {
            assert!(Template::parse(source).is_err(), "{source}");
        }
    }
}
