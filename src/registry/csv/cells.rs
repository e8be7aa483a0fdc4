//! Lists inside one cell.

/// Joins the items by `|`.
pub(crate) fn join<'i>(items: impl Iterator<Item = &'i str>) -> String {
    let escaped: Vec<String> = items.map(|item| item.replace('\\', r"\\").replace('|', r"\|")).collect();
    escaped.join("|")
}

/// Takes a cell apart again; a blank cell is no item. A backslash before any other character is just itself.
pub(crate) fn split(cell: &str) -> Vec<String> {
    if cell.trim().is_empty() {
        return Vec::new();
    }
    let mut items = vec![String::new()];
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = if c == '\\' { chars.next_if(|next| matches!(next, '\\' | '|')) } else { None };
        match (escaped, items.last_mut()) {
            (None, _) if c == '|' => items.push(String::new()),
            (escaped, Some(item)) => item.push(escaped.unwrap_or(c)),
            (_, None) => {}
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_is_split_at_bars_and_a_lone_backslash_is_itself() {
        assert_eq!(split("R101|R100"), ["R101", "R100"]);
        assert_eq!(split(r"a\|b|c\\|d\e\"), ["a|b", r"c\", r"d\e\"]);
        assert_eq!(split("  "), Vec::<String>::new());
        assert_eq!(split("a||b"), ["a", "", "b"]);
    }

    proptest! {
        #[test]
        fn what_is_joined_splits_back(items in proptest::collection::vec(r"[a\\| ]{0,5}x", 0..4)) {
            prop_assert_eq!(split(&join(items.iter().map(String::as_str))), items);
        }
    }
}
