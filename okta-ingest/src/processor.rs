//! What a user writes: a function from one event to an [`Outcome`].

use futures::future::BoxFuture;

use crate::{Delivery, Outcome};

/// Handles one event. It never settles: it says what became of the event, and the worker carries that out.
///
/// A processor may see an event more than once (its lease may end, the process may die before the settle). Effects in the
/// store's own database belong into a [`Sink`](crate::Sink), which the store runs in the settling transaction: there each
/// event has exactly one effect. Effects elsewhere must be keyed by `(delivery.org, delivery.key)`.
///
/// Any async function from a delivery to an outcome is one, by way of [`processor_fn`].
pub trait Processor: Send + Sync + 'static {
    /// Handles `delivery`. A panic counts as a failed attempt.
    fn process<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Outcome>;
}

/// Takes every event as done: for stores whose [`Sink`](crate::Sink) does all the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct AcceptAll;

impl Processor for AcceptAll {
    fn process<'a>(&'a self, _: &'a Delivery) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::Done))
    }
}

/// Makes a processor of a function.
pub fn processor_fn<F>(function: F) -> impl Processor
where
    F: for<'a> Fn(&'a Delivery) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
{
    Function(function)
}

struct Function<F>(F);

impl<F> Processor for Function<F>
where
    F: for<'a> Fn(&'a Delivery) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
{
    fn process<'a>(&'a self, delivery: &'a Delivery) -> BoxFuture<'a, Outcome> {
        (self.0)(delivery)
    }
}
