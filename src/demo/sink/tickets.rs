//! ALE's ticket system, played in the manner of ServiceNow's table API: as much of it as a case needs.

use std::sync::{Mutex, PoisonError};

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// The tables that tickets may be kept in, and what their numbers begin with.
const TABLES: [(&str, &str); 2] = [("incident", "INC"), ("sn_customerservice_case", "CS")];
/// So many tickets are kept; the oldest make room.
const MOST: usize = 1000;

/// The tickets.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    tickets: Vec<Ticket>,
}

#[derive(Debug)]
struct Ticket {
    table: &'static str,
    sys_id: String,
    fields: Map<String, Value>,
}

impl Tickets {
    /// Answers a call: `api/now/table/TABLE` makes and finds tickets, with `/SYS_ID` behind it one is read or changed.
    pub(super) fn answer(&self, method: &Method, path: &str, query: &str, said: &Value) -> (StatusCode, Value) {
        let mut parts = path.trim_matches('/').split('/').skip_while(|part| *part != "table").skip(1);
        let (table, sys_id, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let Some((table, prefix)) = TABLES.into_iter().find(|(name, _)| *name == table && more.is_none()) else {
            return error(StatusCode::BAD_REQUEST, "Invalid table");
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (method.as_str(), sys_id) {
            ("POST", None) => (StatusCode::CREATED, json!({ "result": kept.create(table, prefix, said) })),
            ("GET", None) => (StatusCode::OK, json!({ "result": kept.find(table, query) })),
            ("GET" | "PATCH" | "PUT", Some(sys_id)) => {
                let found = kept.tickets.iter_mut().find(|ticket| ticket.table == table && ticket.sys_id == sys_id);
                let Some(ticket) = found else { return error(StatusCode::NOT_FOUND, "No Record found") };
                if let Value::Object(fields) = said {
                    ticket.fields.extend(fields.clone());
                }
                (StatusCode::OK, json!({ "result": ticket.fields }))
            }
            _ => error(StatusCode::METHOD_NOT_ALLOWED, "Method not supported"),
        }
    }
}

impl Kept {
    fn create(&mut self, table: &'static str, prefix: &str, said: &Value) -> Value {
        self.count += 1;
        let sys_id = format!("{:032x}", u128::from(self.count) << 64 | 0xa1e);
        let mut fields = said.as_object().cloned().unwrap_or_default();
        fields.insert("sys_id".to_owned(), json!(sys_id));
        fields.insert("number".to_owned(), json!(format!("{prefix}{:07}", 10_000 + self.count)));
        fields.entry("state").or_insert_with(|| json!("1"));
        fields.insert("sys_mod_count".to_owned(), json!("0"));
        let answer = Value::Object(fields.clone());
        if self.tickets.len() >= MOST {
            self.tickets.remove(0);
        }
        self.tickets.push(Ticket { table, sys_id, fields });
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

fn error(status: StatusCode, message: &str) -> (StatusCode, Value) {
    (status, json!({ "error": { "message": message, "detail": "" }, "status": "failure" }))
}
