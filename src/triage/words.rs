//! Reads `facts.toml`: what facts and values are called, and which combinations cannot occur.

use super::fact_box::{FactBox, ValueSet};
use super::facts::{FACT_COUNT, Fact};
use super::fault::{Fault, unknown};
use super::outcome::Side;
use super::outcome_file::sentence;
use super::space::CellSet;
use super::template::Template;
use super::toml_file::{Section, TomlFile};

/// The facts in people's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactWords(Vec<FactText>);

/// One fact in people's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactText {
    /// How it is asked about.
    pub ask: String,
    /// Who can still bring about a change of it, if anybody.
    pub by: Option<Side>,
    /// Its values, by index.
    pub values: Vec<ValueText>,
}

/// One value in people's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueText {
    /// What it is called.
    pub label: String,
    /// The sentence that explains it in a decision (coverage and scope).
    pub says: Option<Template>,
}

impl FactWords {
    /// A fact's words.
    #[must_use]
    pub fn fact(&self, fact: Fact) -> &FactText {
        &self.0[fact.position()]
    }

    /// A value's words.
    #[must_use]
    pub fn value(&self, fact: Fact, value: u8) -> &ValueText {
        &self.fact(fact).values[usize::from(value)]
    }
}

/// The words (`None` when they are incomplete), the combinations that cannot occur, and everything that is wrong.
pub(super) fn parse(name: &str, text: &str) -> (Option<FactWords>, CellSet, Vec<Fault>) {
    let (mut file, table) = TomlFile::parse(name, text);
    let (mut facts, mut impossible) = (Vec::new(), CellSet::default());
    if let Some(table) = &table {
        let root = TomlFile::root(table);
        let known: Vec<&str> = Fact::all().map(Fact::name).chain(["impossible"]).collect();
        file.only(&root, &known);
        facts = Fact::all().filter_map(|fact| fact_text(&mut file, &root, fact)).collect();
        for section in file.tables(&root, "impossible") {
            if let Some(area) = impossible_box(&mut file, &section) {
                impossible.paint(&area);
            }
        }
        if impossible.complement().is_empty() {
            file.fault(0..0, "every combination of facts is said to be impossible");
        }
    }
    ((facts.len() == FACT_COUNT).then_some(FactWords(facts)), impossible, file.faults)
}

fn fact_text(file: &mut TomlFile<'_>, root: &Section<'_, '_>, fact: Fact) -> Option<FactText> {
    let section = file.subsection(root, fact.name())?;
    file.only(&section, &["ask", "by", "values"]);
    let ask = file.required(&section, "ask").map(|(ask, _)| ask.to_owned());
    let by = side(file, &section);
    let values = file.subsection(&section, "values")?;
    file.only(&values, &fact.words());
    let texts: Vec<_> = fact.words().iter().filter_map(|word| value_text(file, &values, fact, word)).collect();
    (texts.len() == fact.size()).then_some(FactText { ask: ask?, by: by?, values: texts })
}

/// Who brings a change about: `Some(None)` for nobody.
fn side(file: &mut TomlFile<'_>, section: &Section<'_, '_>) -> Option<Option<Side>> {
    const NOBODY: &str = "nobody";
    let (word, place) = file.required(section, "by")?;
    let side = Side::parse(word);
    if side.is_none() && word != NOBODY {
        file.fault(place, unknown("side", word, Side::words().chain([NOBODY])));
        return None;
    }
    Some(side)
}

fn value_text(file: &mut TomlFile<'_>, values: &Section<'_, '_>, fact: Fact, word: &str) -> Option<ValueText> {
    let section = file.subsection(values, word)?;
    let explained = matches!(fact.name(), "coverage" | "scope");
    file.only(&section, if explained { &["label", "says"] } else { &["label"] });
    let says = if explained { Some(sentence(file, &section, "says")?) } else { None };
    Some(ValueText { label: file.required(&section, "label")?.0.to_owned(), says })
}

fn impossible_box(file: &mut TomlFile<'_>, section: &Section<'_, '_>) -> Option<FactBox> {
    file.only(section, &["when", "why"]);
    file.required(section, "why");
    let when = file.subsection(section, "when")?;
    file.only(&when, &Fact::all().map(Fact::name).collect::<Vec<_>>());
    let mut area = FactBox::any();
    for fact in Fact::all().filter(|fact| when.get(fact.name()).is_some()) {
        let mut values = ValueSet::NONE;
        for (word, place) in file.words(&when, fact.name()) {
            match value(fact, word) {
                Ok(value) => values = values.and(value),
                Err(message) => file.fault(place, message),
            }
        }
        area = area.with(fact, values);
    }
    Some(area)
}

/// The index of a fact's word, or the sentence that refuses it.
pub(super) fn value(fact: Fact, word: &str) -> Result<u8, String> {
    let words = fact.words();
    match words.iter().position(|known| *known == word) {
        Some(index) => Ok(index as u8),
        None => Err(unknown(&format!("{} value", fact.name()), word, words)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{Rules, testing::faults};
    use super::*;

    #[test]
    fn every_value_of_every_fact_has_a_label_and_coverage_and_scope_a_sentence() {
        let rules = Rules::embedded();
        for fact in Fact::all() {
            for value in 0..fact.size() as u8 {
                let text = rules.words().value(fact, value);
                assert!(!text.label.is_empty());
                assert_eq!(text.says.is_some(), ["coverage", "scope"].contains(&fact.name()), "{}", fact.name());
            }
        }
    }

    #[test]
    fn the_facts_and_values_are_exactly_the_engines_own() {
        for (from, to, message) in [
            ("none = {", "nothing = {", "has no `none`"),
            ("[urgency]", "[urgent]", "\"urgency\""),
            (
                "by = \"participant\"",
                "by = \"participants\"",
                "side \"participants\"; the nearest known one is \"participant\"",
            ),
            ("{edition}", "{editon}", "word \"editon\""),
            ("why = ", "whyy = ", "key \"whyy\"; the nearest known one is \"why\""),
        ] {
            let found = faults("facts.toml", from, to);
            assert!(found.iter().any(|fault| fault.contains(message)), "{to}: {found:?}");
        }
    }
}
