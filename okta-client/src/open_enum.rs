//! `open_enum!`: a set of names that Okta may extend at any time, kept whole.
//!
//! Serde's untagged variant would do the same, but it buffers each value first; these sit in every row of a page.

macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        ///
        /// A value that this crate does not know arrives as `Other` and is written back unchanged.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("`", $text, "`")] $variant,)+
            /// Any other value, as Okta wrote it.
            Other(String),
        }

        impl $name {
            /// The value as Okta writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<$name> for crate::expression::Literal {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a name")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::groups::GroupType;

    #[test]
    fn xb20_unknown_values_survive_a_round_trip() {
        for text in
            ["\"OKTA_GROUP\"", "\"okta_group\"", "\"ULTRAVIOLET\"", "\"\"", "\"a \\\"quoted\\\" one\""]
        {
            let group_type: GroupType = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&group_type).expect("a string"), text);
        }
        assert_eq!(GroupType::from("OKTA_GROUP"), GroupType::OktaGroup);
        assert_eq!(GroupType::from("okta_group"), GroupType::Other("okta_group".to_owned()));
    }
}
