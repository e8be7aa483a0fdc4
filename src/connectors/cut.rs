//! What can be read of a JSON text that was cut off: an answer is read to a limit, and systems that repeat in it what they were
//! told put the number of their ticket before that.

use serde_json::Value;

/// The longest beginning of `body` that is whole when what stands open is closed; `None` when there is none.
pub(super) fn beginning(body: &[u8]) -> Option<Value> {
    let mut open: Vec<u8> = Vec::new();
    // Where the text may end, and what has to be closed there.
    let mut end: Option<(usize, Vec<u8>)> = None;
    let (mut in_string, mut escaped) = (false, false);
    for (at, &byte) in body.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                open.push(if byte == b'{' { b'}' } else { b']' });
                end = Some((at + 1, open.clone()));
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return None;
                }
                end = Some((at + 1, open.clone()));
            }
            b',' => end = Some((at, open.clone())),
            _ => {}
        }
    }
    let (at, open) = end?;
    let mut text = body.get(..at)?.to_vec();
    text.extend(open.iter().rev());
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_before_the_cut_is_read() {
        let whole =
            r#"{"ticket":{"id":35436,"tags":["a","b]{,"],"note":"x, \"y\" }"},"audit":{"events":[{"body":"long"#;
        let read = beginning(whole.as_bytes()).unwrap();
        let tags = json!(["a", "b]{,"]);
        assert_eq!(
            read,
            json!({ "ticket": { "id": 35436, "tags": tags, "note": "x, \"y\" }" }, "audit": { "events": [{}] } })
        );
    }

    #[test]
    fn a_value_that_the_cut_goes_through_is_not_guessed() {
        assert_eq!(beginning(br#"{"id":354"#), Some(json!({})));
        assert_eq!(beginning(br#"{"a":1,"id":354"#), Some(json!({ "a": 1 })));
        assert_eq!(beginning(br#"{"a":1,"id"#), Some(json!({ "a": 1 })));
    }

    #[test]
    fn what_is_no_json_gives_nothing() {
        for text in ["", "<html>", "35", "}", "{]", "[1 2,"] {
            assert_eq!(beginning(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn each_cut_of_an_answer_gives_a_part_of_it_or_nothing() {
        let whole = json!({ "a": [1, { "b": "c\\\"" }, null], "d": { "e": [[], {}] }, "f": "é" });
        let text = whole.to_string();
        for at in 0..=text.len() {
            let cut = &text.as_bytes()[..at];
            if let Some(read) = beginning(cut) {
                assert!(read.is_object(), "{at}");
            }
        }
    }
}
