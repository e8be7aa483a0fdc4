//! ALE's ticket system, played in the manner of ServiceNow's table API: as much of it as a case needs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// The tables that tickets may be kept in, and what their numbers begin with.
const TABLES: [(&str, &str); 2] = [("incident", "INC"), ("sn_customerservice_case", "CS")];
/// So many tickets are kept; the oldest make room.
const MOST: usize = 1000;
/// The fields that add to a ticket's journal rather than replace what was there.
const JOURNAL: [&str; 2] = ["comments", "work_notes"];
/// The states of an incident, and what people call them.
pub const STATES: [(&str, &str); 6] =
    [("1", "New"), ("2", "In progress"), ("3", "On hold"), ("6", "Resolved"), ("7", "Closed"), ("8", "Cancelled")];
/// Who works on tickets there.
const ENGINEER: &str = "ale.engineer";

/// A ticket.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Ticket {
    /// The table that it is kept in.
    pub table: &'static str,
    /// Its key.
    pub sys_id: String,
    /// What stands on it.
    pub fields: Map<String, Value>,
    /// What was added to it, the newest last.
    pub journal: Vec<String>,
    /// How often it changed.
    pub changes: u64,
}

/// The tickets.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    tickets: Vec<Ticket>,
}

impl Tickets {
    /// Answers a call: `api/now/table/TABLE` makes and finds tickets, with `/SYS_ID` behind it one is read or changed.
    pub(super) fn answer(&self, method: &Method, path: &str, query: &str, said: &Value) -> (StatusCode, Value) {
        let mut parts = path.trim_matches('/').split('/').skip_while(|part| *part != "table").skip(1);
        let (table, sys_id, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let Some((table, prefix)) = TABLES.into_iter().find(|(name, _)| *name == table && more.is_none()) else {
            return error(StatusCode::BAD_REQUEST, "Invalid table");
        };
        let mut kept = self.kept();
        match (method.as_str(), sys_id) {
            ("POST", None) => (StatusCode::CREATED, json!({ "result": kept.create(table, prefix, said) })),
            ("GET", None) => (StatusCode::OK, json!({ "result": kept.find(table, query) })),
            ("GET" | "PATCH" | "PUT", Some(sys_id)) => match kept.ticket(table, sys_id) {
                Some(ticket) => {
                    ticket.say(said);
                    (StatusCode::OK, json!({ "result": ticket.fields }))
                }
                None => error(StatusCode::NOT_FOUND, "No Record found"),
            },
            _ => error(StatusCode::METHOD_NOT_ALLOWED, "Method not supported"),
        }
    }

    /// One ticket.
    pub(super) fn get(&self, table: &str, sys_id: &str) -> Option<Ticket> {
        self.kept().ticket(table, sys_id).cloned()
    }

    /// Where the ticket of an answer stands on the page.
    pub(super) fn place(&self, answer: &Value) -> Option<String> {
        let sys_id = answer["result"]["sys_id"].as_str()?;
        let kept = self.kept();
        let ticket = kept.tickets.iter().find(|ticket| ticket.sys_id == sys_id)?;
        Some(format!("/ticket/{}/{sys_id}", ticket.table))
    }

    /// An engineer works on a ticket; what a business rule of the system then sends.
    pub(super) fn work_on(&self, table: &str, sys_id: &str, state: &str, notes: &str) -> Option<Value> {
        let mut kept = self.kept();
        let ticket = kept.ticket(table, sys_id)?;
        ticket.say(&json!({ "state": state, "close_notes": notes }));
        Some(json!({
            "event": "incident.updated",
            "sys_id": ticket.sys_id,
            "sys_mod_count": ticket.changes.to_string(),
            "sys_updated_by": ENGINEER,
            "number": ticket.fields.get("number"),
            "state": state,
            "close_notes": notes,
            "correlation_id": ticket.fields.get("correlation_id"),
        }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    fn say(&mut self, said: &Value) {
        let Value::Object(fields) = said else { return };
        for (name, value) in fields {
            match value.as_str().filter(|_| JOURNAL.contains(&name.as_str())) {
                Some(text) => self.journal.push(text.to_owned()),
                None => drop(self.fields.insert(name.clone(), value.clone())),
            }
        }
        self.changes += 1;
    }
}

impl Kept {
    fn ticket(&mut self, table: &str, sys_id: &str) -> Option<&mut Ticket> {
        self.tickets.iter_mut().find(|ticket| ticket.table == table && ticket.sys_id == sys_id)
    }

    fn create(&mut self, table: &'static str, prefix: &str, said: &Value) -> Value {
        self.count += 1;
        let sys_id = format!("{:032x}", (u128::from(self.count) << 64) | 0xa1e);
        let mut ticket = Ticket { table, sys_id, fields: Map::new(), journal: Vec::new(), changes: 0 };
        let number = format!("{prefix}{:07}", 10_000 + self.count);
        ticket.say(&json!({ "state": "1" }));
        ticket.say(said);
        ticket.say(&json!({ "sys_id": ticket.sys_id, "number": number }));
        ticket.changes = 0;
        let answer = Value::Object(ticket.fields.clone());
        if self.tickets.len() >= MOST {
            self.tickets.remove(0);
        }
        self.tickets.push(ticket);
        answer
    }

    /// The tickets whose fields are all as the query says, `field=value`, or `sysparm_query=field=value^...`.
    fn find(&self, table: &str, query: &str) -> Vec<&Map<String, Value>> {
        let mut conditions = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name == "sysparm_query" {
                let pairs = value.split('^').filter_map(|condition| condition.split_once('='));
                conditions.extend(pairs.map(|(field, value)| (field.to_owned(), value.to_owned())));
            } else if !name.starts_with("sysparm_") {
                conditions.push((name.into_owned(), value.into_owned()));
            }
        }
        let is =
            |ticket: &Ticket, field: &str, value: &str| ticket.fields.get(field).and_then(Value::as_str) == Some(value);
        let fits = |ticket: &&Ticket| {
            ticket.table == table && conditions.iter().all(|(field, value)| is(ticket, field, value))
        };
        self.tickets.iter().filter(fits).map(|ticket| &ticket.fields).collect()
    }
}

/// What a call came to, in words; none for those that came to nothing.
pub(super) fn outcome(method: &Method, status: StatusCode, answer: &Value) -> Option<String> {
    let number = answer["result"]["number"].as_str();
    match (method.as_str(), number, status.is_success()) {
        ("POST", Some(number), true) => Some(format!("{number} opened")),
        ("PATCH" | "PUT", Some(number), true) => Some(format!("{number} told the news")),
        ("GET", _, true) => Some("looked for a ticket".to_owned()),
        _ => None,
    }
}

fn error(status: StatusCode, message: &str) -> (StatusCode, Value) {
    (status, json!({ "error": { "message": message, "detail": "" }, "status": "failure" }))
}
