//! Who somebody is here, by what the provider says.

use serde_json::{Map, Value};

use super::settings::Settings;
use crate::access::{Person, PersonState, Role};

/// The most characters that are taken of a claim.
const LONGEST: usize = 300;

/// What the provider says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The provider's issuer.
    pub issuer: String,
    /// The person's subject there: never given to another.
    pub subject: String,
    /// What the person would be called here to sign in.
    pub login: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: Option<String>,
    /// What it may do here.
    pub roles: Vec<Role>,
    /// The values of the claim that gives roles, for somebody who has to find out why there is none.
    pub values: Vec<String>,
    company: Option<String>,
    participant: Option<String>,
}

/// Why somebody whom the provider knows has no place here, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoRole(pub String);

impl Told {
    /// Reads the claims.
    pub(super) fn read(settings: &Settings, issuer: &str, subject: &str, claims: &Map<String, Value>) -> Self {
        let line = |claim: &str| line(claims, claim);
        let values = values(claims, &settings.roles_claim);
        let given =
            |role: &&Role| settings.roles.get(role).is_some_and(|wanted| wanted.iter().any(|one| values.contains(one)));
        let email = line(&settings.email_claim);
        let login = line(&settings.login_claim).or_else(|| email.clone()).unwrap_or_else(|| short(subject));
        let login: String = login.to_lowercase().split_whitespace().collect::<Vec<_>>().join(".");
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            name: line(&settings.name_claim).unwrap_or_else(|| login.clone()),
            login,
            email,
            roles: Role::ALL.iter().filter(given).copied().collect(),
            values,
            company: line(&settings.company_claim),
            participant: line(&settings.participant_claim),
        }
    }

    /// The person here, with that id and login.
    ///
    /// # Errors
    /// When nothing that the provider says gives a role, or the roles do not go with the company.
    pub fn person(&self, id: String, login: String, state: PersonState) -> Result<Person, NoRole> {
        let outside = self.roles.iter().any(|role| !role.is_staff());
        let person = Person {
            id,
            login,
            name: self.name.clone(),
            email: self.email.clone(),
            roles: self.roles.clone(),
            // A provider tells everybody's company; here it means whose cases are one's own.
            company: self.company.clone().filter(|_| outside),
            participant: self.participant.clone().filter(|_| self.roles.contains(&Role::Participant)),
            state,
        };
        if self.roles.is_empty() {
            return Err(NoRole(match self.values.as_slice() {
                [] => "The provider names no group or role of yours".to_owned(),
                _ => "None of the groups or roles that the provider names gives a role here".to_owned(),
            }));
        }
        match person.contradiction() {
            Some(why) => Err(NoRole(why.to_owned())),
            None => Ok(person),
        }
    }
}

/// A claim by its name, or by its way through objects: `realm_access.roles`.
pub(super) fn claim<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    let name = name.trim();
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    rest.split('.').try_fold(claims.get(first)?, |value, step| value.get(step))
}

/// A claim as one line of text.
fn line(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claim(claims, name)?.as_str()?;
    Some(short(text)).filter(|text| !text.is_empty())
}

fn short(text: &str) -> String {
    let line: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    line.trim().to_owned()
}

/// The texts of a claim that holds one or several; of an object, as some providers send it, its keys.
fn values(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    match claim(claims, name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(claims: Value) -> Told {
        let config = crate::config::Config::parse(
            "t",
            "[server]\npublic_url = \"https://p.example\"\n[login.oidc]\nissuer = \"https://id.example\"\nclient_id = \"p\"\nroles_claim = \"realm_access.roles\"\n\
             company_claim = \"company\"\nparticipant_claim = \"registry_id\"\n[login.oidc.roles]\nagent = [\"desk\"]\nlead = [\"desk-leads\"]\nparticipant = [\"dspp\"]\n",
        );
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        Told::read(&config.unwrap().login.oidc, "https://id.example", "s-1", &claims)
    }

    fn person(claims: Value) -> Result<Person, NoRole> {
        told(claims).person("per_1".to_owned(), "noor".to_owned(), PersonState::Active)
    }

    #[test]
    fn roles_come_from_the_claim_wherever_it_stands_and_in_whatever_form() {
        let roles = |value: Value| told(json!({"realm_access": {"roles": value}})).roles;
        assert_eq!(roles(json!(["desk", "other", "desk-leads"])), [Role::Agent, Role::Lead]);
        assert_eq!(roles(json!("desk")), [Role::Agent]);
        assert_eq!(roles(json!({"desk": {"org": "x"}})), [Role::Agent]);
        assert_eq!(roles(json!(["Desk", 4, null])), []);
        assert_eq!(told(json!({"realm_access.roles": ["desk"]})).roles, [Role::Agent], "a name with a dot in it");
    }

    #[test]
    fn a_login_is_found_and_has_no_space_in_it() {
        assert_eq!(told(json!({"preferred_username": "Noor Haddad"})).login, "noor.haddad");
        assert_eq!(told(json!({"email": "Noor@x.example"})).login, "noor@x.example");
        let nameless = told(json!({}));
        assert_eq!((nameless.login.as_str(), nameless.name.as_str()), ("s-1", "s-1"));
    }

    #[test]
    fn somebody_without_a_role_or_with_roles_that_do_not_go_together_has_no_place() {
        assert!(person(json!({})).unwrap_err().0.contains("names no group"));
        assert!(person(json!({"realm_access": {"roles": ["x"]}})).unwrap_err().0.contains("None of the groups"));
        let both = json!({"realm_access": {"roles": ["desk", "dspp"]}, "company": "Hotelia", "registry_id": "hotelia"});
        assert!(person(both).unwrap_err().0.contains("choose one side"));
        let one = person(json!({"realm_access": {"roles": ["dspp"]}, "company": "Hotelia", "registry_id": "hotelia"}))
            .unwrap();
        assert_eq!((one.company.as_deref(), one.participant.as_deref()), (Some("Hotelia"), Some("hotelia")));
        let staff = person(json!({"realm_access": {"roles": ["desk"]}, "company": "ALE"})).unwrap();
        assert_eq!(staff.company, None, "whose company is no matter here");
    }
}
