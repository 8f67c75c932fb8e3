//! Devices that users have registered.

mod model;

pub use self::model::{Device, DeviceProfile, DeviceStatus, DeviceUser, UserDevice};

use http::Method;

use crate::client::Client;
use crate::error::Error;
use crate::expression::{Expression, Search};
use crate::listing::Listing;
use crate::raw::Raw;

/// Calls about devices. Made by [`Client::devices`].
///
/// # Errors
/// [`Error::is_not_found`] where there is no such device.
///
/// # Cancel safety
/// Dropping the future of a call gives it up; a change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Devices {
    client: Client,
}

impl Devices {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every device: pages of 200.
    ///
    /// **Source**: Okta, "List all devices".
    pub fn list(&self) -> Listing<Device> {
        Listing::paged(&self.client, &["devices"], 200)
    }

    /// One device.
    ///
    /// **Source**: Okta, "Retrieve a device".
    pub async fn get(&self, device_id: impl AsRef<str>) -> Result<Raw<Device>, Error> {
        self.client.api(Method::GET, &["devices", device_id.as_ref()]).document().await
    }

    /// The users of a device. Not paged.
    ///
    /// **Source**: Okta, "List all users for a device".
    pub fn users(&self, device_id: impl AsRef<str>) -> Listing<DeviceUser> {
        Listing::whole(&self.client, &["devices", device_id.as_ref(), "users"])
    }

    /// The devices of a user. Not paged.
    ///
    /// **Source**: Okta, "List all devices" of a user.
    pub fn of_user(&self, user_id: impl AsRef<str>) -> Listing<UserDevice> {
        Listing::whole(&self.client, &["users", user_id.as_ref(), "devices"])
    }

    /// Deletes a deactivated device **for good**.
    ///
    /// **Source**: Okta, "Delete a device".
    pub async fn delete(&self, device_id: impl AsRef<str>) -> Result<(), Error> {
        self.client.api(Method::DELETE, &["devices", device_id.as_ref()]).done().await
    }

    /// Puts a device into use.
    ///
    /// **Source**: Okta, "Activate a device".
    pub async fn activate(&self, device_id: impl AsRef<str>) -> Result<(), Error> {
        self.operate(device_id.as_ref(), "activate").await
    }

    /// Takes a device out of use; its users lose what they enrolled on it.
    ///
    /// **Source**: Okta, "Deactivate a device".
    pub async fn deactivate(&self, device_id: impl AsRef<str>) -> Result<(), Error> {
        self.operate(device_id.as_ref(), "deactivate").await
    }

    /// Takes a device out of use for a while.
    ///
    /// **Source**: Okta, "Suspend a device".
    pub async fn suspend(&self, device_id: impl AsRef<str>) -> Result<(), Error> {
        self.operate(device_id.as_ref(), "suspend").await
    }

    /// Puts a suspended device back into use.
    ///
    /// **Source**: Okta, "Unsuspend a device".
    pub async fn unsuspend(&self, device_id: impl AsRef<str>) -> Result<(), Error> {
        self.operate(device_id.as_ref(), "unsuspend").await
    }

    async fn operate(&self, device_id: &str, operation: &str) -> Result<(), Error> {
        self.client.api(Method::POST, &["devices", device_id, "lifecycle", operation]).done().await
    }
}

impl Listing<Device> {
    /// A SCIM expression, such as one over `profile.platform`.
    pub fn search(self, expression: impl Into<Expression<Search>>) -> Self {
        self.expression("search", expression.into())
    }
}
