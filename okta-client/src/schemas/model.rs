//! A schema as Okta sends it: JSON Schema, draft 4, in Okta's way.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::timestamp::Timestamp;

/// The attributes of users, groups or the users of an app.
///
/// Its `$ref` members are text that leads nowhere: nothing has to be resolved.
///
/// **Source**: Okta, "Schemas".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Schema {
    /// `id`: a URL.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `title`.
    pub title: Option<String>,
    /// `definitions`: Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub definitions: SchemaDefinitions,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// Okta's own attributes and the org's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SchemaDefinitions {
    /// `base`: Okta's. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub base: SchemaAttributes,
    /// `custom`: the org's. Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub custom: SchemaAttributes,
}

/// Attributes by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SchemaAttributes {
    /// `properties`: Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub properties: BTreeMap<String, SchemaAttribute>,
    /// `required`: Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub required: Vec<String>,
}

/// An attribute.
///
/// **Shape**: permissions, sources and enumerations are read with [`Raw::extra`](crate::Raw::extra).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SchemaAttribute {
    /// `title`.
    pub title: Option<String>,
    /// `type`: `string`, `boolean`, `number`, `integer`, `array`, `object`.
    #[serde(rename = "type")]
    pub attribute_type: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `required`.
    pub required: Option<bool>,
    /// `mutability`: `READ_WRITE`, `READ_ONLY`, …
    pub mutability: Option<String>,
    /// `scope`: `NONE`, or `SELF` where a group assignment does not set it.
    pub scope: Option<String>,
    /// `externalName`.
    pub external_name: Option<String>,
    /// `unique`: `UNIQUE_VALIDATED`, `NOT_UNIQUE`, …
    pub unique: Option<String>,
}
