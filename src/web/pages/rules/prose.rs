//! The words around the table in `escalation.md`, laid out: headings, paragraphs, lists, code and strong words. What is anything
//! else stays as it is written.

/// A piece of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Heading(String),
    Paragraph(Vec<Span>),
    List { numbered: bool, items: Vec<Vec<Span>> },
}

/// Some words of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// How words are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Code,
    Strong,
}

/// The text without its table and its title.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim).chain([""]) {
        if line.is_empty() || line.starts_with('|') || line.starts_with('#') {
            end(&mut open, &mut blocks);
        }
        if let Some(heading) = line.strip_prefix('#') {
            // The page has a title of its own.
            if heading.starts_with('#') {
                blocks.push(Block::Heading(heading.trim_start_matches('#').trim().to_owned()));
            }
        } else if let Some((numbered, item)) = item(line) {
            end(&mut open, &mut blocks);
            match blocks.last_mut() {
                Some(Block::List { numbered: before, .. }) if *before == numbered => {}
                _ => blocks.push(Block::List { numbered, items: Vec::new() }),
            }
            // What stands on the next lines belongs to it.
            open = format!("\u{0}{item}");
        } else if !line.is_empty() && !line.starts_with('|') {
            if !open.is_empty() {
                open.push(' ');
            }
            open.push_str(line);
        }
    }
    // A heading that stood over the table alone has nothing under it now.
    let mut kept: Vec<Block> = Vec::new();
    for block in blocks {
        if matches!((&block, kept.last()), (Block::Heading(_), Some(Block::Heading(_)))) {
            kept.pop();
        }
        kept.push(block);
    }
    if matches!(kept.last(), Some(Block::Heading(_))) {
        kept.pop();
    }
    kept
}

/// Ends a paragraph, or an item of a list.
fn end(open: &mut String, blocks: &mut Vec<Block>) {
    let text = std::mem::take(open);
    if let Some(text) = text.strip_prefix('\u{0}') {
        if let Some(Block::List { items, .. }) = blocks.last_mut() {
            items.push(spans(text));
        }
    } else if !text.is_empty() {
        blocks.push(Block::Paragraph(spans(&text)));
    }
}

/// The text of a line that begins an item, and whether items are numbered.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(item) = line.strip_prefix("- ").or(line.strip_prefix("* ")) {
        return Some((false, item));
    }
    let (number, item) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((true, item))
}

fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            spans.push(Span { kind: Kind::Code, text: part.to_owned() });
            continue;
        }
        for (at, part) in part.split("**").enumerate() {
            let kind = if at % 2 == 1 { Kind::Strong } else { Kind::Plain };
            spans.push(Span { kind, text: part.to_owned() });
        }
    }
    spans.retain(|span| !span.text.is_empty());
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_around_a_table_are_laid_out_and_the_table_is_left_out() {
        let text = "# Title\n\nOne `word`\nand more.\n\n## Why\n\n- first\n  goes on\n- second\n\n1. **Who** files\n\n## The table\n\n| a |\n|---|\n| b |\n";
        let plain = |text: &str| Span { kind: Kind::Plain, text: text.to_owned() };
        let found = blocks(text);
        assert_eq!(
            found,
            [
                Block::Paragraph(vec![
                    plain("One "),
                    Span { kind: Kind::Code, text: "word".to_owned() },
                    plain(" and more.")
                ]),
                Block::Heading("Why".to_owned()),
                Block::List { numbered: false, items: vec![vec![plain("first goes on")], vec![plain("second")]] },
                Block::List {
                    numbered: true,
                    items: vec![vec![Span { kind: Kind::Strong, text: "Who".to_owned() }, plain(" files")]]
                },
            ]
        );
    }
}
