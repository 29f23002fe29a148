//! Lists a page at a time.

use maud::{Markup, html};

/// Rows on a page of its own.
pub(super) const PAGE: usize = 25;
/// Rows in a section of the overview.
pub(super) const SECTION: usize = 8;

/// One page of a list, and where the next one begins.
pub(super) struct Slice<T> {
    pub(super) rows: Vec<T>,
    /// The address of the next page, if there is one.
    pub(super) next: Option<String>,
}

impl<T> Slice<T> {
    /// The first `limit` rows of what was asked for with one more; `next` gives
    /// the address of the page after a row.
    pub(super) fn of(mut rows: Vec<T>, limit: usize, next: impl FnOnce(&T) -> String) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(next);
        Self { rows, next }
    }
}

/// The way on, and back to the first page.
pub(super) fn pager(first: &str, is_first: bool, next: Option<&str>) -> Markup {
    html! {
        @if !is_first || next.is_some() {
            nav class="pager" aria-label="Pages" {
                @if !is_first { a href=(first) { "⇤ Latest" } }
                @if let Some(next) = next { a href=(next) rel="next" { "Older →" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_next_page_only_where_there_are_more_rows() {
        let slice = |rows: u32| Slice::of((0..rows).collect(), 3, ToString::to_string);
        assert_eq!(slice(3).next, None);
        let four = slice(4);
        assert_eq!(
            (four.rows, four.next),
            (vec![0, 1, 2], Some("2".to_owned()))
        );
        assert_eq!(slice(0).next, None);
    }
}
