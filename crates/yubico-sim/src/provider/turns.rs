//! One use of a key at a time: a key is a thing, and does one thing at a time.
//!
//! The store's revisions would catch two uses that meet, but only after both
//! have used up a PIN try; in one process they take turns instead.

use core::future::poll_fn;
use core::task::{Poll, Waker};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prereg_types::Serial;

/// The keys that are in use, and who waits for them.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Serial, Vec<Waker>>>);

/// The right to use a key, until it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    serial: &'a Serial,
}

impl Turns {
    /// Waits until nobody else uses the key.
    pub(super) async fn take<'a>(&'a self, serial: &'a Serial) -> Turn<'a> {
        poll_fn(|context| {
            let mut lines = self.lines();
            if let Some(waiting) = lines.get_mut(serial) {
                if !waiting.iter().any(|one| one.will_wake(context.waker())) {
                    waiting.push(context.waker().clone());
                }
                return Poll::Pending;
            }
            lines.insert(serial.clone(), Vec::new());
            Poll::Ready(())
        })
        .await;
        Turn {
            turns: self,
            serial,
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Serial, Vec<Waker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes all who wait, since one of them may have gone meanwhile.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let waiting = self.turns.lines().remove(self.serial);
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}
