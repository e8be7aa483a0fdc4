//! The form about a person: what was typed, and what is wrong with it.

use crate::access::{Person, PersonState, Role};
use crate::web::pages::filled::Filled;

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) roles: Vec<Role>,
    pub(super) company: String,
    pub(super) participant: String,
    pub(super) disabled: bool,
    /// The field that is wrong, and why.
    pub(super) fault: Option<(&'static str, String)>,
}

impl Form {
    pub(super) fn typed(filled: &Filled) -> Self {
        let text = |name: &str| filled.text(name).to_owned();
        Self {
            login: text("login").to_lowercase(),
            name: text("name"),
            email: text("email"),
            roles: Role::ALL
                .iter()
                .copied()
                .filter(|role| filled.all("role").any(|word| word == role.as_str()))
                .collect(),
            company: text("company"),
            participant: text("participant"),
            disabled: !filled.text("disabled").is_empty(),
            fault: None,
        }
    }

    pub(super) fn of(person: &Person) -> Self {
        Self {
            login: person.login.clone(),
            name: person.name.clone(),
            email: person.email.clone().unwrap_or_default(),
            roles: person.roles.clone(),
            company: person.company.clone().unwrap_or_default(),
            participant: person.participant.clone().unwrap_or_default(),
            disabled: person.state == PersonState::Disabled,
            fault: None,
        }
    }

    pub(super) fn wrong(self, field: &'static str, why: impl Into<String>) -> Self {
        Self { fault: Some((field, why.into())), ..self }
    }

    pub(super) fn fault(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(known, _)| *known == field).map(|(_, why)| why.as_str())
    }

    pub(super) fn has(&self, role: &Role) -> bool {
        self.roles.contains(role)
    }

    /// The person that was described, with that id.
    ///
    /// # Errors
    /// The form again, with what is wrong.
    pub(super) fn person(self, id: String) -> Result<Person, Box<Self>> {
        let lines = [
            ("login", &self.login),
            ("name", &self.name),
            ("email", &self.email),
            ("company", &self.company),
            ("participant", &self.participant),
        ];
        let unfit = |text: &str| text.chars().count() > 300 || text.chars().any(char::is_control);
        let unfit = lines.into_iter().find(|(_, text)| unfit(text)).map(|(field, _)| field);
        if let Some(field) = unfit {
            return Err(Box::new(self.wrong(field, "This has to be one line of at most 300 characters.")));
        }
        if self.login.is_empty() || self.login.contains(char::is_whitespace) {
            return Err(Box::new(self.wrong("login", "A login is needed, without a space in it.")));
        }
        if self.name.is_empty() {
            return Err(Box::new(self.wrong("name", "A name is needed: timelines show it.")));
        }
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let person = Person {
            id,
            login: self.login.clone(),
            name: self.name.clone(),
            email: given(&self.email),
            roles: self.roles.clone(),
            company: given(&self.company),
            participant: given(&self.participant),
            state: if self.disabled { PersonState::Disabled } else { PersonState::Active },
        };
        match person.contradiction() {
            Some(why) => Err(Box::new(self.wrong("role", format!("{why}.")))),
            None => Ok(person),
        }
    }
}
