//! What the audit log keeps: who did what to what, and what came of it.

use crate::closed::closed;

closed! {
    /// Something that a person, or a system with an agent's or operator's key, did.
    Act {
        /// Signed in.
        SignedIn = "signed_in",
        /// Tried to, and may not.
        SignInFailed = "sign_in_failed",
        /// Signed out.
        SignedOut = "signed_out",
        /// Ended a session, one's own or another's.
        SessionEnded = "session_ended",
        /// Added somebody who may sign in.
        PersonAdded = "person_added",
        /// Changed somebody's roles, name, company or state.
        PersonChanged = "person_changed",
        /// Set a password, one's own.
        PasswordChanged = "password_changed",
        /// Made a link with which somebody sets a password.
        PasswordLinkMade = "password_link_made",
        /// Filed an eSR.
        Filed = "filed",
        /// Set another route.
        Override = "override",
        /// Disputed a route.
        Contest = "contest",
        /// Said something new about an eSR.
        Updated = "updated",
        /// Wrote a note.
        Note = "note",
        /// Read an attached file.
        AttachmentRead = "attachment_read",
        /// Attached a file.
        AttachmentAdded = "attachment_added",
        /// Said which entry a near name means.
        SettledName = "settled_name",
        /// Remembered another name for an entry.
        AliasAdded = "alias_added",
        /// Sent one message again.
        Replayed = "replayed",
        /// Sent many messages again.
        ReplayedMany = "replayed_many",
        /// Added an endpoint.
        EndpointAdded = "endpoint_added",
        /// Changed an endpoint, or switched it.
        EndpointChanged = "endpoint_changed",
        /// Gave an endpoint a new secret.
        EndpointRotated = "endpoint_rotated",
        /// Tried a connector.
        ConnectorTested = "connector_tested",
        /// Changed the registry.
        RegistryChanged = "registry_changed",
        /// Imported a whole registry.
        RegistryImported = "registry_imported",
        /// Tried another table of rules on what is stored.
        RulesTried = "rules_tried",
        /// Applied an answer that was held for an agent.
        AnswerApplied = "answer_applied",
        /// Dismissed one.
        AnswerDismissed = "answer_dismissed",
        /// Shared a view of the queue with everybody, or changed a shared one.
        ViewShared = "view_shared",
        /// Made a link in a letter worthless.
        LinkRevoked = "link_revoked",
        /// Exported the audit log.
        AuditExported = "audit_exported",
    }
}

closed! {
    /// What came of it.
    ActOutcome {
        /// It was begun; the process that did it told no end.
        Begun = "begun",
        /// Done.
        Done = "done",
        /// Refused, or it failed.
        Failed = "failed",
    }
}

closed! {
    /// What an act was about.
    Thing {
        /// Nothing but the service itself.
        Service = "service",
        /// Somebody who may sign in.
        Person = "person",
        /// A session.
        Session = "session",
        /// An eSR.
        Esr = "esr",
        /// An attached file.
        Attachment = "attachment",
        /// A message's way to its receiver.
        Delivery = "delivery",
        /// An endpoint.
        Endpoint = "endpoint",
        /// A connector.
        Connector = "connector",
        /// An entry of the registry.
        Entry = "entry",
        /// The registry as a whole.
        Registry = "registry",
        /// The routing table.
        Rules = "rules",
        /// An answer that came in.
        Inbound = "inbound",
        /// A saved view.
        View = "view",
        /// A link in a letter.
        Link = "link",
        /// The audit log.
        Audit = "audit",
    }
}

/// What an act was about: `About::new(Thing::Esr, &id)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What kind of thing.
    pub kind: Thing,
    /// Which; empty where there is but one.
    pub id: String,
}

impl About {
    /// That thing.
    #[must_use]
    pub fn new(kind: Thing, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// An eSR, by its id.
    #[must_use]
    pub fn esr(id: impl Into<String>) -> Self {
        Self::new(Thing::Esr, id)
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// The person, where one signed in.
    pub person_id: Option<String>,
    /// The key, where a system called.
    pub key_id: Option<String>,
    /// What it was called then: the person's name, the key's owner, or the login that was tried.
    pub name: String,
}

/// From where it was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// Its program, in short.
    pub agent: String,
}

impl Origin {
    /// The program in two words: "Firefox on Windows". What is not known is shown as it came.
    #[must_use]
    pub fn program(&self) -> String {
        let agent = self.agent.as_str();
        // The order matters: most browsers name others too.
        let browsers = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ];
        let systems = [
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ];
        let named =
            |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
        match (named(&browsers), named(&systems)) {
            (Some(browser), Some(system)) if agent.starts_with("Mozilla/") => format!("{browser} on {system}"),
            _ => agent.to_owned(),
        }
    }
}

impl Act {
    /// What it is called, for people.
    #[must_use]
    pub fn title(self) -> String {
        let words = self.as_str().replace('_', " ");
        let mut letters = words.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_two_words_and_what_is_none_stays_as_it_came() {
        let said = |agent: &str| Origin { agent: agent.to_owned(), ..Origin::default() }.program();
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        assert_eq!(said(chrome), "Chrome on Linux");
        assert_eq!(said(&format!("{} Edg/131.0", chrome.replace("X11; Linux", "Windows NT 10.0"))), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1";
        assert_eq!(said(phone), "Safari on iPhone");
        assert_eq!(said("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"), "Firefox on Windows");
        assert_eq!((said("curl/8.5.0"), said("")), ("curl/8.5.0".to_owned(), String::new()));
    }
}
