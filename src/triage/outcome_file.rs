//! Reads `outcomes.toml` and `clauses.toml`.

use super::decision::Contact;
use super::fault::{Fault, unknown};
use super::outcome::{Outcome, Route, STAGES, Side, Stage, Status, Step, Turn};
use super::template::Template;
use super::toml_file::{Section, TomlFile};

const OUTCOME_KEYS: &[&str] = &["route", "stage", "status", "because", "next_steps", "contact"];
const CONTACT_KEYS: &[&str] = &["name", "email", "phone", "url", "hours", "process"];
const PARTICIPANT: &str = "participant";

/// What `outcomes.toml` says.
pub(super) struct Outcomes {
    /// The names of all, also of those that are faulty, so that the table is not blamed for using them.
    pub(super) names: Vec<String>,
    /// As `names`, when there are no faults.
    pub(super) outcomes: Vec<Outcome>,
    /// The operator's desks, by name.
    pub(super) contacts: Vec<(String, Contact)>,
    pub(super) faults: Vec<Fault>,
}

/// The outcomes in the order of the file, and everything that is wrong with it.
pub(super) fn outcomes(name: &str, text: &str) -> Outcomes {
    let (mut file, table) = TomlFile::parse(name, text);
    let (mut names, mut outcomes, mut desks) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(table) = &table {
        let root = TomlFile::root(table);
        file.only(&root, &["outcomes", "contacts"]);
        let contacts = contacts(&mut file, &root);
        if let Some(section) = file.subsection(&root, "outcomes") {
            if section.entries.is_empty() {
                file.fault(TomlFile::place(&section), "there is no outcome");
            }
            for (id, _, value) in &section.entries {
                names.push((*id).to_owned());
                if let Some(entry) = file.section(format!("outcome `{id}`"), value) {
                    outcomes.extend(outcome(&mut file, id, &entry, &contacts));
                }
            }
        }
        desks = contacts.into_iter().map(|(name, contact)| (name.to_owned(), contact)).collect();
    }
    Outcomes { names, outcomes, contacts: desks, faults: file.faults }
}

fn contacts<'v>(file: &mut TomlFile<'_>, root: &Section<'v, '_>) -> Vec<(&'v str, Contact)> {
    let mut contacts = Vec::new();
    let Some(section) = root.get("contacts").and_then(|value| file.section("`contacts`".to_owned(), value)) else {
        return contacts;
    };
    for (id, place, value) in &section.entries {
        let Some(entry) = file.section(format!("contact `{id}`"), value) else { continue };
        file.only(&entry, CONTACT_KEYS);
        if *id == PARTICIPANT {
            file.fault(
                place.clone(),
                "no contact can be called `participant`: the word means the participant's hotline",
            );
        }
        let mut text = |key| file.optional(&entry, key).map(|(text, _)| text.to_owned());
        let (email, phone, url) = (text("email"), text("phone"), text("url"));
        let (hours, process) = (text("hours"), text("process"));
        let name = file.required(&entry, "name").map(|(name, _)| name.to_owned()).unwrap_or_default();
        contacts.push((*id, Contact { name, email, phone, url, hours, process }));
    }
    contacts
}

fn outcome(
    file: &mut TomlFile<'_>,
    id: &str,
    entry: &Section<'_, '_>,
    contacts: &[(&str, Contact)],
) -> Option<Outcome> {
    file.only(entry, OUTCOME_KEYS);
    let route = word(file, entry, "route", Route::ALL, Route::as_str);
    let stage = word(file, entry, "stage", Stage::ALL, Stage::as_str);
    if let (Some(route), Some(stage)) = (route, stage) {
        pair(file, entry, route, stage);
    }
    let status = word(file, entry, "status", Status::ALL, Status::as_str);
    let because = sentence(file, entry, "because");
    let next_steps = steps(file, entry);
    let contact = turn(file, entry, contacts);
    Some(Outcome {
        id: id.to_owned(),
        route: route?,
        stage: stage?,
        status: status?,
        because: because?,
        next_steps,
        contact,
    })
}

fn pair(file: &mut TomlFile<'_>, entry: &Section<'_, '_>, route: Route, stage: Stage) {
    let stages = STAGES.iter().find(|(known, _)| *known == route).map_or(&[] as &[Stage], |(_, stages)| stages);
    if !stages.contains(&stage) {
        let names = stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(", ");
        let place = entry.get("stage").map_or(0..0, |value| value.span());
        file.fault(place, format!("route `{route}` has no stage `{stage}`; it has: {names}"));
    }
}

fn turn(file: &mut TomlFile<'_>, entry: &Section<'_, '_>, contacts: &[(&str, Contact)]) -> Option<Turn> {
    let (name, place) = file.optional(entry, "contact")?;
    if name == PARTICIPANT {
        return Some(Turn::Participant);
    }
    let found = contacts.iter().find(|(id, _)| *id == name);
    if found.is_none() {
        let known = contacts.iter().map(|(id, _)| *id).chain([PARTICIPANT]);
        file.fault(place, unknown("contact", name, known));
    }
    found.map(|(_, contact)| Turn::Desk(contact.clone()))
}

fn steps(file: &mut TomlFile<'_>, entry: &Section<'_, '_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let tables = file.tables(entry, "next_steps");
    if tables.is_empty() {
        file.fault(TomlFile::place(entry), format!("{} has no `next_steps`: say what somebody does now", entry.what));
    }
    for table in tables {
        file.only(&table, &["who", "do"]);
        let who = word(file, &table, "who", Side::ALL, Side::as_str);
        let what = sentence(file, &table, "do");
        steps.extend(who.zip(what).map(|(who, what)| Step { who, what }));
    }
    steps
}

/// A required word of a closed list.
pub(super) fn word<T: Copy>(
    file: &mut TomlFile<'_>,
    section: &Section<'_, '_>,
    key: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Option<T> {
    let (word, place) = file.required(section, key)?;
    let found = all.iter().copied().find(|&known| name(known) == word);
    if found.is_none() {
        file.fault(place, unknown(key, word, all.iter().map(|&known| name(known))));
    }
    found
}

/// A required sentence template.
pub(super) fn sentence(file: &mut TomlFile<'_>, section: &Section<'_, '_>, key: &str) -> Option<Template> {
    let (text, place) = file.required(section, key)?;
    match Template::parse(text) {
        Ok(template) => Some(template),
        Err(faults) => {
            for fault in faults {
                file.fault(place.clone(), format!("in `{key}` of {}, {fault}", section.what));
            }
            None
        }
    }
}

/// A clause of the policy and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its number: `9.2.3 case 3`.
    pub number: String,
    /// What it says, in our own words.
    pub text: String,
}

/// The clauses in the order of the file, and everything that is wrong with it.
pub(super) fn clauses(name: &str, text: &str) -> (Vec<Clause>, Vec<Fault>) {
    let (mut file, table) = TomlFile::parse(name, text);
    let mut clauses = Vec::new();
    if let Some(table) = &table {
        let root = TomlFile::root(table);
        file.only(&root, &["clauses"]);
        if let Some(section) = file.subsection(&root, "clauses") {
            if section.entries.is_empty() {
                file.fault(TomlFile::place(&section), "there is no clause");
            }
            for (number, ..) in &section.entries {
                let text = file.required(&section, number).map(|(text, _)| text.to_owned()).unwrap_or_default();
                clauses.push(Clause { number: (*number).to_owned(), text });
            }
        }
    }
    (clauses, file.faults)
}

#[cfg(test)]
mod tests {
    use super::super::rules::testing::faults;

    #[test]
    fn a_route_has_only_its_own_stages() {
        assert_eq!(
            faults("outcomes.toml", "stage = \"participant_first\"", "stage = \"offer\""),
            ["rules/outcomes.toml:87: route `joint_investigation` has no stage `offer`; it has: participant_first, \
              participant_analysis, analysis_insufficient, ale_engaged, awaiting_access"]
        );
    }

    #[test]
    fn an_unknown_key_word_contact_or_side_is_named_with_the_nearest_known_one() {
        for (from, to, nearest) in [
            ("contact = ", "contakt = ", "key \"contakt\"; the nearest known one is \"contact\""),
            ("status = \"waiting_ale\"", "status = \"waitng_ale\"", "\"waiting_ale\""),
            ("contact = \"ale_support\"", "contact = \"ale_suport\"", "\"ale_support\""),
            ("who = \"business_partner\"", "who = \"partner\"", "\"partner\""),
            ("{severity}", "{severty}", "word \"severty\"; the nearest known one is \"severity\""),
            ("hours = ", "hourz = ", "\"hours\""),
        ] {
            let found = faults("outcomes.toml", from, to);
            assert!(found.len() == 1 && found[0].contains(nearest), "{to}: {found:?}");
        }
    }

    #[test]
    fn what_an_outcome_cannot_do_without_is_asked_for() {
        assert_eq!(
            faults("outcomes.toml", "status = \"waiting_ale\"\n", ""),
            ["rules/outcomes.toml:15: outcome `ale-support` has no `status`"]
        );
    }

    #[test]
    fn text_that_is_no_toml_is_said_to_be_so_and_the_table_is_not_blamed() {
        let found = faults("clauses.toml", "[clauses]", "[clauses");
        assert!(found.iter().all(|fault| fault.starts_with("rules/clauses.toml:4: this is not TOML")), "{found:?}");
    }
}
