//! What the operator's own mail server found out about a sender (`Authentication-Results`, RFC 8601).

/// Whether the server of that id says that SPF, DKIM or DMARC passed for the domain of the address in `From`.
///
/// `headers` are all of the mail's, from the top. Each server adds its own above those that it received, so that only results
/// above the first `Received` below them count: what stands further down may be the sender's own invention.
#[must_use]
pub fn passes<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>, authserv_id: &str, domain: &str) -> bool {
    let mut found = false;
    for (name, value) in headers {
        if found && name.eq_ignore_ascii_case("Received") {
            return false;
        }
        if !name.eq_ignore_ascii_case("Authentication-Results") {
            continue;
        }
        let value = without_comments(value);
        let mut results = value.split(';');
        let id = results.next().and_then(|id| id.split_whitespace().next()).unwrap_or_default();
        if !id.eq_ignore_ascii_case(authserv_id) {
            continue;
        }
        found = true;
        if results.any(|result| aligned(result, domain)) {
            return true;
        }
    }
    false
}

/// Whether one result passed for a domain that is aligned with the sender's.
fn aligned(result: &str, domain: &str) -> bool {
    let mut words = result.split_whitespace();
    let Some((method, "pass")) = words.next().and_then(|word| word.split_once('=')) else { return false };
    let properties: &[&str] = match method {
        "spf" => &["smtp.mailfrom", "smtp.mail"],
        "dkim" => &["header.d", "header.i"],
        "dmarc" => &["header.from"],
        _ => return false,
    };
    words.filter_map(|word| word.split_once('=')).any(|(property, value)| {
        let value = value.trim_matches(['"', '<', '>']);
        let shown = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
        properties.contains(&property) && is_aligned(shown, domain)
    })
}

/// The same domain, or one within the other: `mail.hotelia.example` for `hotelia.example`.
fn is_aligned(shown: &str, domain: &str) -> bool {
    let (shown, domain) = (shown.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let within = |inner: &str, outer: &str| {
        outer.contains('.')
            && inner.strip_suffix(outer).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    within(&shown, &domain) || within(&domain, &shown)
}

/// The text without what stands in brackets, which may nest.
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|c| match c {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Authentication-Results";

    fn says(results: &str) -> bool {
        passes([(HEADER, results)].into_iter(), "mx.ale.example", "hotelia.example")
    }

    #[test]
    fn what_passed_for_the_domain_in_from_counts() {
        assert!(says("mx.ale.example; spf=pass smtp.mailfrom=support@hotelia.example"));
        assert!(says(
            "mx.ale.example 1;\r\n\tdkim=fail header.d=x.example;\r\n\tdkim=pass (2048-bit key; x) header.d=hotelia.example header.s=a"
        ));
        assert!(says("MX.ale.example; dkim=pass header.i=@mail.hotelia.example"));
        assert!(says("mx.ale.example; dmarc=pass (p=reject) header.from=hotelia.example"));
    }

    #[test]
    fn what_passed_for_somebody_else_or_did_not_pass_does_not() {
        for results in [
            "mx.ale.example; none",
            "mx.ale.example; spf=fail smtp.mailfrom=support@hotelia.example",
            "mx.ale.example; spf=pass smtp.mailfrom=me@forger.example",
            "mx.ale.example; dkim=pass header.d=forger.example",
            "mx.ale.example; dkim=pass header.d=nothotelia.example",
            "mx.ale.example; dkim=pass header.d=example",
            "mx.forger.example; dkim=pass header.d=hotelia.example",
            "mx.ale.example; dkim=fail (dkim=pass header.d=hotelia.example)",
            "mx.ale.example; x=pass header.d=hotelia.example",
            "",
        ] {
            assert!(!says(results), "{results}");
        }
    }

    #[test]
    fn what_the_sender_invented_below_our_own_results_does_not_count() {
        let invented = "mx.ale.example; dkim=pass header.d=hotelia.example";
        let headers = [(HEADER, "mx.ale.example; dkim=none"), ("Received", "by mx.ale.example"), (HEADER, invented)];
        assert!(!passes(headers.into_iter(), "mx.ale.example", "hotelia.example"));
        let two = [(HEADER, "mx.ale.example; spf=none"), (HEADER, invented), ("Received", "by mx.ale.example")];
        assert!(passes(two.into_iter(), "mx.ale.example", "hotelia.example"), "two programs of one server");
    }
}
