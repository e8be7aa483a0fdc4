//! What somebody asks the queue for: the tab, the filters, the order and the place, as they stand in the address.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::cases::Status;
use crate::closed::closed;
use crate::registry::index::Registry;
use crate::registry::names::Name;
use crate::store::{Filter, Order};
use crate::triage::facts::Phase;
use crate::triage::outcome::{Route, Stage};
use crate::web::pages::filled::Filled;
use crate::web::pages::words;

closed! {
    /// The tabs: whom eSRs wait for.
    Tab {
        /// An agent.
        Agent = "agent",
        /// ALE.
        Ale = "ale",
        /// The participant.
        Participant = "participant",
        /// The partner.
        Partner = "partner",
        /// A payment.
        Payment = "payment",
        /// Anybody or nobody, but not closed.
        Open = "open",
        /// Nobody any more.
        Closed = "closed",
        /// All there are.
        All = "all",
    }
}

impl Tab {
    /// What it is called.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Agent => "For an agent",
            Self::Ale => "For ALE",
            Self::Participant => "For the participant",
            Self::Partner => "For the partner",
            Self::Payment => "For payment",
            Self::Open => "All open",
            Self::Closed => "Closed",
            Self::All => "All",
        }
    }

    /// The one status that it shows.
    pub(super) fn status(self) -> Option<Status> {
        match self {
            Self::Agent => Some(Status::WaitingAgent),
            Self::Ale => Some(Status::WaitingAle),
            Self::Participant => Some(Status::WaitingParticipant),
            Self::Partner => Some(Status::WaitingPartner),
            Self::Payment => Some(Status::WaitingPayment),
            Self::Closed => Some(Status::Closed),
            Self::Open | Self::All => None,
        }
    }

    /// Whether what it shows can be sorted by urgency: what is closed has none.
    pub(super) fn has_urgency(self) -> bool {
        !matches!(self, Self::Closed | Self::All)
    }
}

/// The filters, in the order of the form.
const FILTERS: [&str; 9] = ["q", "route", "stage", "severity", "phase", "filer", "participant", "since", "before"];
/// The longest value that is looked for.
const LONGEST: usize = 300;

/// What is asked for. Only what can be meant is kept; the rest is named in `wrong`.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    tab: Option<Tab>,
    order: Option<Order>,
    /// The filters that are set: name and value.
    set: Vec<(&'static str, String)>,
    /// What the participant is called whose eSRs are asked for.
    participant: Option<String>,
    /// Where the page before ended.
    pub(super) after: Option<String>,
    /// What could not be meant.
    pub(super) wrong: Vec<String>,
}

/// A filter that is set.
pub(super) struct Chip {
    /// What it is: "Route".
    pub(super) label: &'static str,
    /// What it is set to, for people.
    pub(super) value: String,
    /// The page without it.
    pub(super) without: String,
}

impl Asked {
    /// What a query asks for.
    pub(super) fn read(query: &Filled) -> Self {
        let mut asked = Self { after: query.given("after").map(str::to_owned), ..Self::default() };
        if let Some(word) = query.given("tab") {
            asked.tab = Tab::parse(word);
            asked.note("tab", word, asked.tab.is_some());
        }
        if let Some(word) = query.given("order") {
            asked.order = Order::parse(word);
            asked.note("order", word, asked.order.is_some());
        }
        for name in FILTERS {
            let Some(value) = query.given(name) else { continue };
            let known = value.len() <= LONGEST && !value.contains(char::is_control) && is_known(name, value);
            asked.note(name, value, known);
            if known {
                asked.set.push((name, value.to_owned()));
            }
        }
        asked
    }

    /// The same, with the participant's id where its name was typed.
    pub(super) fn knowing(mut self, registry: &Registry) -> Self {
        let typed = self.value("participant").to_owned();
        let named = || Name::company(&typed).map(|name| registry.company_names().equal(&name));
        let found = registry.participant_by_id(&typed).or_else(|| match named()?[..] {
            [one] => Some(registry.participant(one)),
            _ => None,
        });
        if let Some(found) = found {
            self.participant = Some(found.name.clone());
            for (_, value) in self.set.iter_mut().filter(|(name, _)| *name == "participant") {
                value.clone_from(&found.id);
            }
        }
        self
    }

    /// What stands in the filter of the participant: its name, where it is known.
    pub(super) fn participant(&self) -> &str {
        self.participant.as_deref().unwrap_or_else(|| self.value("participant"))
    }

    fn note(&mut self, name: &str, value: &str, known: bool) {
        if !known {
            let value: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
            self.wrong.push(format!("{} “{value}” is not known here and was left out.", label(name)));
        }
    }

    /// The tab.
    pub(super) fn tab(&self) -> Tab {
        self.tab.unwrap_or(Tab::Agent)
    }

    /// The order: by urgency where somebody waits, else the newest first.
    pub(super) fn order(&self) -> Order {
        let tab = self.tab();
        match self.order {
            // What is searched for is read off the index of words, which knows no urgency.
            _ if !self.value("q").is_empty() => Order::Newest,
            Some(order) if tab.has_urgency() => order,
            None if tab.has_urgency() && tab != Tab::Open => Order::Urgent,
            _ => Order::Newest,
        }
    }

    /// Whether the newest come first.
    pub(super) fn is_newest(&self) -> bool {
        self.order() == Order::Newest
    }

    /// What a filter is set to; empty when it is not.
    pub(super) fn value(&self, name: &str) -> &str {
        self.set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether a filter besides the text is set.
    pub(super) fn is_filtered(&self) -> bool {
        self.set.iter().any(|(name, _)| *name != "q")
    }

    /// Whether nothing at all is asked for.
    pub(super) fn is_bare(&self) -> bool {
        self.tab.is_none() && self.order.is_none() && self.set.is_empty() && self.after.is_none()
    }

    /// The filter for the store.
    pub(super) fn filter(&self) -> Filter {
        let given = |name| Some(self.value(name).to_owned()).filter(|value| !value.is_empty());
        Filter {
            status: self.tab().status(),
            open: self.tab() == Tab::Open,
            text: given("q"),
            route: given("route"),
            stage: given("stage"),
            severity: self.value("severity").parse().ok(),
            phase: Phase::parse(self.value("phase")),
            filer: given("filer"),
            participant: given("participant"),
            since: time(self.value("since")),
            before: time(self.value("before")),
            ..Filter::default()
        }
    }

    /// The query without a place: what a saved view keeps.
    pub(super) fn query(&self) -> String {
        self.query_with(self.tab, &self.set, None)
    }

    fn query_with(&self, tab: Option<Tab>, set: &[(&'static str, String)], after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("tab", tab.unwrap_or(Tab::Agent).as_str());
        if let Some(order) = self.order {
            query.append_pair("order", order.as_str());
        }
        for (name, value) in set {
            query.append_pair(name, value);
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        query.finish()
    }

    /// The same filters in another tab.
    pub(super) fn in_tab(&self, tab: Tab) -> String {
        format!("/queue?{}", self.query_with(Some(tab), &self.set, None))
    }

    /// The same in another order.
    pub(super) fn in_order(&self, order: Order) -> String {
        let asked = Self { order: Some(order), ..self.clone() };
        format!("/queue?{}", asked.query())
    }

    /// The page after a place; the first one without.
    pub(super) fn page(&self, after: Option<&str>) -> String {
        format!("/queue?{}", self.query_with(self.tab, &self.set, after))
    }

    /// This very page.
    pub(super) fn here(&self) -> String {
        self.page(self.after.as_deref())
    }

    /// The query of this very page.
    pub(super) fn whole_query(&self) -> String {
        self.query_with(self.tab, &self.set, self.after.as_deref())
    }

    /// Its parts, for a form.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.whole_query().as_bytes()).into_owned().collect()
    }

    /// Where the rows of this very page are.
    pub(super) fn rows(&self) -> String {
        format!("/queue/rows?{}", self.whole_query())
    }

    /// The same tab without any filter.
    pub(super) fn unfiltered(&self) -> String {
        format!("/queue?{}", self.query_with(self.tab, &[], None))
    }

    /// The filters that are set, each with the page without it.
    pub(super) fn chips(&self) -> Vec<Chip> {
        let chip = |(name, value): &(&'static str, String)| Chip {
            label: label(name),
            value: self.shown(name, value),
            without: format!("/queue?{}", self.without(name).query()),
        };
        self.set.iter().map(chip).collect()
    }

    /// A filter's value, for people.
    fn shown(&self, name: &str, value: &str) -> String {
        match name {
            "route" => words::route(value),
            "stage" => words::stage(value),
            "participant" => self.participant(),
            _ => value,
        }
        .to_owned()
    }

    /// The same without one filter.
    fn without(&self, name: &str) -> Self {
        let set = self.set.iter().filter(|(known, _)| *known != name).cloned().collect();
        Self { set, after: None, ..self.clone() }
    }

    /// Ways to ask for less: the same without each of the filters, and in all tabs.
    pub(super) fn looser(&self) -> Vec<(String, Self)> {
        let mut all: Vec<_> = self
            .set
            .iter()
            .map(|(name, value)| {
                (format!("without {} “{}”", label(name).to_lowercase(), self.shown(name, value)), self.without(name))
            })
            .collect();
        if self.tab() != Tab::All {
            let everywhere = Self { tab: Some(Tab::All), order: None, after: None, ..self.clone() };
            all.push(("whomever they wait for, closed ones too".to_owned(), everywhere));
        }
        all
    }
}

fn is_known(name: &str, value: &str) -> bool {
    match name {
        "route" => Route::parse(value).is_some(),
        "stage" => Stage::parse(value).is_some(),
        "severity" => matches!(value, "1" | "2" | "3" | "4"),
        "phase" => Phase::parse(value).is_some(),
        "since" | "before" => time(value).is_some(),
        _ => true,
    }
}

/// A day's beginning in UTC, or an exact time.
fn time(text: &str) -> Option<Timestamp> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    match day {
        Some(day) => day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
        None => text.parse().ok(),
    }
}

fn label(name: &str) -> &'static str {
    match name {
        "q" => "Words",
        "route" => "Route",
        "stage" => "Stage",
        "severity" => "Severity",
        "phase" => "Phase",
        "filer" => "Filed by",
        "participant" => "Participant",
        "since" => "Received from",
        "before" => "Received before",
        "tab" => "Tab",
        _ => "Order",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(&Filled::parse(query.as_bytes()))
    }

    #[test]
    fn what_waits_for_an_agent_comes_first_by_urgency() {
        let nothing = asked("");
        assert!(nothing.is_bare());
        assert_eq!((nothing.tab(), nothing.order()), (Tab::Agent, Order::Urgent));
        assert_eq!(asked("tab=closed&order=urgent").order(), Order::Newest);
        assert_eq!(asked("tab=open&order=urgent").order(), Order::Urgent);
        assert_eq!(asked("tab=open").order(), Order::Newest);
    }

    #[test]
    fn filters_stand_in_the_address_and_can_be_taken_away_one_by_one() {
        let asked = asked("tab=ale&route=returned&severity=1&q=caf%C3%A9+%26+bar&after=x&since=2026-11-20");
        let chips = asked.chips();
        assert_eq!(chips.len(), 4);
        assert_eq!(chips[0].value, "café & bar");
        assert_eq!(chips[0].without, "/queue?tab=ale&route=returned&severity=1&since=2026-11-20");
        assert_eq!(asked.filter().severity, Some(1));
        assert_eq!(asked.filter().since, Some("2026-11-20T00:00:00Z".parse().unwrap()));
        assert!(asked.rows().ends_with("&after=x") && !asked.query().contains("after"));
        assert_eq!(Asked::read(&Filled::parse(asked.query().as_bytes())).chips().len(), 4);
    }

    #[test]
    fn a_participant_is_found_by_its_name_too_and_shown_by_it() {
        let document =
            crate::registry::document::parse("registry", include_bytes!("../../../../fixtures/registry.json"));
        let registry = Registry::new(document.unwrap());
        for typed in ["hotelia", "Hotelia+Systems", "HOTELIA+systems+SA"] {
            let asked = asked(&format!("participant={typed}")).knowing(&registry);
            assert_eq!(asked.filter().participant.as_deref(), Some("hotelia"), "{typed}");
            assert_eq!((asked.participant(), asked.chips()[0].value.as_str()), ("Hotelia Systems", "Hotelia Systems"));
        }
        let nobody = asked("participant=Hotelai").knowing(&registry);
        assert_eq!((nobody.filter().participant.as_deref(), nobody.participant()), (Some("Hotelai"), "Hotelai"));
    }

    #[test]
    fn what_cannot_be_meant_is_named_and_left_out() {
        let asked = asked("tab=mine&severity=9&route=nowhere&since=yesterday&phase=%00");
        assert_eq!(asked.wrong.len(), 5, "{:?}", asked.wrong);
        assert!(asked.chips().is_empty());
        assert_eq!(asked.tab(), Tab::Agent);
    }
}
