//! How many connections there are, and which of them are doing nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// The connections of one listener.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    seats: Arc<Semaphore>,
    waiting: Arc<Mutex<Waiting>>,
    /// How many have to go when one seat is needed: a flood comes fast.
    round: usize,
}

/// The connections that wait for a request, the longest one first.
#[derive(Debug, Default)]
struct Waiting {
    turn: u64,
    connections: BTreeMap<u64, CancellationToken>,
}

/// One connection. It waits for a request until [`Seat::busy`] is called, and
/// its seat is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    table: Connections,
    turn: Mutex<Option<u64>>,
    hang_up: CancellationToken,
    _permit: Option<OwnedSemaphorePermit>,
}

/// A request under way; the connection waits again when it is dropped.
pub(crate) struct Busy(Arc<Seat>);

impl Connections {
    /// Room for so many.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(most)),
            waiting: Arc::default(),
            round: (most / 16).max(1),
        }
    }

    /// A seat for a connection. Where none is free, the connections that have
    /// been waiting for longest have to go: so those who open connections and
    /// say nothing cannot keep others out.
    pub(crate) async fn seat(&self) -> Seat {
        let free = Arc::clone(&self.seats).try_acquire_owned();
        let permit = if let Ok(permit) = free {
            Some(permit)
        } else {
            self.hang_up();
            // Closed is what this semaphore never is.
            Arc::clone(&self.seats).acquire_owned().await.ok()
        };
        let hang_up = CancellationToken::new();
        let turn = Mutex::new(Some(self.wait(&hang_up)));
        Seat {
            table: self.clone(),
            turn,
            hang_up,
            _permit: permit,
        }
    }

    /// Asks the connections that have been waiting for longest to go.
    pub(crate) fn hang_up(&self) {
        let mut waiting = self.lock();
        for _ in 0..self.round {
            if let Some((_, longest)) = waiting.connections.pop_first() {
                longest.cancel();
            }
        }
    }

    fn wait(&self, hang_up: &CancellationToken) -> u64 {
        let mut waiting = self.lock();
        let turn = waiting.turn;
        waiting.turn += 1;
        waiting.connections.insert(turn, hang_up.clone());
        turn
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// A request came.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        self.stop_waiting();
        Busy(Arc::clone(self))
    }

    /// Resolves once the connection has to go.
    pub(crate) async fn hang_up(&self) {
        self.hang_up.cancelled().await;
    }

    fn stop_waiting(&self) {
        if let Some(turn) = self.turn().take() {
            self.table.lock().connections.remove(&turn);
        }
    }

    fn turn(&self) -> MutexGuard<'_, Option<u64>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let seat = &self.0;
        *seat.turn() = Some(seat.table.wait(&seat.hang_up));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.stop_waiting();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_waiting_one_goes_and_busy_ones_stay() {
        let connections = Connections::new(3);
        let busy = Arc::new(connections.seat().await);
        let request = busy.busy();
        let oldest = connections.seat().await;
        let youngest = connections.seat().await;
        let newcomer = connections.clone();
        let newcomer = tokio::spawn(async move { newcomer.seat().await });
        oldest.hang_up().await;
        assert!(!busy.hang_up.is_cancelled() && !youngest.hang_up.is_cancelled());
        drop(oldest);
        newcomer.await.unwrap();
        drop(request);
        connections.hang_up();
        assert!(youngest.hang_up.is_cancelled());
        assert!(!busy.hang_up.is_cancelled());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_connections_that_are_gone() {
        let connections = Connections::new(2);
        for _ in 0..10 {
            let seat = Arc::new(connections.seat().await);
            drop(seat.busy());
        }
        assert!(connections.lock().connections.is_empty());
        assert_eq!(connections.seats.available_permits(), 2);
    }
}
