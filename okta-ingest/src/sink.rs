//! Effects that happen exactly once: written by the store in the transaction that settles their events.

use futures::future::BoxFuture;

use crate::{Delivery, error::BoxError};

/// Writes the effects of events into the store's own database, over its open transaction `Connection`.
///
/// The store calls it with the events of one settle whose outcome is [`Done`](crate::Outcome::Done) and whose receipts still
/// hold, and commits its writes together with the settlement. So an event has one effect: if the process dies before the
/// commit there is neither effect nor settlement, after it there are both, and a worker that lost its lease writes nothing.
pub trait Sink<Connection: ?Sized>: Send + Sync + 'static {
    /// Writes the effects of `events`.
    ///
    /// # Errors
    /// Any error rolls the settlement back. The worker then settles the events one by one, so that one poisonous event
    /// becomes a dead letter after its attempts and the rest flows (FAILURES.md C08).
    fn write<'a>(
        &'a self,
        connection: &'a mut Connection,
        events: &'a [&'a Delivery],
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}
