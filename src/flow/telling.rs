//! Whom a case's news go to, and both sides' numbers in them.

use super::{Refused, choose, evaluator_of_choice};
use crate::app::{App, Evaluator};
use crate::cases::Actor;
use crate::intake::esr::{Esr, FiledBy};
use crate::notify::{self, Directory, NewDelivery, Number, OutboxRow, To, Told, deliveries, outbox_rows};
use crate::store::{Counterpart, Delivery, StoredEsr};
use crate::triage::outcome::Side;

/// Whom a case's messages can go to.
pub(super) struct Recipients<'a> {
    pub(super) filed_by: &'a FiledBy,
    pub(super) reached: &'a [String],
    pub(super) origin: Option<&'a str>,
}

pub(super) fn recipients(
    app: &App,
    with: &Evaluator,
    told: &Told<'_>,
    outbox: &[OutboxRow],
    to: Recipients<'_>,
) -> Vec<NewDelivery> {
    let directory = app.directory();
    deliveries(told, outbox, &found_with(app, with, &directory, to), || app.clock.id("dlv"))
}

fn found_with<'a>(app: &App, with: &'a Evaluator, directory: &'a Directory, to: Recipients<'a>) -> To<'a> {
    To {
        policy: &with.notices,
        directory,
        registry: &with.registry,
        filed_by: to.filed_by,
        reached: to.reached,
        origin: to.origin,
        language: app.config.delivery.language,
        mail: app.post.is_some(),
    }
}

/// What a change of a case has to say, and to whom.
pub(super) fn messages(
    app: &App,
    with: &Evaluator,
    (before, after): (&StoredEsr, &StoredEsr),
    numbers: &[Number],
    origin: Option<&str>,
) -> (Vec<OutboxRow>, Vec<NewDelivery>) {
    let told = Told {
        esr_id: &after.id,
        filer: &after.filer,
        revision: after.revision,
        esr: &after.body,
        numbers,
        status_before: Some(before.status),
        status: after.status,
        before: Some(&before.decision),
        decision: &after.decision,
        at: after.updated_at,
    };
    let outbox = outbox_rows(&told);
    let to = Recipients { filed_by: &before.filed_by, reached: &before.reached, origin };
    let deliveries = recipients(app, with, &told, &outbox, to);
    (outbox, deliveries)
}

/// Who would be told if an agent sent the case to each of these places; nothing is stored.
///
/// # Errors
/// When what is stored of the eSR cannot be read any more.
pub async fn told_if(
    app: &App,
    case: &StoredEsr,
    actor: &Actor,
    places: &[(&str, &str)],
) -> Result<Vec<Vec<NewDelivery>>, Refused> {
    let with = evaluator_of_choice(app, case).await?;
    let told = places.iter().map(|&place| {
        let mut after = case.clone();
        choose(&mut after, &with, place, "", actor);
        messages(app, &with, (case, &after), &[], None).1
    });
    Ok(told.collect())
}

/// Where the side of a delivery that had no channel is reached now: the endpoint, and the address where that is the mail
/// system. `case` is the delivery's; `place` its route and stage when the message was stored.
pub fn channel(app: &App, delivery: &Delivery, case: &StoredEsr, place: (&str, &str)) -> Option<(String, String)> {
    let (with, directory) = (app.evaluator(), app.directory());
    let to = Recipients { filed_by: &case.filed_by, reached: &case.reached, origin: None };
    let to = found_with(app, &with, &directory, to);
    notify::channel(delivery.side, &delivery.party, delivery.event_type, place, &to)
}

/// Both sides' own numbers of a case.
pub fn numbers(esr: &Esr, filer: &str, tickets: &[Counterpart]) -> Vec<Number> {
    let number = |side, name: &str, number: &str| Number {
        side,
        name: name.to_owned(),
        number: number.to_owned(),
        url: None,
        status: None,
    };
    let mut all = vec![number(Side::BusinessPartner, filer, &esr.reference)];
    let case = esr.participant_case.as_ref().and_then(|case| case.number.as_deref());
    if let Some(case) = case.filter(|case| !case.trim().is_empty()) {
        let company = esr.third_party.as_ref().and_then(|third| third.company.as_deref());
        all.push(number(Side::Participant, company.unwrap_or("participant"), case));
    }
    for ticket in tickets {
        let Some(given) = &ticket.number else { continue };
        match all.iter_mut().find(|known| known.side == ticket.side && known.number == *given) {
            Some(known) => (known.url, known.status) = (ticket.url.clone(), ticket.status.clone()),
            None => all.push(Number {
                url: ticket.url.clone(),
                status: ticket.status.clone(),
                ..number(ticket.side, &ticket.party, given)
            }),
        }
    }
    all
}
