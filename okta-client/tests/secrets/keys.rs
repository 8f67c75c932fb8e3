//! Keys that are spoilt: cut, doubled, a character changed.

use std::collections::HashSet;

use okta_client::credentials::PrivateKey;
use okta_mock::OktaMock;
use proptest::prelude::*;

use crate::scan::PIECE;
use crate::support::printed;

/// A key with a few characters changed, cut or doubled.
fn spoilt_key() -> impl Strategy<Value = String> {
    let known = OktaMock::builder().in_process().service_app();
    let good = vec![
        known.private_key_pem,
        known.private_key_jwk.to_string(),
        known.ec_key.private_key_pem,
        known.ec_key.private_key_jwk.to_string(),
    ];
    let edit = (any::<prop::sample::Selector>(), 0..4_u8, any::<char>());
    (prop::sample::select(good), prop::collection::vec(edit, 1..4)).prop_map(|(mut key, edits)| {
        for (at, kind, letter) in edits {
            let Some((place, _)) = at.try_select(key.char_indices()) else { continue };
            match kind {
                0 => key.truncate(place),
                1 => key.insert(place, letter),
                2 => drop(key.remove(place)),
                _ => key = key.split_off(place),
            }
        }
        key
    })
}

proptest! {
    #[test]
    fn xa14_a_key_that_is_spoilt_is_read_or_refused_and_never_shown(text in spoilt_key()) {
        let shown = match PrivateKey::from_text_or_file(&text) {
            Ok(key) => format!("{key:?} {key:#?}"),
            Err(error) => printed(&error),
        };
        let pieces: HashSet<&[u8]> = shown.as_bytes().windows(PIECE).collect();
        // Words of a key's frame are words of messages, too; what is secret is longer than any of them.
        let secret = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| word.len() > 24);
        for word in secret {
            prop_assert!(!word.as_bytes().windows(PIECE).any(|piece| pieces.contains(piece)), "{}", shown);
        }
    }
}
