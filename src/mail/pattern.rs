//! A sentence with gaps, read backwards: what stood in the gaps when it gave a text. That is how a decision's sentences, which
//! the rules wrote in English, are known again and said in other words or another language. Pure.

use std::sync::LazyLock;

use crate::triage::template::{Segment, Template};

/// How many steps one text may take: names with the sentence's own words in them must not cost more than others.
const STEPS: u32 = 20_000;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Text(String),
    /// A gap.
    Gap(String),
    /// There or not.
    Optional(Vec<Piece>),
}

/// What stood in the gaps, by their names.
pub(super) type Filled = Vec<(String, String)>;

/// The pieces of a template of the rules.
pub(super) fn pieces(template: &Template) -> Vec<Piece> {
    of_segments(template.segments())
}

fn of_segments(segments: &[Segment]) -> Vec<Piece> {
    let piece = |segment: &Segment| match segment {
        Segment::Text(text) => Piece::Text(text.clone()),
        Segment::Word(word) => Piece::Gap(word.as_str().to_owned()),
        Segment::Optional(inner) => Piece::Optional(of_segments(inner)),
    };
    segments.iter().map(piece).collect()
}

/// The pieces of a message that is written with `{ $gap }`.
pub(super) fn of_message(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{ $") {
        let Some((gap, after)) = after.split_once(" }") else { break };
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Gap(gap.to_owned()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

/// What stood in the gaps of these sentences, a blank between each and the next; `None` when they do not give this text.
pub(super) fn read(sentences: &[Option<&Vec<Piece>>], text: &str) -> Option<Filled> {
    static BLANK: LazyLock<Piece> = LazyLock::new(|| Piece::Text(" ".to_owned()));
    let mut pieces: Vec<&Piece> = Vec::new();
    for sentence in sentences.iter().flatten() {
        if !pieces.is_empty() {
            pieces.push(&BLANK);
        }
        pieces.extend(sentence.iter());
    }
    let mut filled = Vec::new();
    fits(&pieces, text, &mut filled, &mut STEPS.clone())
        .then(|| filled.into_iter().map(|(gap, value)| (gap.to_owned(), value.to_owned())).collect())
}

/// How many characters stand outside gaps: the more, the surer a match.
pub(super) fn certainty(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
}

fn fits<'a>(pieces: &[&'a Piece], text: &'a str, filled: &mut Vec<(&'a str, &'a str)>, steps: &mut u32) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    match first {
        Piece::Text(known) => text.strip_prefix(known.as_str()).is_some_and(|text| fits(rest, text, filled, steps)),
        Piece::Optional(inner) => {
            let with: Vec<&Piece> = inner.iter().chain(rest.iter().copied()).collect();
            let before = filled.len();
            fits(&with, text, filled, steps) || {
                filled.truncate(before);
                fits(rest, text, filled, steps)
            }
        }
        Piece::Gap(gap) => {
            if let Some((_, known)) = filled.iter().find(|(known, _)| known == gap) {
                return text.strip_prefix(*known).is_some_and(|text| fits(rest, text, filled, steps));
            }
            if rest.is_empty() {
                filled.push((gap, text));
                return !text.is_empty();
            }
            let next =
                rest.first().and_then(|piece| if let Piece::Text(next) = piece { Some(next.as_str()) } else { None });
            let ends = text.char_indices().map(|(at, _)| at).skip(1).chain([text.len()]);
            ends.filter(|at| next.is_none_or(|next| text[*at..].starts_with(next))).any(|at| {
                let before = filled.len();
                filled.push((gap, &text[..at]));
                let fit = fits(rest, &text[at..], filled, steps);
                if !fit {
                    filled.truncate(before);
                }
                fit
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_template(template: &str, text: &str) -> Option<Vec<(String, String)>> {
        read(&[Some(&pieces(&Template::parse(template).unwrap()))], text)
    }

    #[test]
    fn a_rendered_sentence_gives_back_its_words() {
        let template = "{company} has the case[ under number {case_number}], and {company} works on it.";
        let words = read_template(template, "A & B has the case under number 7, and A & B works on it.").unwrap();
        assert_eq!(words, [("company".to_owned(), "A & B".to_owned()), ("case_number".to_owned(), "7".to_owned())]);
        let words = read_template(template, "A has the case, and A works on it.").unwrap();
        assert_eq!(words.len(), 1);
        assert_eq!(read_template(template, "A has the case, and B works on it."), None);
        assert_eq!(read_template(template, "A has the case, and A works on it. So there."), None);
    }

    #[test]
    fn names_made_of_the_sentences_own_words_cost_no_more() {
        let template = "{report} on {platform} on {solution} on {company} on {feature} on {filer}!";
        assert_eq!(read_template(template, &" on ".repeat(2_000)), None);
    }
}
