//! A device as Okta sends it.

use serde::Deserialize;

use crate::decode::null_is_default;
use crate::id::DeviceId;
use crate::open_enum::open_enum;
use crate::timestamp::Timestamp;
use crate::users::User;

/// A device.
///
/// **Source**: Okta, "Devices".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Device {
    /// `id`.
    pub id: DeviceId,
    /// `status`.
    pub status: Option<DeviceStatus>,
    /// `profile`: Absent or `null` is empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub profile: DeviceProfile,
    /// `resourceId`.
    pub resource_id: Option<String>,
    /// `resourceType`: `UDDevice`.
    pub resource_type: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
    /// `lastUpdated`.
    pub last_updated: Option<Timestamp>,
}

/// What a device says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceProfile {
    /// `displayName`.
    pub display_name: Option<String>,
    /// `platform`: `ANDROID`, `IOS`, `MACOS`, `WINDOWS`, …
    pub platform: Option<String>,
    /// `manufacturer`.
    pub manufacturer: Option<String>,
    /// `model`.
    pub model: Option<String>,
    /// `osVersion`.
    pub os_version: Option<String>,
    /// `serialNumber`.
    pub serial_number: Option<String>,
    /// `udid`.
    pub udid: Option<String>,
    /// `sid`.
    pub sid: Option<String>,
    /// `registered`.
    pub registered: Option<bool>,
    /// `managed`.
    pub managed: Option<bool>,
    /// `secureHardwarePresent`.
    pub secure_hardware_present: Option<bool>,
    /// `diskEncryptionType`.
    pub disk_encryption_type: Option<String>,
}

/// A user of a device.
///
/// **Source**: Okta, "List all users for a device".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceUser {
    /// `user`.
    pub user: Option<User>,
    /// `managementStatus`: `MANAGED` or `NOT_MANAGED`.
    pub management_status: Option<String>,
    /// `screenLockType`: `NONE`, `PASSCODE`, `BIOMETRIC`.
    pub screen_lock_type: Option<String>,
    /// `created`.
    pub created: Option<Timestamp>,
}

/// A device of a user.
///
/// **Source**: Okta, "List all devices of a user".
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserDevice {
    /// `deviceUserId`.
    pub device_user_id: Option<String>,
    /// `device`.
    pub device: Option<Device>,
    /// `created`.
    pub created: Option<Timestamp>,
}

open_enum! {
    /// Where a device is in its life.
    DeviceStatus {
        Created = "CREATED",
        Active = "ACTIVE",
        Deactivated = "DEACTIVATED",
        Suspended = "SUSPENDED",
        Unsuspended = "UNSUSPENDED",
    }
}
