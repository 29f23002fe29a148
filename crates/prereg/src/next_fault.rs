//! The fault that the next shipment is to commit, as somebody at the page has
//! chosen. It lasts until a shipment has committed it, or until the end of the
//! process: nobody should find faults that were forgotten long ago.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use yubico_sim::Fault;

/// The fault of the next shipment. Clones are handles of the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct NextFault(Arc<Mutex<Option<Fault>>>);

impl NextFault {
    /// Chooses one, or none.
    pub(crate) fn choose(&self, fault: Option<Fault>) {
        *self.chosen() = fault;
    }

    /// What is chosen.
    pub(crate) fn peek(&self) -> Option<Fault> {
        *self.chosen()
    }

    /// What is chosen, for the shipment that commits it. If that shipment comes
    /// to nothing, [`Self::choose`] it again.
    pub(crate) fn take(&self) -> Option<Fault> {
        self.chosen().take()
    }

    fn chosen(&self) -> MutexGuard<'_, Option<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shipment_takes_it() {
        let at_the_page = NextFault::default();
        let at_the_facade = at_the_page.clone();
        assert_eq!(at_the_facade.take(), None);
        at_the_page.choose(Some(Fault::TamperedTag));
        assert_eq!(at_the_facade.peek(), Some(Fault::TamperedTag));
        assert_eq!(at_the_facade.take(), Some(Fault::TamperedTag));
        assert_eq!(at_the_page.peek(), None);
    }
}
