//! What a reply says in words that a program can act on: case number, conclusion, access, releases. The rest is findings.
//!
//! What is written behind a label (`Case: HT-9912`) counts before a number within a sentence, and that before a tag in the
//! subject. What is said in two ways that contradict each other is not understood, and a person looks.

use super::numbers;
use super::phrases::{self, Label};
use super::quote::folded;
use crate::intake::esr::Conclusion;
use crate::intake::limits;

/// What is known of the case that the reply belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'k> {
    /// Numbers that are not the writer's: the reference, our own id.
    pub ours: &'k [&'k str],
    /// Whether the solution's release is asked for, and the platform's.
    pub asked: (bool, bool),
}

/// How sure a case number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// The subject had it as a tag: `[HT-9912]`.
    InSubject,
    /// It stood in a sentence behind "case", "ticket" or the like, or was all that was said.
    InSentence,
    /// It was labelled: `Case: HT-9912`.
    Labelled,
}

/// What was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Understood {
    /// The writer's own case number.
    pub number: Option<(String, Sure)>,
    /// What the analysis came to.
    pub conclusion: Option<Conclusion>,
    /// Whether system access is given.
    pub system_access: Option<bool>,
    /// The solution's release.
    pub solution_release: Option<String>,
    /// The platform's release.
    pub platform_release: Option<String>,
    /// The feature.
    pub feature: Option<String>,
    /// What is left: without the lines that were understood, the greeting and the closing words.
    pub findings: Option<String>,
    /// What was said and not understood; sentences for the agent who looks.
    pub unclear: Vec<String>,
}

/// Reads the subject and what is said.
#[must_use]
pub fn read(subject: &str, said: &str, known: &Known<'_>) -> Understood {
    let mut found = Understood::default();
    let mut numbers = Vec::new();
    let lines: Vec<&str> = said.lines().collect();
    let mut left = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        let Some((label, value)) = labelled(line) else {
            left.push(line);
            continue;
        };
        // A label may stand on a line of its own, its value on the next.
        let next = lines.get(at).map_or("", |next| next.trim());
        let below = value.is_empty() && next.chars().count() <= 80 && labelled(next).is_none();
        let value = if below { next } else { value };
        let understood = take(&mut found, &mut numbers, label, value, known);
        match (understood, below) {
            (true, true) => at += 1,
            (true, false) => {}
            (false, _) => left.push(line),
        }
    }
    found.findings = phrases::substance(&left).map(|text| text.chars().take(limits::FREE_TEXT).collect());
    if let Some(release) = phrases::release_alone(found.findings.as_deref()) {
        // Asked for one release, a writer may send it and nothing else.
        match (known.asked, &found.solution_release, &found.platform_release) {
            ((true, false), None, _) => found.solution_release = Some(release),
            ((false, true), _, None) => found.platform_release = Some(release),
            _ => {}
        }
        if known.asked.0 != known.asked.1 {
            found.findings = None;
        }
    }
    number(&mut found, numbers, subject, said, known);
    if found.system_access.is_none() && phrases::gives_access(said) {
        found.system_access = Some(true);
    }
    found
}

/// Takes one labelled value; whether its line is used up.
fn take(found: &mut Understood, numbers: &mut Vec<String>, label: Label, value: &str, known: &Known<'_>) -> bool {
    match label {
        Label::Number => match case_number(value).filter(|number| !is_ours(number, known)) {
            Some(number) if !numbers.contains(&number) => numbers.push(number),
            Some(_) => {}
            None => return false,
        },
        Label::Conclusion | Label::Result => {
            let Some(conclusion) = phrases::conclusion(value) else {
                if label == Label::Conclusion && !value.is_empty() {
                    found
                        .unclear
                        .push(format!("The conclusion \u{201c}{}\u{201d} is none of the four.", shortened(value)));
                }
                return false;
            };
            if found.conclusion.is_some_and(|other| other != conclusion) {
                found.unclear.push("It gives two conclusions.".to_owned());
            }
            found.conclusion = Some(conclusion);
            // A longer line says more than the conclusion.
            return value.split_whitespace().count() <= 8;
        }
        Label::Access => match phrases::yes_or_no(value) {
            Some(yes) => found.system_access = Some(yes),
            None => return false,
        },
        Label::SolutionRelease | Label::PlatformRelease | Label::Release => {
            let Some(release) = release(value) else { return false };
            let place = match (label, known.asked) {
                (Label::SolutionRelease, _) | (Label::Release, (true, false)) => &mut found.solution_release,
                (Label::PlatformRelease, _) | (Label::Release, (false, true)) => &mut found.platform_release,
                _ => {
                    found.unclear.push(format!("It does not say of which product {release} is the release."));
                    return false;
                }
            };
            *place = Some(release);
        }
        Label::Feature => match value {
            "" => return false,
            value => found.feature = Some(value.chars().take(limits::NAME).collect()),
        },
    }
    true
}

/// The label and value of a line such as `- Numéro de dossier : HT-9912`.
fn labelled(line: &str) -> Option<(Label, &str)> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '•' | '·' | '–'));
    let (at, sign) = line.char_indices().find(|(_, c)| matches!(c, ':' | '=' | '：'))?;
    let (label, value) = (&line[..at], &line[at + sign.len_utf8()..]);
    // A sentence with a colon in it is no label.
    let label = phrases::label(&folded(label)).filter(|_| label.chars().count() <= 60)?;
    Some((label, value.trim().trim_matches('*').trim()))
}

/// Settles on one number, the surest.
fn number(found: &mut Understood, labelled: Vec<String>, subject: &str, said: &str, known: &Known<'_>) {
    let alone = numbers::alone(found.findings.as_deref()).map(str::to_owned);
    let choose = |found: &mut Understood, mut numbers: Vec<String>, sure| {
        numbers.retain(|number| !is_ours(number, known));
        numbers.dedup();
        if numbers.len() > 1 && sure == Sure::Labelled {
            found.unclear.push(format!("It gives several case numbers: {}.", numbers.join(", ")));
        }
        // Several tags or numbers in sentences say nothing for certain.
        match numbers.as_slice() {
            [one] => found.number = Some((one.clone(), sure)),
            _ => return numbers.is_empty(),
        }
        false
    };
    if !choose(found, labelled, Sure::Labelled) {
        return;
    }
    if let Some(alone) = alone.filter(|alone| !is_ours(alone, known)) {
        found.number = Some((alone, Sure::InSentence));
        found.findings = None;
        return;
    }
    let _ = choose(found, numbers::numbers_in_sentences(said), Sure::InSentence)
        && choose(found, numbers::tags(subject), Sure::InSubject);
}

/// A number as somebody wrote it behind a label: the words up to the first that has a digit.
fn case_number(value: &str) -> Option<String> {
    let mut number = String::new();
    for word in value.split_whitespace().take(3) {
        let word = numbers::bare(word);
        if word.is_empty() {
            continue;
        }
        if !number.is_empty() {
            number.push(' ');
        }
        number.push_str(word);
        if word.bytes().any(|byte| byte.is_ascii_digit()) {
            return (number.chars().count() <= limits::NAME).then_some(number);
        }
        // Before its digits a number has a short prefix, such as INC.
        if word.chars().count() > 6 || !word.chars().all(|c| c.is_uppercase() || c == '#' || c == '-') {
            number.clear();
        }
    }
    None
}

fn release(value: &str) -> Option<String> {
    let value = value.trim().trim_end_matches(['.', ',', ';']);
    let fits = value.bytes().any(|byte| byte.is_ascii_digit())
        && value.split_whitespace().count() <= 4
        && value.chars().count() <= 60;
    fits.then(|| value.to_owned())
}

fn is_ours(number: &str, known: &Known<'_>) -> bool {
    let number = folded(number);
    known.ours.iter().any(|ours| folded(ours) == number)
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: Known<'_> = Known { ours: &["BP-2026-00417", "esr_1"], asked: (false, false) };

    fn read(subject: &str, said: &str) -> Understood {
        super::read(subject, said, &KNOWN)
    }

    #[test]
    fn a_labelled_number_is_understood_however_it_is_labelled() {
        for line in [
            "Case: HT-9912",
            "case number: HT-9912.",
            "- Our ticket: HT-9912 (opened today)",
            "**Ticket** : HT-9912",
            "Ticket ID = #HT-9912",
            "Numéro de dossier : HT-9912",
            "N° de cas : HT-9912",
            "N\u{b0} du ticket\u{a0}: HT-9912",
            "Notre référence : HT-9912",
            "Ticketnummer: HT-9912",
            "Case:\nHT-9912",
            "Reference: BP-2026-00417\nCase: HT-9912",
        ] {
            assert_eq!(
                read("Re: [BP-2026-00417] x", line).number,
                Some(("HT-9912".to_owned(), Sure::Labelled)),
                "{line}"
            );
        }
        assert_eq!(read("", "Incident: INC 0012345").number.unwrap().0, "INC 0012345");
        for line in ["Case: none yet", "Case: we will open one in 2 days", "Case: BP-2026-00417", "In this case: yes 1"]
        {
            assert_eq!(read("", line).number, None, "{line}");
        }
    }

    #[test]
    fn a_tag_in_the_subject_counts_unless_it_is_ours() {
        let of = |subject: &str| read(subject, "Hello").number.map(|(number, _)| number);
        assert_eq!(of("Re: [BP-2026-00417] your turn [HT-9912]").as_deref(), Some("HT-9912"));
        assert_eq!(of("[Ticket#2026112310000017] Re: your turn").as_deref(), Some("2026112310000017"));
        assert_eq!(of("[Case #123] x").as_deref(), Some("123"));
        assert_eq!(of("[#4711] x").as_deref(), Some("4711"));
        assert_eq!(of("Re: Ticket#4711 x").as_deref(), Some("4711"));
        assert_eq!(of("[EXTERNAL] Re: [BP-2026-00417] your turn"), None);
        assert_eq!(of("[HT-1] and [HT-2]"), None);
    }

    #[test]
    fn a_number_in_a_sentence_counts_when_it_is_the_only_one() {
        let of = |said: &str| read("", said).number.map(|(number, _)| number);
        assert_eq!(of("We have opened ticket HT-9912 for this.").as_deref(), Some("HT-9912"));
        assert_eq!(of("Our case number is HT-9912, we look into it.").as_deref(), Some("HT-9912"));
        assert_eq!(of("Votre demande porte le numéro de dossier n° 0045612.").as_deref(), Some("0045612"));
        assert_eq!(of("It is like case 3 of your policy."), None);
        assert_eq!(of("In any case 42 calls failed."), None);
        assert_eq!(of("Ticket HT-1111 was the same; see ticket HT-2222."), None);
        assert_eq!(of("Your case BP-2026-00417 is with us."), None);
    }

    #[test]
    fn the_four_conclusions_are_understood_in_plain_words() {
        use Conclusion::{AleFaultShown, AleHelpRequested, Inconclusive, ParticipantFaultFound};
        for (said, conclusion) in [
            ("fault on ALE's side", AleFaultShown),
            ("Fault on the ALE side, see the trace", AleFaultShown),
            ("défaut côté ALE", AleFaultShown),
            ("le défaut est du côté d’ALE", AleFaultShown),
            ("défaut chez Alcatel-Lucent Enterprise", AleFaultShown),
            ("ale_fault_shown", AleFaultShown),
            ("Our analysis shows a fault on ALE’s side", AleFaultShown),
            ("fault on our side", ParticipantFaultFound),
            ("bug in our product", ParticipantFaultFound),
            ("défaut de notre côté", ParticipantFaultFound),
            ("le défaut est chez nous", ParticipantFaultFound),
            ("participant_fault_found", ParticipantFaultFound),
            ("we need ALE's help", AleHelpRequested),
            ("besoin de l'aide d'ALE", AleHelpRequested),
            ("Nous avons besoin d’ALE", AleHelpRequested),
            ("ALE help requested", AleHelpRequested),
            ("ALE needed", AleHelpRequested),
            ("aide d’ALE demandée", AleHelpRequested),
            ("sans conclusion", Inconclusive),
            ("inconclusive", Inconclusive),
            ("Not conclusive", Inconclusive),
            ("non concluant", Inconclusive),
            ("Analyse non concluante", Inconclusive),
        ] {
            for label in ["Conclusion: ", "Conclusion :", "* Notre conclusion : "] {
                let found = read("", &format!("{label}{said}"));
                assert_eq!((found.conclusion, found.unclear), (Some(conclusion), vec![]), "{said}");
            }
        }
    }

    #[test]
    fn what_is_none_of_the_four_or_denied_is_for_a_person() {
        for said in [
            "not our fault",
            "no fault on our side",
            "pas de défaut chez nous",
            "your fault",
            "fault on our side and on ALE's side",
            "tbd",
        ] {
            let found = read("", &format!("Conclusion: {said}"));
            assert_eq!((found.conclusion, found.unclear.len()), (None, 1), "{said}");
        }
        let both = read("", "Conclusion: inconclusive\nConclusion: fault on our side");
        assert_eq!(both.unclear, ["It gives two conclusions."]);
        let several = read("", "Case: HT-1\nTicket: HT-2");
        assert_eq!((several.number, several.unclear.len()), (None, 1));
        assert_eq!(read("", "I think it is our fault.").conclusion, None, "without the label nothing is concluded");
    }

    #[test]
    fn a_partner_may_write_as_people_write() {
        assert_eq!(read("", "Hello,\n\nHT-9912\n\nThanks").number, Some(("HT-9912".to_owned(), Sure::InSentence)));
        for said in ["Hi,\nthe access is open now.\nBye", "Access granted!", "L'accès est ouvert."] {
            assert_eq!(read("", said).system_access, Some(true), "{said}");
        }
        for said in [
            "Access will be open tomorrow.",
            "The access is not available.",
            "Is access needed?",
            "L'accès sera ouvert demain.",
            "Please open the access.",
        ] {
            assert_eq!(read("", said).system_access, None, "{said}");
        }
    }

    #[test]
    fn a_partner_gives_access_and_releases() {
        let found = read(
            "",
            "System access: yes\nSolution release: 8.2.1\nPlatform release : R101.1 N4.521.3\nFeature: wake-up call",
        );
        assert_eq!(found.system_access, Some(true));
        assert_eq!(found.solution_release.as_deref(), Some("8.2.1"));
        assert_eq!(found.platform_release.as_deref(), Some("R101.1 N4.521.3"));
        assert_eq!(found.feature.as_deref(), Some("wake-up call"));
        assert_eq!(found.findings, None);
        assert_eq!(read("", "Accès au système : oui, depuis ce matin").system_access, Some(true));
        assert_eq!(read("", "Accès système : non").system_access, Some(false));
        assert_eq!(read("", "System access: perhaps").system_access, None);
        let asked = |asked| super::read("", "Release: 8.2.1", &Known { asked, ..KNOWN });
        assert_eq!(asked((true, false)).solution_release.as_deref(), Some("8.2.1"));
        assert_eq!(asked((false, true)).platform_release.as_deref(), Some("8.2.1"));
        assert_eq!(asked((true, true)).unclear.len(), 1);
        let alone = |asked, said| super::read("", said, &Known { asked, ..KNOWN });
        for said in ["8.2.1", "Hello,\n\nrelease 8.2.1\n\nRegards\nMarie", "It is 8.2.1."] {
            assert_eq!(alone((true, false), said).solution_release.as_deref(), Some("8.2.1"), "{said}");
        }
        let found = alone((false, true), "R101.1");
        assert_eq!((found.platform_release.as_deref(), found.number, found.findings), (Some("R101.1"), None, None));
        assert_eq!(alone((true, false), "We call you at 10.").solution_release, None);
    }

    #[test]
    fn what_is_left_is_findings_without_greeting_and_closing() {
        let said = "Hello,\n\nCase: HT-9912\nConclusion: fault on ALE's side\n\nThe INVITE has no SDP, see frame 12.\n\nBest regards\nMarie Dupont\nHotelia Systems";
        assert_eq!(read("", said).findings.as_deref(), Some("The INVITE has no SDP, see frame 12."));
        assert_eq!(read("", "Bonjour,\n\nN° de cas : HT-9912\n\nCordialement,\nMarie").findings, None);
        assert_eq!(read("", "Merci").findings, None);
        let long =
            read("", "Conclusion: fault on ALE's side because the INVITE that the call server sends has no SDP at all");
        assert_eq!(long.conclusion, Some(Conclusion::AleFaultShown));
        assert!(long.findings.unwrap().contains("no SDP"));
    }

    proptest! {
        #[test]
        fn any_text_at_all_is_read_without_harm(
            subject in "(\\[|\\]|#|Ticket|HT-1|\\PC){0,20}",
            said in "(Case|Ticket|Conclusion|:|=|\n| |HT-9|12345|n°|ALE|our side|\\PC){0,60}"
        ) {
            let found = read(&subject, &said);
            if let Some(findings) = found.findings {
                prop_assert!(findings.len() <= said.len());
            }
            if let Some((number, _)) = found.number {
                prop_assert!(number.bytes().any(|byte| byte.is_ascii_digit()) && number.chars().count() <= limits::NAME);
            }
        }
    }
}
