//! Where deliveries stand still: by endpoint, the one with the most given up first, and what to do about each.

use jiff::Timestamp;
use url::form_urlencoded::byte_serialize;

use super::counted;
use crate::deliver::circuit::State;
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::{Endpoint, EndpointState};
use crate::store::{StoreError, Trouble};
use crate::triage::outcome::Side;
use crate::web::Web;

/// So many of each state are looked at.
const NEWEST: u32 = 5_000;

/// The deliveries to one endpoint, or without a channel to one party, that did not arrive.
pub(in crate::web::pages) struct Group {
    /// The endpoint's name; none where there is no channel.
    pub(in crate::web::pages) endpoint: Option<String>,
    /// Who is not told.
    pub(in crate::web::pages) party: String,
    pub(in crate::web::pages) side: Side,
    /// Given up, or without a channel.
    pub(in crate::web::pages) lost: u64,
    /// Waiting after a try that failed.
    pub(in crate::web::pages) waiting: u64,
    /// When the oldest of them was stored.
    pub(in crate::web::pages) oldest: Timestamp,
    /// Why it is disabled.
    pub(in crate::web::pages) disabled: Option<String>,
    /// Nothing is sent there just now, as this node sees it.
    pub(in crate::web::pages) circuit: Option<State>,
    /// Since when nothing succeeded there.
    pub(in crate::web::pages) failing_since: Option<Timestamp>,
}

impl Group {
    /// How many were lost, as far as they were counted.
    pub(in crate::web::pages) fn lost_shown(&self) -> String {
        counted(self.lost, NEWEST)
    }

    /// What the side is called.
    pub(in crate::web::pages) fn side_title(&self) -> &'static str {
        crate::web::pages::words::side(self.side)
    }

    /// The query that lists what was lost.
    pub(in crate::web::pages) fn query(&self) -> String {
        match &self.endpoint {
            Some(name) => format!("state=trouble&endpoint={}", byte_serialize(name.as_bytes()).collect::<String>()),
            None => format!("state=unaddressed&side={}", self.side),
        }
    }

    /// Whether something has to be done before sending again makes sense.
    pub(in crate::web::pages) fn mend_first(&self) -> bool {
        self.disabled.is_some() || self.endpoint.is_none()
    }
}

/// The groups, those with the most given up first. Endpoints where everything arrives are left out.
///
/// # Errors
/// When the database does not answer.
pub(in crate::web::pages) async fn groups(web: &Web) -> Result<Vec<Group>, StoreError> {
    let found = web.app.store.trouble_by_endpoint(NEWEST).await?;
    let (directory, now) = (web.app.directory(), web.app.clock.now());
    let mut groups: Vec<Group> = Vec::new();
    for Trouble { endpoint_id, state, side, party, count, tried, oldest, .. } in found {
        let endpoint = endpoint_id.as_deref().and_then(|id| directory.get(id)).map(|known| &*known.endpoint);
        let name = endpoint_id.as_ref().map(|id| endpoint.map_or_else(|| id.clone(), |known| known.name.clone()));
        let lost = matches!(state, DeliveryState::Dead | DeliveryState::Unaddressed);
        let (lost, waiting) = if lost { (count, 0) } else { (0, tried) };
        if lost + waiting == 0 {
            continue;
        }
        let same = |group: &&mut Group| match &name {
            Some(name) => group.endpoint.as_ref() == Some(name),
            None => group.endpoint.is_none() && group.side == side,
        };
        if let Some(group) = groups.iter_mut().find(same) {
            group.lost += lost;
            group.waiting += waiting;
            group.oldest = group.oldest.min(oldest);
            if group.party != party {
                group.party = String::new();
            }
            continue;
        }
        let circuit = endpoint_id.as_deref().and_then(|id| web.app.lanes.seen(id, now)).map(|seen| seen.circuit.state);
        groups.push(Group {
            endpoint: name,
            party,
            side,
            lost,
            waiting,
            oldest,
            disabled: endpoint.and_then(disabled),
            circuit: circuit.filter(|state| *state != State::Closed),
            failing_since: endpoint.and_then(|endpoint| endpoint.failing_since),
        });
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.lost), std::cmp::Reverse(group.waiting)));
    Ok(groups)
}

/// Why an endpoint is disabled.
fn disabled(endpoint: &Endpoint) -> Option<String> {
    let reason = || endpoint.reason.clone().unwrap_or_else(|| "disabled".to_owned());
    (endpoint.state == EndpointState::Disabled).then(reason)
}
