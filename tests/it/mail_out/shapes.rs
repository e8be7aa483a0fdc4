//! How letters are made: structure, headers, and hostile text.

use serde_json::{Value, json};

/// What a payload could hold at worst: more than intake lets through, in every text that a letter shows.
pub(super) fn hostile(mut data: Value) -> Value {
    let long = "x".repeat(5_000);
    let breaks = "BP\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>";
    for (pointer, text) in [
        ("/reference", breaks.to_owned()),
        ("/filer", format!("acme\r\nX-Evil: 1 {long}")),
        ("/esr/reference", breaks.to_owned()),
        (
            "/esr/summary",
            format!("<img src=https://evil.example/p.png onerror=alert(1)> {} \u{202e}txt.exe", "Wort".repeat(200)),
        ),
        (
            "/esr/description",
            format!("</p></td><a href=\"javascript:alert(1)\">click</a>\n{}\n{long}\n.\n--=_x\n", "line\n".repeat(500)),
        ),
        ("/esr/customer/name", "\"; DROP TABLE esrs; --<b>".to_owned()),
        ("/esr/customer/site", long.clone()),
        ("/esr/customer/country", "{{ 7*7 }}{% raw %}".to_owned()),
        ("/esr/third_party/company", format!("Hotelia\r\nTo: x@evil.example <b>{long}")),
        ("/decision/because", format!("{} covers <i>{long}</i>", "IWR edition covers on ".repeat(900))),
        ("/decision/contact/url", "javascript:alert(1)".to_owned()),
        ("/decision/contact/phone", "<b>+33 1</b>".to_owned()),
        ("/decision/contact/process", "https://evil.example/login is where to type your password".to_owned()),
    ] {
        if let Some(value) = data.pointer_mut(pointer) {
            *value = json!(text);
        }
    }
    data
}
