//! Text of others' in our letters: one line or several, of bounded length, with nothing in it that could act.

/// One line of at most `most` characters; a longer one ends in "…".
pub(super) fn line(text: &str, most: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    cut(&visible(&words.join(" ")), most)
}

/// Several lines of at most `most` characters and `lines` lines in all; runs of empty lines become one.
pub(super) fn lines(text: &str, most: usize, lines: usize) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut more = false;
    for one in text.lines() {
        let one = line(one, most);
        if one.is_empty() && kept.last().is_none_or(String::is_empty) {
            continue;
        }
        if kept.len() == lines {
            more = true;
            break;
        }
        kept.push(one);
    }
    while kept.last().is_some_and(String::is_empty) {
        kept.pop();
    }
    let text = kept.join("\n");
    if more { cut(&(text + "\n…"), most) } else { cut(&text, most) }
}

/// Without characters that change how the rest is shown: direction marks, and those that take no room.
fn visible(text: &str) -> String {
    let acts = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    text.chars().filter(|c| !acts(*c) && !c.is_control()).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_whatever_stands_in_it() {
        assert_eq!(line("  a\r\nBcc: x@y.example\u{0}\tb\u{2028}c ", 100), "a Bcc: x@y.example b c");
        assert_eq!(line("\u{202e}fdp.exe\u{200b}", 100), "fdp.exe");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(line("éééééééé", 5), "éééé…");
        assert_eq!(lines("a\n\n\n\nb\nc\nd", 100, 4), "a\n\nb\nc\n…");
        assert_eq!(lines(&"x\n".repeat(10_000), 50, 3).lines().count(), 4);
        assert!(lines(&"y ".repeat(100_000), 500, 10).chars().count() <= 500);
    }
}
