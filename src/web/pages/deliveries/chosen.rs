//! Which deliveries a page is about: what its address says, and addresses that say something else.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded::Serializer;

use crate::closed::closed;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::MAIL_SYSTEM;
use crate::notify::policy::TOLD;
use crate::store::{Delivery, DeliveryFilter, Page, StoreError};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::pages::filled::Filled;

closed! {
    /// How far the deliveries of a list are.
    Which {
        /// Given up, or without a channel: somebody has to do something.
        Trouble = "trouble",
        /// Waiting to be sent, or to be sent again.
        Pending = "pending",
        /// Arrived.
        Delivered = "delivered",
        /// All of them.
        All = "all",
        /// Given up.
        Dead = "dead",
        /// Without a channel.
        Unaddressed = "unaddressed",
    }
}

impl Which {
    /// The states of these deliveries.
    pub(super) fn states(self) -> &'static [DeliveryState] {
        match self {
            Self::Trouble => &[DeliveryState::Dead, DeliveryState::Unaddressed],
            Self::Pending => &[DeliveryState::Pending],
            Self::Delivered => &[DeliveryState::Delivered],
            Self::All => DeliveryState::ALL,
            Self::Dead => &[DeliveryState::Dead],
            Self::Unaddressed => &[DeliveryState::Unaddressed],
        }
    }

    /// What the list is called.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Trouble => "In trouble",
            Self::Pending => "Waiting",
            Self::Delivered => "Arrived",
            Self::All => "All",
            Self::Dead => "Did not arrive",
            Self::Unaddressed => "No channel",
        }
    }
}

/// Which deliveries were asked for.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) which: Which,
    pub(super) filter: DeliveryFilter,
    /// What of the address could not be understood, in sentences.
    pub(super) wrong: Vec<String>,
    /// The filter's fields as they were filled in, without the state and the page.
    fields: Vec<(&'static str, String)>,
}

const FIELDS: [&str; 6] = ["endpoint", "side", "reference", "esr", "since", "until"];

impl Chosen {
    /// Reads an address.
    pub(super) fn read(web: &Web, asked: &Filled) -> Self {
        let mut wrong = Vec::new();
        let mut refuse = |what: &str, said: &str| {
            let said: String = said.chars().take(60).collect();
            wrong.push(format!("{what}: \"{said}\" was not understood and left out."));
        };
        let which = match asked.given("state") {
            None => Which::Trouble,
            Some(word) => Which::parse(word).unwrap_or_else(|| {
                refuse("State", word);
                Which::Trouble
            }),
        };
        let side = asked.given("side").and_then(|word| {
            let found = Side::parse(word).filter(|side| TOLD.contains(side));
            if found.is_none() {
                refuse("Side", word);
            }
            found
        });
        let mut time = |name: &str, title: &str, end: bool| {
            let text = asked.given(name)?;
            let found = day(text, end);
            if found.is_none() {
                refuse(title, text);
            }
            found
        };
        let (since, before) = (time("since", "From", false), time("until", "To", true));
        let endpoint_id = asked.given("endpoint").map(|name| {
            endpoint_id(web, name).unwrap_or_else(|| {
                refuse("Endpoint", name);
                // One that is not there has no deliveries.
                "none".to_owned()
            })
        });
        let text = |name: &str| asked.given(name).map(|text| text.chars().take(200).collect::<String>());
        let filter = DeliveryFilter {
            esr_id: text("esr"),
            reference: text("reference"),
            endpoint_id,
            state: None,
            side,
            party: None,
            since,
            before,
        };
        let fields = FIELDS.iter().filter_map(|name| Some((*name, text(name)?))).collect();
        Self { which, filter, wrong, fields }
    }

    /// What stands in a field of the filter.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// The filter's fields.
    pub(super) fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }

    /// Whether anything narrows the list but the state.
    pub(super) fn narrowed(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The address of the same list, at `after` where that is given.
    pub(super) fn address(&self, after: Option<&str>) -> String {
        self.address_of(self.which, after)
    }

    /// The address of the list in other states.
    pub(super) fn address_of(&self, which: Which, after: Option<&str>) -> String {
        format!("/deliveries?{}", self.query(which, after))
    }

    /// The same as a query.
    pub(super) fn query(&self, which: Which, after: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("state", which.as_str());
        query.extend_pairs(&self.fields);
        query.extend_pairs(after.map(|after| ("after", after)));
        query.finish()
    }

    /// A page of them, the newest first.
    pub(super) async fn page(&self, web: &Web, after: Option<&str>, limit: u32) -> Result<Page<Delivery>, StoreError> {
        match self.which {
            Which::All => web.app.store.deliveries(&self.filter, after, limit).await,
            which => web.app.store.deliveries_in(which.states(), &self.filter, after, limit).await,
        }
    }

    /// How many there are, counted up to `most` of each state.
    pub(super) async fn count(&self, web: &Web, which: Which, most: u32) -> Result<u64, StoreError> {
        let mut count = 0;
        for state in which.states() {
            let filter = DeliveryFilter { state: Some(*state), ..self.filter.clone() };
            count += web.app.store.count_deliveries(&filter, most).await?;
        }
        Ok(count)
    }
}

/// The endpoint of that name or id.
fn endpoint_id(web: &Web, name: &str) -> Option<String> {
    let directory = web.app.directory();
    let named = |id: &str, known: &str| name == known || name == id;
    directory.all().find(|known| named(&known.endpoint.id, &known.endpoint.name)).map(|known| known.endpoint.id.clone())
}

/// The endpoints that a list can be narrowed to, by name; the mail system first.
pub(super) fn endpoints(web: &Web) -> Vec<String> {
    let directory = web.app.directory();
    let mut all: Vec<_> =
        directory.all().map(|known| (known.endpoint.id != MAIL_SYSTEM, &known.endpoint.name)).collect();
    all.sort();
    // More than these are typed by hand: the page has to stay small.
    all.into_iter().take(300).map(|(_, name)| name.clone()).collect()
}

/// A time, or a day: its beginning, or its end.
fn day(text: &str, end: bool) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let day: Date = text.parse().ok()?;
    let day = if end { day.tomorrow().ok()? } else { day };
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
