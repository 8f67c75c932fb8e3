//! Finds the word that was probably meant.

/// The nearest of these words, one that is a beginning of the other first; empty when there are none.
pub(crate) fn nearest<'a>(word: &str, words: &[&'a str]) -> &'a str {
    let part = |known: &str| word.starts_with(known) || (!word.is_empty() && known.starts_with(word));
    words.iter().copied().min_by_key(|known| (!part(known), distance(word, known))).unwrap_or_default()
}

/// How many letters have to be put in, left out or changed (Levenshtein). A long word is looked at in part.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, letter) in one.chars().take(64).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], n + 1);
        for (m, known) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *known);
            diagonal = row[m + 1];
            row[m + 1] = replaced.min(row[m] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        let words = ["sign_in", "add_member", "create_user"];
        for (word, meant) in [
            ("signin", "sign_in"),
            ("add_membre", "add_member"),
            ("creat_usr", "create_user"),
            ("sign", "sign_in"),
        ] {
            assert_eq!(nearest(word, &words), meant);
        }
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), nearest("a", &[])), (3, 3, ""));
    }
}
