//! HTML as text, for mails that have no other: lines as a reader sees them, and `>` before what the mail program marked as quoted.

/// The largest HTML that is looked at, in bytes; of more only the beginning is.
const MOST: usize = 2 << 20;

/// Elements whose content nobody sees.
const UNSEEN: &[&str] = &["head", "script", "style", "template", "title"];
/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
];
/// Elements that hold nothing and have no end tag.
const EMPTY: &[&str] = &["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"];
/// Elements around what a mail program quotes, by a word in their `class` or `id`.
const QUOTES: &[&str] = &["gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra"];

/// The text of an HTML document.
#[must_use]
pub(super) fn text(html: &str) -> String {
    let mut end = html.len().min(MOST);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut page = Page::default();
    let mut rest = &html[..end];
    while let Some(at) = rest.find('<') {
        page.words(&rest[..at]);
        rest = &rest[at..];
        rest = match rest.get(1..2) {
            Some("!") if rest.starts_with("<!--") => rest.find("-->").map_or("", |end| &rest[end + 3..]),
            Some("!" | "?") => rest.find('>').map_or("", |end| &rest[end + 1..]),
            Some(first) if first == "/" || first.as_bytes()[0].is_ascii_alphabetic() => {
                let end = end_of_tag(rest);
                let tag = &rest[1..end];
                let rest = rest.get(end + 1..).unwrap_or_default();
                page.tag(tag, rest)
            }
            _ => {
                page.words("<");
                &rest[1..]
            }
        };
    }
    page.words(rest);
    page.finish()
}

/// Where the tag that begins the text ends; a `>` between quotation marks does not end it.
fn end_of_tag(text: &str) -> usize {
    let mut within = None;
    for (at, byte) in text.bytes().enumerate() {
        match (within, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => within = Some(byte),
            (Some(mark), byte) if mark == byte => within = None,
            _ => {}
        }
    }
    // A quotation mark that never ends is a mistake of the writer's.
    text.find('>').unwrap_or(text.len())
}

/// What has been seen of the document.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
    line: String,
    /// A blank is due before the next word.
    gap: bool,
    /// Elements that are open around a quotation: their name, and how many of that name are open inside.
    quotes: Vec<(String, usize)>,
    /// Whether lines are kept as they are.
    preformatted: usize,
}

impl Page {
    /// What stands between two tags.
    fn words(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = decoded(text);
        if self.preformatted > 0 {
            let mut lines = text.split('\n');
            self.line.push_str(lines.next().unwrap_or_default());
            for line in lines {
                self.end_line();
                self.line.push_str(line.trim_end_matches('\r'));
            }
            return;
        }
        let blank = |c: char| c.is_ascii_whitespace();
        self.gap |= text.starts_with(blank);
        for word in text.split(blank).filter(|word| !word.is_empty()) {
            if self.gap && !self.line.is_empty() {
                self.line.push(' ');
            }
            self.line.push_str(word);
            self.gap = true;
        }
        self.gap = text.ends_with(blank);
    }

    /// A tag, given without its angle brackets; the rest of the document behind what it hides.
    fn tag<'h>(&mut self, tag: &str, rest: &'h str) -> &'h str {
        let closing = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let (name, attributes) = (tag[..end].to_ascii_lowercase(), &tag[end..]);
        if UNSEEN.contains(&name.as_str()) && !closing && !attributes.ends_with('/') {
            return behind(rest, &name);
        }
        let block = BLOCKS.contains(&name.as_str());
        if block {
            self.break_line();
        }
        match name.as_str() {
            "br" => self.end_line(),
            "td" | "th" => self.gap = true,
            "pre" if closing => self.preformatted = self.preformatted.saturating_sub(1),
            "pre" => self.preformatted += 1,
            "p" if closing => self.blank_line(),
            "hr" => {
                self.line.push_str(&"_".repeat(32));
                self.break_line();
            }
            _ => {}
        }
        if closing {
            self.close(&name);
        } else if !EMPTY.contains(&name.as_str()) && !attributes.ends_with('/') {
            self.open(name, attributes);
        }
        rest
    }

    fn open(&mut self, name: String, attributes: &str) {
        let lower = attributes.to_ascii_lowercase();
        let quote = name == "blockquote" || QUOTES.iter().any(|word| lower.contains(word));
        if let Some((open, inside)) = self.quotes.last_mut()
            && *open == name
            && !quote
        {
            *inside += 1;
        } else if quote && self.quotes.len() < 100 {
            self.break_line();
            self.quotes.push((name, 0));
        }
    }

    fn close(&mut self, name: &str) {
        let Some((open, inside)) = self.quotes.last_mut() else { return };
        if open != name {
            return;
        }
        if *inside > 0 {
            *inside -= 1;
        } else {
            self.break_line();
            self.quotes.pop();
        }
    }

    fn break_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.end_line();
        }
        self.line.clear();
        self.gap = false;
    }

    fn blank_line(&mut self) {
        self.break_line();
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        let quoted = ">".repeat(self.quotes.len());
        self.lines.push(if quoted.is_empty() { line.to_owned() } else { format!("{quoted} {line}") });
        self.gap = false;
    }

    fn finish(mut self) -> String {
        self.break_line();
        self.lines.join("\n")
    }
}

/// The rest behind the end tag of that name; nothing when there is none.
fn behind<'h>(rest: &'h str, name: &str) -> &'h str {
    let mut at = 0;
    while let Some(found) = rest[at..].find("</") {
        at += found + 2;
        let named = rest.get(at..at + name.len()).is_some_and(|there| there.eq_ignore_ascii_case(name));
        if named {
            return rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]);
        }
    }
    ""
}

/// The text with its character references replaced; those that are unknown stay as they are.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((named(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character of a reference. The names are those that English, French and German mails hold.
fn named(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(number).filter(|c| *c != '\0');
    }
    Some(match name {
        "nbsp" => '\u{a0}',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "rsquo" => '’',
        "lsquo" => '‘',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        "middot" => '·',
        "deg" => '°',
        "ordm" => 'º',
        "euro" => '€',
        "copy" => '©',
        "eacute" => 'é',
        "Eacute" => 'É',
        "egrave" => 'è',
        "Egrave" => 'È',
        "ecirc" => 'ê',
        "euml" => 'ë',
        "agrave" => 'à',
        "Agrave" => 'À',
        "acirc" => 'â',
        "ccedil" => 'ç',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ocirc" => 'ô',
        "ugrave" => 'ù',
        "ucirc" => 'û',
        "oelig" => 'œ',
        "auml" => 'ä',
        "Auml" => 'Ä',
        "ouml" => 'ö',
        "Ouml" => 'Ö',
        "uuml" => 'ü',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paragraphs_lines_and_lists_become_lines() {
        let html = "<html><head><title>no</title><style>p{}</style></head><body><p>Hello,</p>\n<p>Case: <b>HT-9912</b><br>\
                    Conclusion:&nbsp;inconclusive</p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table></body></html>";
        assert_eq!(text(html), "Hello,\n\nCase: HT-9912\nConclusion:\u{a0}inconclusive\n\none\ntwo\na b");
    }

    #[test]
    fn what_mail_programs_mark_as_quoted_is_marked() {
        let gmail = "<div dir=\"ltr\">New</div><div class=\"gmail_quote\"><div>On Monday x wrote:<br></div>\
                     <blockquote><div>Old</div></blockquote></div><div>Below</div>";
        assert_eq!(text(gmail), "New\n> On Monday x wrote:\n>> Old\nBelow");
    }

    #[test]
    fn references_and_loose_signs_are_read() {
        assert_eq!(
            text("d&eacute;faut &lt;c&#244;t&#xe9;&gt; &unknown; a < b & c"),
            "défaut <côté> &unknown; a < b & c"
        );
        assert_eq!(text("<a href=\"x>y\">here</a><img alt='z'> <!-- no -->there"), "here there");
        assert_eq!(text("<script>if (a</b) 1</script>seen<pre>  a\n b</pre>"), "seen\n  a\n b");
    }

    proptest! {
        #[test]
        fn any_text_at_all_is_read_without_harm(html in "(<|>|/|\"|'|&|;|#|!|-|blockquote|div|pre|script|é| |\\PC){0,80}") {
            let text = text(&html);
            prop_assert!(text.len() <= 4 * html.len() + 64 + 100 * html.matches('<').count());
        }
    }
}
