//! The words by which a reply is understood, in English, French and German; all compared folded, see `quote::folded`.

use super::numbers::{KINDS, bare};
use super::quote::folded;
use crate::intake::esr::Conclusion;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// The writer's case number.
    Number,
    /// The conclusion.
    Conclusion,
    /// Perhaps the conclusion.
    Result,
    /// System access.
    Access,
    /// The solution's release.
    SolutionRelease,
    /// The platform's release.
    PlatformRelease,
    /// One of the two.
    Release,
    /// The feature.
    Feature,
}

const LABELS: &[(Label, &[&str])] = &[
    (
        Label::Conclusion,
        &["conclusion", "our conclusion", "notre conclusion", "your conclusion", "votre conclusion", "fazit"],
    ),
    (
        Label::Result,
        &[
            "result",
            "analysis result",
            "result of the analysis",
            "resultat",
            "resultat de l analyse",
            "ergebnis",
            "verdict",
        ],
    ),
    (
        Label::Access,
        &[
            "system access",
            "access to the system",
            "access",
            "remote access",
            "acces systeme",
            "acces au systeme",
            "acces distant",
            "acces",
            "systemzugang",
            "zugang",
        ],
    ),
    (
        Label::SolutionRelease,
        &[
            "solution release",
            "release of the solution",
            "third party release",
            "product release",
            "application release",
            "solution version",
            "application version",
            "release de la solution",
            "version de la solution",
            "version de l application",
            "version du produit",
        ],
    ),
    (
        Label::PlatformRelease,
        &[
            "platform release",
            "platform version",
            "release of the platform",
            "pbx release",
            "oxe release",
            "oxo release",
            "release oxe",
            "release oxo",
            "call server release",
            "release de la plateforme",
            "release plateforme",
            "version de la plateforme",
            "version plateforme",
            "version oxe",
        ],
    ),
    (Label::Release, &["release", "version", "release number", "numero de version"]),
    (Label::Feature, &["feature", "fonction", "fonctionnalite", "funktion"]),
];

const AROUND: &[&str] = &[
    "our",
    "your",
    "the",
    "hotline",
    "support",
    "service",
    "number",
    "no",
    "nr",
    "num",
    "id",
    "ref",
    "reference",
    "new",
    "opened",
    "my",
    "notre",
    "nos",
    "votre",
    "le",
    "la",
    "du",
    "de",
    "des",
    "d",
    "n",
    "numero",
    "nouveau",
    "unsere",
    "unser",
    "ihre",
    "participant",
    "participants",
    "s",
    "ouvert",
];

/// What a folded label announces.
pub(super) fn label(label: &str) -> Option<Label> {
    let known = LABELS.iter().find(|(_, words)| words.contains(&label)).map(|(label, _)| *label);
    known.or_else(|| {
        let mut words = label.split(' ').filter(|word| !word.is_empty());
        let kind = label.split(' ').any(|word| KINDS.contains(&word)) || matches!(label, "numero" | "number");
        let rest = words.all(|word| KINDS.contains(&word) || AROUND.contains(&word));
        (kind && rest && label.split(' ').count() <= 6).then_some(Label::Number)
    })
}

/// Which of the four conclusions the words mean; `None` for none, and for what is denied or said of both sides.
pub(super) fn conclusion(said: &str) -> Option<Conclusion> {
    let folded = folded(first_clause(said));
    if let Some(word) = Conclusion::ALL.iter().find(|known| folded == self::folded(known.as_str())) {
        return Some(*word);
    }
    let ale = ["alcatel lucent enterprise", "al enterprise", "alcatel lucent", "alcatel"];
    let folded = ale.iter().fold(format!(" {folded} "), |text, name| text.replace(&format!(" {name} "), " ale "));
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| folded.contains(&format!(" {phrase} ")));
    const OPEN: &[&str] = &[
        "inconclusive",
        "not conclusive",
        "non concluant",
        "non concluante",
        "pas concluant",
        "pas concluante",
        "peu concluant",
        "no conclusion",
        "sans conclusion",
        "pas de conclusion",
        "undetermined",
        "indetermine",
        "indeterminee",
        "nicht eindeutig",
        "unklar",
        "ergebnislos",
    ];
    const DENIED: &[&str] = &[
        "not", "no", "isn", "wasn", "doesn", "cannot", "neither", "nor", "pas", "aucun", "aucune", "ni", "sans",
        "kein", "keine", "nicht", "ohne",
    ];
    const HELP: &[&str] =
        &["help", "assistance", "assist", "need", "needed", "needs", "aide", "besoin", "hilfe", "unterstutzung"];
    const ALE: &[&str] = &[
        "ale s side",
        "ale side",
        "side of ale",
        "ale fault",
        "ale s fault",
        "fault of ale",
        "fault in ale",
        "fault at ale",
        "fault with ale",
        "fault on ale",
        "bug in ale",
        "bug on ale",
        "defect in ale",
        "ale bug",
        "ale issue",
        "ale problem",
        "cote ale",
        "cote d ale",
        "cote de chez ale",
        "chez ale",
        "defaut ale",
        "defaut d ale",
        "defaut de l ale",
        "panne ale",
        "faute d ale",
        "seite von ale",
        "ale seite",
        "fehler bei ale",
        "bei ale",
    ];
    const OURS: &[&str] = &[
        "our side",
        "our own side",
        "our fault",
        "our end",
        "our product",
        "our solution",
        "our software",
        "our system",
        "our application",
        "our bug",
        "fault is ours",
        "participant s side",
        "participant side",
        "participant fault",
        "notre cote",
        "notre fait",
        "notre faute",
        "notre produit",
        "notre solution",
        "notre logiciel",
        "notre application",
        "notre systeme",
        "notre part",
        "chez nous",
        "cote participant",
        "cote du participant",
        "unserer seite",
        "unser fehler",
        "unser produkt",
        "bei uns",
    ];
    if has(OPEN) {
        return Some(Conclusion::Inconclusive).filter(|_| !has(ALE) && !has(OURS));
    }
    if has(DENIED) {
        return None;
    }
    match (has(ALE), has(OURS), has(HELP) && has(&["ale"])) {
        (false, false, true) => Some(Conclusion::AleHelpRequested),
        (true, false, false) => Some(Conclusion::AleFaultShown),
        (false, true, false) => Some(Conclusion::ParticipantFaultFound),
        _ => None,
    }
}

/// What stands before the reasons: in those "no" is said of other things.
fn first_clause(said: &str) -> &str {
    const REASONS: &[&str] = &[
        " because",
        " since ",
        " see ",
        " parce qu",
        " car ",
        " puisque",
        " voir ",
        " cf ",
        " weil",
        " siehe ",
        " - ",
        " – ",
        " — ",
    ];
    let lower = said.to_lowercase();
    // Lower case may be of other lengths than what it is made of.
    let reason = REASONS
        .iter()
        .filter_map(|word| lower.find(word))
        .filter(|at| lower.len() == said.len() && said.is_char_boundary(*at))
        .min();
    let said = &said[..reason.unwrap_or(said.len())];
    said.split([',', ';', '(']).find(|clause| !clause.trim().is_empty()).unwrap_or(said)
}

/// Whether the words begin with a yes or a no.
pub(super) fn yes_or_no(said: &str) -> Option<bool> {
    let folded = folded(said);
    let begins = |words: &[&str]| words.iter().any(|word| folded == *word || folded.starts_with(&format!("{word} ")));
    if begins(&["no", "non", "nein", "false", "not", "pas", "refused", "refuse", "missing"]) {
        return Some(false);
    }
    let yes = [
        "yes",
        "y",
        "oui",
        "ja",
        "ok",
        "true",
        "granted",
        "given",
        "available",
        "open",
        "accorde",
        "donne",
        "ouvert",
        "disponible",
    ];
    begins(&yes).then_some(true)
}

/// Whether a sentence says that system access is there: "Access is open now." What is only announced does not count.
pub(super) fn gives_access(said: &str) -> bool {
    const ACCESS: &[&str] = &["access", "acces", "zugang"];
    const THERE: &[&str] = &[
        "open",
        "opened",
        "granted",
        "available",
        "ready",
        "up",
        "enabled",
        "active",
        "works",
        "given",
        "ouvert",
        "ouverts",
        "disponible",
        "donne",
        "accorde",
        "actif",
        "pret",
        "retabli",
        "offen",
        "freigeschaltet",
        "verfugbar",
    ];
    const BUT: &[&str] = &[
        "not", "no", "isn", "cannot", "can", "t", "will", "shall", "soon", "tomorrow", "later", "when", "once", "if",
        "until", "please", "need", "needs", "should", "could", "would", "want", "pas", "ne", "aucun", "sera", "demain",
        "bientot", "quand", "des", "si", "faut", "doit", "peut", "nicht", "kein", "wird", "morgen", "wenn", "sobald",
        "bitte",
    ];
    said.split(['.', '!', '?', '\n', ';']).any(|sentence| {
        let folded = folded(sentence);
        let words: Vec<&str> = folded.split(' ').collect();
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        words.len() <= 15 && has(ACCESS) && has(THERE) && !has(BUT)
    })
}

/// The release that is all that is said: "8.2.1", "release R101.1".
pub(super) fn release_alone(findings: Option<&str>) -> Option<String> {
    const AROUND: &[&str] = &["release", "version", "it", "is", "the", "c", "est", "la", "s", "v"];
    let findings = findings.filter(|findings| findings.chars().count() <= 60)?;
    let mut words = findings.split_whitespace().filter(|word| !AROUND.contains(&folded(word).as_str()));
    let release = bare(words.next()?);
    let fits = words.next().is_none() && release.bytes().any(|byte| byte.is_ascii_digit());
    fits.then(|| release.to_owned())
}

/// What the lines say beyond greeting and closing words; `None` when that is nothing.
pub(super) fn substance(lines: &[&str]) -> Option<String> {
    const GREETINGS: &[&str] = &[
        "hello",
        "hi",
        "dear",
        "good morning",
        "good afternoon",
        "bonjour",
        "bonsoir",
        "madame",
        "monsieur",
        "chers",
        "cher",
        "chere",
        "hallo",
        "guten tag",
        "guten morgen",
        "sehr geehrte",
        "liebe",
    ];
    const CLOSINGS: &[&str] = &[
        "best regards",
        "kind regards",
        "regards",
        "warm regards",
        "best",
        "sincerely",
        "yours",
        "cheers",
        "thanks",
        "thank you",
        "many thanks",
        "cordialement",
        "bien cordialement",
        "sinceres salutations",
        "salutations",
        "merci",
        "bien a vous",
        "bonne journee",
        "a bientot",
        "mit freundlichen",
        "freundliche grusse",
        "viele grusse",
        "mfg",
        "danke",
    ];
    let begins = |line: &str, words: &[&str]| {
        let folded = folded(line);
        let short = folded.split(' ').count() <= 6;
        short && words.iter().any(|word| folded == *word || folded.starts_with(&format!("{word} ")))
    };
    let mut lines: Vec<&str> = lines.to_vec();
    let first = lines.iter().position(|line| !line.trim().is_empty())?;
    if begins(lines[first], GREETINGS) {
        lines.drain(..=first);
    }
    let closing = lines.iter().rposition(|line| begins(line, CLOSINGS));
    if let Some(at) = closing
        && lines[at..].iter().filter(|line| !line.trim().is_empty()).count() <= 8
    {
        // A word of thanks may stand above the closing words.
        let above = lines[..at].iter().rposition(|line| !line.trim().is_empty());
        let thanks = above.filter(|above| begins(lines[*above], CLOSINGS));
        lines.truncate(thanks.unwrap_or(at));
    }
    let text = lines.join("\n");
    let text = text.trim();
    text.chars().any(char::is_alphanumeric).then(|| text.to_owned())
}
