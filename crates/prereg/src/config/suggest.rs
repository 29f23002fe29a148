//! What somebody may have meant.

/// The candidate nearest to a name, if one is near enough to be meant.
pub(super) fn nearest(name: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    let last = |text: &str| text.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |candidate: &String| {
        // A name under the wrong table is meant as well.
        distance(name, candidate).min(distance(&last(name), &last(candidate)) + 1)
    };
    let near = candidates
        .into_iter()
        .map(|candidate| (distance(&candidate), candidate))
        .min()?;
    let allowed = 1 + name.len() / 6;
    (near.0 <= allowed).then_some(near.1)
}

/// Levenshtein's distance: how many characters have to be changed, added or
/// taken away.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, letter) in from.chars().enumerate() {
        let mut diagonal = position;
        let mut left = position + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = position + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn only_near_names_are_suggested() {
        let names = || ["server.okta_listen".to_owned(), "trust.mode".to_owned()];
        let meant = nearest("server.okta_listn", names());
        assert_eq!(meant.as_deref(), Some("server.okta_listen"));
        let elsewhere = nearest("limits.okta_listen", names());
        assert_eq!(elsewhere.as_deref(), Some("server.okta_listen"));
        assert_eq!(nearest("something.else", names()), None);
    }
}
