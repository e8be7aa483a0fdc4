//! The words by which a reply is understood, in English, French and German; all compared folded, see `quote::folded`.

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

/// What a number's label is made of: a kind of case, around it words that say no more.
const KINDS: &[&str] = &[
    "case",
    "cases",
    "ticket",
    "incident",
    "sr",
    "request",
    "dossier",
    "cas",
    "demande",
    "fall",
    "fallnummer",
    "ticketnummer",
    "vorgang",
    "vorgangsnummer",
    "aktenzeichen",
    "reference",
    "referenz",
    "ref",
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

/// The number that is all that is said: "HT-9912".
pub(super) fn alone(findings: Option<&str>) -> Option<&str> {
    let mut words = findings?.split_whitespace();
    let number = bare(words.next()?);
    (words.next().is_none() && is_number(number)).then_some(number)
}

/// The case numbers that a subject has as tags: `[HT-9912]`, `[Ticket#2026]`, `Ticket#2026`.
pub(super) fn tags(subject: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |number: &str| {
        let number = number.trim();
        let digits = number.bytes().any(|byte| byte.is_ascii_digit());
        if digits
            && !number.contains('@')
            && (2..=40).contains(&number.chars().count())
            && !found.iter().any(|f| f == number)
        {
            found.push(number.to_owned());
        }
    };
    let mut rest = subject;
    while let Some((_, behind)) = rest.split_once('[') {
        let Some((tag, behind)) = behind.split_once(']') else { break };
        rest = behind;
        let number = without_kind(tag);
        // A tag of several words is no number.
        if number.split_whitespace().count() == 1 {
            add(number);
        }
    }
    for word in subject.split_whitespace().filter(|word| !word.starts_with('[')) {
        if let Some((kind, number)) = word.split_once('#')
            && KINDS.contains(&folded(kind).as_str())
        {
            add(bare(number));
        }
    }
    found
}

/// `Ticket#2026`, `Case: 2026`, `#2026` without what stands before the number.
fn without_kind(tag: &str) -> &str {
    let end = tag.find(|c: char| !c.is_alphabetic()).unwrap_or(tag.len());
    let (kind, rest) = tag.split_at(end);
    let number = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '#' | ':' | '='));
    let announced = kind.is_empty() || KINDS.contains(&folded(kind).as_str());
    if announced && number.len() < rest.len() { number } else { tag }
}

/// The case numbers that stand in sentences behind "case", "ticket" and the like.
pub(super) fn numbers_in_sentences(said: &str) -> Vec<String> {
    const BETWEEN: &[&str] = &[
        "number",
        "no",
        "nr",
        "n",
        "id",
        "is",
        "the",
        "est",
        "le",
        "numero",
        "de",
        "ref",
        "reference",
        "ist",
        "lautet",
        "",
    ];
    let mut found: Vec<String> = Vec::new();
    let words: Vec<&str> = said.split_whitespace().take(20_000).collect();
    for (at, word) in words.iter().enumerate() {
        let (kind, glued) = word.split_once('#').unwrap_or((word, ""));
        if !KINDS.contains(&folded(kind).as_str()) {
            continue;
        }
        let following = words[at + 1..].iter().take(4).copied();
        let number = Some(glued).into_iter().filter(|glued| !glued.is_empty()).chain(following);
        let number = number.map(bare).find(|word| !BETWEEN.contains(&folded(word).as_str()));
        if let Some(number) = number.filter(|number| is_number(number))
            && !found.iter().any(|known| known == number)
        {
            found.push(number.to_owned());
        }
    }
    found
}

/// Whether a word can only be a number of a system: letters and digits, or many digits.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'));
    plain && word.len() <= 40 && (digits >= 5 || (digits >= 2 && (1..=12).contains(&letters)))
}

/// A word without the signs around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
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
