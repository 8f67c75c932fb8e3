//! Okta's catalogue of System Log event types: which exist, and which an Event Hook may subscribe to.
//!
//! The list is `catalogue.txt`, taken from Okta's developer documentation; it is read where it lies.

const TEXT: &str = include_str!("catalogue.txt");

/// Whether an Event Hook may subscribe to this type. `None` when Okta has no such type.
pub(crate) fn hook_eligible(event_type: &str) -> Option<bool> {
    lines().find(|(name, _)| *name == event_type).map(|(_, eligible)| eligible)
}

/// Every type that an Event Hook may subscribe to.
pub(crate) fn eligible() -> impl Iterator<Item = &'static str> {
    lines().filter(|(_, eligible)| *eligible).map(|(name, _)| name)
}

fn lines() -> impl Iterator<Item = (&'static str, bool)> {
    TEXT.lines().filter(|line| !line.starts_with('#')).map(|line| match line.strip_suffix(" +") {
        Some(name) => (name, true),
        None => (line, false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        assert_eq!(lines().count(), 1_274);
        assert_eq!(lines().filter(|(_, eligible)| *eligible).count(), 314);
        assert_eq!(hook_eligible("user.lifecycle.delete.initiated"), Some(true));
        assert_eq!(hook_eligible("user.lifecycle.delete.completed"), Some(false));
        assert_eq!(hook_eligible("user.lifecycle.delete"), None, "connectors name it; Okta does not have it");
    }
}
