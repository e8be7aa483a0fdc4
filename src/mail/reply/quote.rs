//! What a reply says itself: the letter that it quotes and the signature are cut. In doubt a line is kept.

/// The most lines that are looked at; a mail with more is looked at as far as that, and what follows is left out.
const LINES: usize = 20_000;
/// How many lines "On ... wrote:" may be wrapped over.
const WRAPPED: usize = 4;
/// The most lines that a signature behind `-- ` has.
const SIGNATURE: usize = 30;

/// How a line of our own letters begins, in each of their languages, that nobody else writes; folded, see [`folded`]. From there
/// on it is the letter: its example of an answer must not be taken for one.
const MARKERS: &[&str] = &[
    "reply to this mail at the top",
    "repondez a ce mail au debut",
    "please reply above this line",
    "reply above this line",
    "write your reply above this line",
    "write your answer above this line",
    "repondez au dessus de cette ligne",
    "merci de repondre au dessus de cette ligne",
    "ecrivez votre reponse au dessus de cette ligne",
];

/// A text with what it quotes cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What is said. The whole text where nothing would be left.
    pub said: String,
    /// Whether there is nothing but quoted text and a signature.
    pub nothing_new: bool,
}

/// Cuts quoted text and the signature. `own` are the headlines of letters that may be quoted, as written: from one of them on
/// all is our own letter, however a mail program put it there.
#[must_use]
pub fn cut(text: &str, own: &[String]) -> Cut {
    let lines: Vec<Line<'_>> = text.lines().take(LINES).map(Line::new).collect();
    let own: Vec<String> = own.iter().map(|headline| folded(headline)).filter(|headline| headline.len() >= 8).collect();
    let kept = without_signature(without_quotes(&lines, &own));
    let said = joined(&kept);
    if !said.is_empty() {
        return Cut { said, nothing_new: false };
    }
    let whole: Vec<&Line<'_>> = lines.iter().collect();
    Cut { said: joined(&whole), nothing_new: true }
}

/// A line as it is looked at.
struct Line<'t> {
    raw: &'t str,
    /// Without white space and marks of emphasis around it.
    bare: String,
    /// See [`folded`].
    folded: String,
}

impl<'t> Line<'t> {
    fn new(raw: &'t str) -> Self {
        let visible: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
        let bare = visible.trim().trim_matches('*').trim().to_owned();
        let folded = folded(&bare);
        Self { raw, bare, folded }
    }

    fn is_blank(&self) -> bool {
        self.bare.is_empty()
    }

    fn is_quoted(&self) -> bool {
        self.bare.starts_with('>')
    }
}

/// Marks of direction and characters without width, which mail programs sprinkle over their attributions.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// The text to compare with: lower case, without accents, each run of anything but letters and digits one blank.
#[must_use]
pub(super) fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    // What a letter is made of is compared, not its accents; marks stand behind their letters.
    for c in text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.extend(c.to_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

fn joined(lines: &[&Line<'_>]) -> String {
    let mut out = String::new();
    let mut blank = 0;
    for line in lines {
        if line.is_blank() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(line.raw.trim_end());
    }
    out.trim().to_owned()
}

/// The lines that are not quoted. Answers between and below quoted lines stay; below an attribution or a header without
/// such lines everything is the old letter.
fn without_quotes<'l, 't>(lines: &'l [Line<'t>], own: &[String]) -> Vec<&'l Line<'t>> {
    let mut kept: Vec<&Line<'_>> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        if is_marker(line) || is_headline(line, own) || is_separator(line) || is_header_block(&lines[at..]) {
            break;
        }
        if let Some(length) = attribution(&lines[at..]) {
            let below = lines[at + length..].iter().find(|line| !line.is_blank());
            if below.is_some_and(|line| !line.is_quoted()) {
                break;
            }
            at += length;
            continue;
        }
        if !line.is_quoted() {
            kept.push(line);
        }
        at += 1;
    }
    // The line that Outlook draws above a header.
    while kept.last().is_some_and(|line| line.is_blank() || is_rule(line)) {
        kept.pop();
    }
    kept
}

fn is_marker(line: &Line<'_>) -> bool {
    MARKERS.iter().any(|marker| line.folded.starts_with(marker)) && line.folded.len() <= 120
}

/// Whether it is the headline of a letter of ours, or the beginning of one that was wrapped.
fn is_headline(line: &Line<'_>, own: &[String]) -> bool {
    let wrapped = line.folded.len() >= 25;
    own.iter().any(|headline| line.folded == *headline || (wrapped && headline.starts_with(&line.folded)))
}

/// `-----Original Message-----` and its like.
fn is_separator(line: &Line<'_>) -> bool {
    const WORDS: &[&str] = &[
        "original message",
        "message d origine",
        "message original",
        "ursprungliche nachricht",
        "originalnachricht",
        "urspr nachricht",
        "forwarded message",
        "message transfere",
        "message reexpedie",
        "weitergeleitete nachricht",
    ];
    let drawn = line.bare.starts_with("--") && line.bare.ends_with("--");
    if drawn && WORDS.contains(&line.folded.as_str()) {
        return true;
    }
    const ALONE: &[&str] = &[
        "begin forwarded message",
        "debut du message reexpedie",
        "debut du message transfere",
        "anfang der weitergeleiteten nachricht",
    ];
    line.bare.ends_with(':') && ALONE.contains(&line.folded.as_str())
}

fn is_rule(line: &Line<'_>) -> bool {
    line.bare.len() >= 10 && line.bare.chars().all(|c| matches!(c, '_' | '-' | '―' | '─'))
}

/// `From: ... Sent: ... To: ... Subject: ...`, as Outlook writes it above the letter that it quotes.
fn is_header_block(lines: &[Line<'_>]) -> bool {
    const FROM: &[&str] = &["from", "de", "von"];
    const REST: &[&str] = &[
        "sent",
        "date",
        "to",
        "cc",
        "subject",
        "envoye",
        "envoye le",
        "a",
        "objet",
        "sujet",
        "copie a",
        "gesendet",
        "datum",
        "an",
        "betreff",
        "reply to",
        "repondre a",
        "importance",
    ];
    let name = |line: &Line<'_>| {
        let (name, value) = line.bare.split_once(':')?;
        Some((folded(name), !value.trim().trim_matches('*').is_empty()))
    };
    let begins = lines.first().and_then(name).is_some_and(|(name, said)| said && FROM.contains(&name.as_str()));
    if !begins {
        return false;
    }
    let following = lines[1..].iter().filter(|line| !line.is_blank()).take(6);
    let named = following.filter_map(name).filter(|(name, _)| REST.contains(&name.as_str())).count();
    named >= 2
}

/// How many lines "On ... wrote:" takes when the lines begin with it.
fn attribution(lines: &[Line<'_>]) -> Option<usize> {
    const BEGIN: &[&str] = &["on ", "le ", "am ", "op ", "il ", "el "];
    // The verb, and the verb with the writer behind it.
    const VERB: &[&str] =
        &["wrote", "a ecrit", "schrieb", "geschrieben", "writes", "ha scritto", "escribio", "schreef"];
    let first = lines.first()?;
    if first.is_blank() || first.is_quoted() {
        return None;
    }
    let dated_address = |line: &Line<'_>| {
        let year = line.folded.starts_with("20") && line.folded.len() > 10;
        year && line.bare.contains('@') && line.bare.ends_with(">:")
    };
    if dated_address(first) {
        return Some(1);
    }
    if !BEGIN.iter().any(|begin| first.folded.starts_with(begin)) {
        return None;
    }
    let mut all = String::new();
    for (count, line) in lines.iter().take(WRAPPED).enumerate() {
        if line.is_blank() || line.is_quoted() {
            return None;
        }
        all.push(' ');
        all.push_str(&line.folded);
        if line.bare.ends_with(':') {
            // A sentence of the writer's own ends so, too; it has no date.
            let dated = all.bytes().filter(u8::is_ascii_digit).count() >= 3;
            let written = VERB.iter().any(|verb| all.ends_with(verb) || all.contains(&format!(" {verb} ")));
            return (dated && written && all.len() < 400).then_some(count + 1);
        }
    }
    None
}

/// The lines without the signature at their end.
fn without_signature<'l, 't>(mut lines: Vec<&'l Line<'t>>) -> Vec<&'l Line<'t>> {
    lines.retain(|line| !is_mobile(line));
    let dashes =
        lines.iter().rposition(|line| matches!(line.raw.trim_end_matches(['\r', '\n']), "-- " | "--" | "\u{2014}"));
    if let Some(at) = dashes
        && lines.len() - at <= SIGNATURE
        && lines[..at].iter().any(|line| !line.is_blank())
    {
        lines.truncate(at);
    }
    lines
}

/// What telephones and mail programs add below every mail.
fn is_mobile(line: &Line<'_>) -> bool {
    const BEGIN: &[&str] = &[
        "sent from my ",
        "sent from mail for ",
        "sent from outlook",
        "sent from yahoo mail",
        "sent from samsung",
        "sent with proton mail",
        "sent via ",
        "get outlook for ",
        "envoye de mon ",
        "envoye depuis mon ",
        "envoye depuis outlook",
        "envoye depuis l application ",
        "envoye a partir de ",
        "envoye a l aide de ",
        "obtenez outlook pour ",
        "obtenir outlook pour ",
        "telecharger outlook pour ",
        "provenance courrier pour ",
        "von meinem ",
        "gesendet von ",
        "gesendet mit ",
        "outlook fur ",
    ];
    // The addresses behind "Get Outlook for iOS" are long.
    let words = line.bare.split_whitespace().filter(|word| !word.contains("://")).count();
    words <= 8 && BEGIN.iter().any(|begin| format!("{} ", line.folded).starts_with(begin))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Cut {
        super::cut(text, &[])
    }

    fn said(text: &str) -> String {
        let cut = cut(text);
        assert!(!cut.nothing_new, "{text}");
        cut.said
    }

    #[test]
    fn an_attribution_in_three_languages_ends_what_is_said() {
        for attribution in [
            "On Mon, 23 Nov 2026 at 10:04, ALE support <reply+abc@cases.example> wrote:",
            "On 23 Nov 2026, at 10:04, ALE support\n<reply+abc@cases.example> wrote:",
            "On 11/23/26 10:04, ALE support wrote:",
            "Le lun. 23 nov. 2026 à 10:04, Support ALE <reply+abc@cases.example> a\u{a0}écrit\u{a0}:",
            "Le 23/11/2026 à 10:04, Support ALE a écrit :",
            "Le 23 nov. 2026 à 10:04, Support ALE <\nreply+abc@cases.example> a écrit :",
            "Am 23.11.2026 um 10:04 schrieb ALE support:",
            "Am Mo., 23. Nov. 2026 um 10:04 Uhr schrieb ALE <reply+abc@cases.example>:",
            "Am Montag, 23. November 2026 um 10:04:22 MEZ hat ALE <a@b.example> Folgendes geschrieben:",
            "On Monday, November 23, 2026 at 10:04:22 AM GMT+1, ALE <a@b.example> wrote:",
            "2026-11-23 10:04 GMT+01:00 ALE support <reply+abc@cases.example>:",
        ] {
            assert_eq!(said(&format!("Case: HT-9912\n\n{attribution}\nthe letter")), "Case: HT-9912", "{attribution}");
            assert_eq!(said(&format!("Case: HT-9912\n\n{attribution}\n\n> letter\n>\n> more\n")), "Case: HT-9912");
        }
    }

    #[test]
    fn a_header_as_outlook_writes_it_ends_what_is_said() {
        for header in [
            "-----Original Message-----\nFrom: ALE\nSent: Monday",
            "-----Message d'origine-----\nDe : ALE",
            "________________________________\nFrom: ALE <a@b.example>\nSent: Monday, November 23\nTo: x\nSubject: y",
            "*From:* ALE <a@b.example>\n*Sent:* Monday\n*To:* x\n*Subject:* y",
            "De : ALE <a@b.example>\nEnvoyé : lundi 23 novembre 2026 10:04\nÀ : x\nObjet : y",
            "Von: ALE\nGesendet: Montag\nAn: x\nBetreff: y",
            "##- Please reply above this line -##\nHello",
            "> ##- Répondez au-dessus de cette ligne -##\nBonjour",
        ] {
            assert_eq!(said(&format!("Fault found.\n\n{header}\n\nThe letter")), "Fault found.", "{header}");
        }
    }

    #[test]
    fn answers_between_and_below_quoted_lines_stay() {
        let text = "On Mon, 23 Nov 2026 at 10:04, ALE wrote:\n> What is your case number?\nHT-9912\n> And the conclusion?\nNone yet.\n";
        assert_eq!(said(text), "HT-9912\nNone yet.");
    }

    #[test]
    fn signatures_and_what_telephones_add_are_cut() {
        assert_eq!(said("Done.\n-- \nMarie\nHotelia"), "Done.");
        assert_eq!(said("Done.\n\nSent from my iPhone\n"), "Done.");
        assert_eq!(said("Fait.\n\nEnvoyé de mon iPhone"), "Fait.");
        assert_eq!(said("Done.\nGet Outlook for iOS<https://aka.ms/o0ukef>\n"), "Done.");
    }

    #[test]
    fn in_doubt_a_line_is_kept() {
        for text in [
            "On the second try it worked:\nthe call was placed.",
            "From: the trace one sees the fault.",
            "De : rien du tout",
            "The manual wrote: press 5.",
            "-- the call drops --",
            "We sent from my lab the trace that you wanted to have from us.",
        ] {
            assert_eq!(said(text), text);
        }
        let long = format!("Above\n--\n{}", "a line of the log\n".repeat(50));
        assert_eq!(said(&long), long.trim());
    }

    #[test]
    fn a_letter_of_ours_is_cut_however_it_was_put_below() {
        let own = ["Please analyse this case first".to_owned()];
        let said = |text: &str| super::cut(text, &own).said;
        assert_eq!(said("We look at it.\n\nPlease analyse this case first\nCase: HT-9912"), "We look at it.");
        assert_eq!(
            said("Yes.\nReply to this mail. At the top, on lines of their own, for example:\nCase: X-1"),
            "Yes."
        );
        assert_eq!(
            said("Please analyse this case: first we need access."),
            "Please analyse this case: first we need access."
        );
    }

    #[test]
    fn where_nothing_would_be_left_the_whole_text_stays() {
        let text = "> all of it\n> is quoted";
        assert_eq!(cut(text), Cut { said: text.to_owned(), nothing_new: true });
        let forwarded = "From: x\nSent: y\nTo: z\n\nThe answer";
        assert_eq!(cut(forwarded), Cut { said: forwarded.to_owned(), nothing_new: true });
        assert_eq!(cut(""), Cut { said: String::new(), nothing_new: true });
    }

    proptest! {
        #[test]
        fn what_is_said_is_never_more_than_what_was_written(
            lines in prop::collection::vec("(>|> |On 23 Nov 2026 x|wrote:|From: a|Sent: b|To: c|-- |--|Le 1/2/2026|a écrit :|\\PC{0,40}|)", 0..30)
        ) {
            let text = lines.join("\n");
            let cut = cut(&text);
            prop_assert!(cut.said.len() <= text.len());
            for line in cut.said.lines().filter(|line| !line.is_empty()) {
                prop_assert!(text.contains(line), "{line:?} was never written");
            }
            prop_assert!(cut.nothing_new || !cut.said.lines().any(|line| line.trim_start().starts_with('>')));
            // Quoting a mail once more never adds to what is said.
            let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
            let answered = super::cut(&format!("Yes.\n\nOn 24 Nov 2026 at 9:00, x wrote:\n{quoted}"), &[]);
            prop_assert_eq!(answered.said, "Yes.");
        }
    }
}
