//! Finds the one table of a Markdown file. What a reader of the page would not see as a row is not read as one, and
//! what looks like a row but would be read by nobody is refused.

use super::fault::{Fault, unknown};

/// A row's cells in the order of the columns asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawRow<'t> {
    /// Line in the file, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<&'t str>,
}

/// A line of the file as Markdown sees it.
enum Line<'t> {
    Row(&'t str),
    Blank,
    Prose(&'t str),
}

/// The rows of the file's only table, and everything that is wrong with its form.
pub(super) fn table<'t>(file: &str, text: &'t str, columns: &[&str]) -> (Vec<RawRow<'t>>, Vec<Fault>) {
    let mut faults = Vec::new();
    let lines = block(file, text, &mut faults);
    let Some((&(header_line, header), rest)) = lines.split_first() else {
        if faults.is_empty() {
            faults.push(Fault::text(file, 1, format!("there is no table; it begins with | {} |", columns.join(" | "))));
        }
        return (Vec::new(), faults);
    };
    let Some(order) = order(file, header_line, header, columns, &mut faults) else { return (Vec::new(), faults) };
    let body = match rest.split_first() {
        Some(((_, second), body)) if is_delimiter(second) => body,
        _ => {
            faults.push(Fault::text(
                file,
                header_line,
                "under the header a line |---|---|... has to stand, else no page shows a table",
            ));
            rest
        }
    };
    if body.is_empty() {
        faults.push(Fault::text(file, header_line, "the table has no rows"));
    }
    let mut rows = Vec::new();
    for &(line, row) in body {
        match cells(row) {
            Some(cells) if cells.len() == order.len() => {
                rows.push(RawRow { line, cells: order.iter().map(|&at| cells[at]).collect() });
            }
            Some(cells) => faults.push(Fault::text(
                file,
                line,
                format!("the table has {} columns, this row {}", order.len(), cells.len()),
            )),
            None => faults.push(Fault::text(file, line, "this row does not end with |")),
        }
    }
    (rows, faults)
}

/// The lines of the first block of rows; more blocks are faults.
fn block<'t>(file: &str, text: &'t str, faults: &mut Vec<Fault>) -> Vec<(usize, &'t str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let (mut inside, mut closed) = (false, false);
    for (number, line) in lines(text) {
        match line {
            Line::Row(_) if closed && !inside => {
                let message = format!(
                    "a second table begins here, and only one may stand in this file; a row belongs directly under the \
                     table of line {}, without an empty line between",
                    found.first().map_or(0, |(line, _)| *line)
                );
                faults.push(Fault::text(file, number, message));
                inside = true;
            }
            Line::Row(row) => {
                if !closed {
                    found.push((number, row));
                }
                inside = true;
            }
            Line::Prose(prose) if inside || is_delimiter(prose) => {
                let message = "a row has to begin with |; leave an empty line between the table and what follows";
                faults.push(Fault::text(file, number, message));
                closed |= inside;
            }
            Line::Prose(_) | Line::Blank => {
                closed |= inside;
                inside = false;
            }
        }
    }
    found
}

/// The lines with code fences and comments taken out.
fn lines(text: &str) -> impl Iterator<Item = (usize, Line<'_>)> {
    let (mut fence, mut comment) = (false, false);
    text.trim_start_matches('\u{feff}').lines().enumerate().map(move |(index, raw)| {
        let line = raw.trim_end();
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let kind = if comment {
            comment = !body.contains("-->");
            Line::Blank
        } else if body.starts_with("```") || body.starts_with("~~~") {
            fence = !fence;
            Line::Blank
        } else if fence || body.is_empty() {
            Line::Blank
        } else if body.starts_with("<!--") {
            comment = !body.contains("-->");
            Line::Blank
        } else if body.starts_with('|') && indent < 4 {
            Line::Row(body)
        } else {
            Line::Prose(body)
        };
        (index + 1, kind)
    })
}

fn is_delimiter(row: &str) -> bool {
    row.contains('|') && row.contains('-') && row.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

/// The cells of a row, trimmed; `None` when it does not end with a bar.
fn cells(row: &str) -> Option<Vec<&str>> {
    let inner = row.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// For each column asked for, where it stands in the header.
fn order(file: &str, line: usize, header: &str, columns: &[&str], faults: &mut Vec<Fault>) -> Option<Vec<usize>> {
    let before = faults.len();
    let Some(header) = cells(header) else {
        faults.push(Fault::text(file, line, "the table's header does not end with |"));
        return None;
    };
    for (at, name) in header.iter().enumerate() {
        if !columns.contains(name) {
            faults.push(Fault::text(file, line, unknown("column", name, columns.iter().copied())));
        } else if header[..at].contains(name) {
            faults.push(Fault::text(file, line, format!("column \"{name}\" stands twice in the header")));
        }
    }
    let order: Vec<usize> = columns
        .iter()
        .filter_map(|column| {
            let at = header.iter().position(|name| name == column);
            if at.is_none() {
                faults.push(Fault::text(file, line, format!("the header lacks the column \"{column}\"")));
            }
            at
        })
        .collect();
    (faults.len() == before).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<RawRow<'_>>, Vec<String>) {
        let (rows, faults) = table("t.md", text, &["a", "b"]);
        (rows, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn rows_come_with_their_lines_whatever_the_order_of_columns() {
        let (rows, faults) = read("# Title\r\n\r\n| b | a |\r\n|---|---|\r\n| 2 | 1 |\r\n\r\nmore\r\n");
        assert_eq!(faults, [] as [&str; 0]);
        assert_eq!(rows, [RawRow { line: 5, cells: vec!["1", "2"] }]);
    }

    #[test]
    fn a_row_apart_from_the_table_is_a_second_table() {
        let (rows, faults) = read("| a | b |\n|---|---|\n| 1 | 2 |\n\n| 3 | 4 |\n| 5 | 6 |\n");
        assert_eq!(rows.len(), 1);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("t.md:5: a second table begins here"), "{faults:?}");
    }

    #[test]
    fn rows_in_code_and_comments_are_not_read() {
        let (rows, faults) = read("```\n| x |\n```\n<!--\n| y |\n-->\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert_eq!((rows.len(), faults.len()), (1, 0), "{faults:?}");
    }

    #[test]
    fn all_faults_of_form_are_reported_at_once() {
        let (_, faults) = read("| a | b |\n|---|---|\n| 1 |\n| 1 | 2\n3 | 4 |\n");
        assert_eq!(
            faults,
            [
                "t.md:5: a row has to begin with |; leave an empty line between the table and what follows",
                "t.md:3: the table has 2 columns, this row 1",
                "t.md:4: this row does not end with |",
            ]
        );
        assert_eq!(
            read("| a | c |\n|---|---|\n").1,
            [
                "t.md:1: there is no column \"c\"; the nearest known one is \"a\"",
                "t.md:1: the header lacks the column \"b\"",
            ]
        );
        assert_eq!(read("no table").1, ["t.md:1: there is no table; it begins with | a | b |"]);
    }

    #[test]
    fn an_empty_table_is_a_fault() {
        assert_eq!(read("| a | b |\n|---|---|\n").1, ["t.md:1: the table has no rows"]);
    }
}
