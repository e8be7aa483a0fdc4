//! Our own letters on a case, so that none of their words is ever taken for a reply's: they show how an answer looks.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::App;
use crate::mail::reply::Reply;
use crate::mail::{Letter, compose_text};
use crate::notify::endpoint::Language;
use crate::store::{DeliveryFilter, StoreError, StoredEsr};

/// How many letters of a case are looked at, the newest.
const LETTERS: u32 = 60;

/// Cuts from the reply what it quotes of our letters on that case.
pub(super) async fn cut_below(app: &App, esr: &StoredEsr, reply: &mut Reply) -> Result<(), StoreError> {
    let headlines = headlines(app, esr).await?;
    reply.cut_below(&headlines);
    Ok(())
}

/// The first line of each letter on the case, in each language.
async fn headlines(app: &App, esr: &StoredEsr) -> Result<Vec<String>, StoreError> {
    let filter = DeliveryFilter { esr_id: Some(esr.id.clone()), ..DeliveryFilter::default() };
    let told = app.store.deliveries(&filter, None, LETTERS).await?.items;
    let messages = app.store.messages(&esr.id).await?;
    let mut headlines = BTreeSet::new();
    for delivery in &told {
        let Some(message) = messages.iter().find(|message| message.id == delivery.message_id) else { continue };
        for language in [Language::En, Language::Fr] {
            let letter = Letter {
                message_id: &message.id,
                at: delivery.created_at,
                data: message.payload.get("data").unwrap_or(&Value::Null),
                notice: delivery.notice,
                side: delivery.side,
                party: &delivery.party,
                address: &delivery.address,
                language,
                answer_by: delivery.answer_by,
                test: false,
                counter: 0,
                linked_at: delivery.created_at,
            };
            // `[BP-1] Your turn`: the tag stands in the subject alone.
            let title = compose_text(&letter).title;
            let headline = title.split_once("] ").map_or(title.as_str(), |(_, headline)| headline);
            headlines.insert(headline.to_owned());
        }
    }
    Ok(headlines.into_iter().collect())
}
