//! What makes two events the same event.

use std::fmt;

use sha2::{Digest, Sha256};

/// What makes two events the same event: 128 bits made of Okta's `uuid`.
///
/// A UUID, with or without hyphens, is its own key. Okta never promised the form, so any other text is hashed into UUID
/// version 8, where no UUID of Okta's lies; it is never shortened and never dropped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey([u8; 16]);

impl EventKey {
    /// The key of an event's `uuid`.
    pub fn of(uuid: &str) -> Self {
        parse_uuid(uuid).map_or_else(|| Self::hashed(uuid), Self)
    }

    /// The key with these bytes, read back from a store.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, as they are stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn hashed(text: &str) -> Self {
        let digest = Sha256::new().chain_update(b"okta-ingest event id\0").chain_update(text).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hyphens_fit = match text.len() {
        32 => true,
        36 => [8, 13, 18, 23].iter().all(|&at| text.as_bytes()[at] == b'-'),
        _ => false,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    if !hyphens_fit || digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(&digits).ok()?;
    Some(u128::from_str_radix(text, 16).ok()?.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_uuid_written_three_ways_is_one_key() {
        let key = EventKey::of("7a103dde-7e2b-11f1-9d3c-0a1b2c3d4e02");
        assert_eq!(key, EventKey::of("7A103DDE-7E2B-11F1-9D3C-0A1B2C3D4E02"));
        assert_eq!(key, EventKey::of("7a103dde7e2b11f19d3c0a1b2c3d4e02"));
    }

    #[test]
    fn an_id_that_is_no_uuid_is_hashed_into_a_namespace_of_its_own() {
        let odd =
            ["", "x", "7a103dde-7e2b-11f1-9d3c-0a1b2c3d4e0", "7a103dde+7e2b-11f1-9d3c-0a1b2c3d4e02", "ключ"];
        for text in odd {
            let key = EventKey::of(text);
            assert_eq!(key.as_bytes()[6] >> 4, 8, "{text}");
            assert_eq!(key.as_bytes()[8] >> 6, 2, "{text}");
        }
        assert_ne!(EventKey::of("x"), EventKey::of("y"));
    }
}
