//! A place for requests that compute for milliseconds, so that the threads that
//! answer sockets stay free for everybody else.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{self, Handle, Runtime};
use tracing::{Instrument as _, Span};

/// Threads of their own, one for each core, that run futures: as many compute at
/// a time as there are cores, and one that waits (for its commit, say) lets
/// another compute. Clones are handles of the same threads.
#[derive(Clone, Debug)]
pub(crate) struct CpuPool {
    handle: Handle,
    _threads: Arc<Threads>,
}

/// The threads, which end with the last handle.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl CpuPool {
    /// A pool for all cores of the machine.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn new() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_cores(cores)
    }

    fn with_cores(cores: usize) -> io::Result<Self> {
        let threads = runtime::Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("compute")
            // What the database has answered comes from outside, too, and is not
            // to stand behind everything that begins.
            .global_queue_interval(1)
            .enable_time()
            .build()?;
        Ok(Self {
            handle: threads.handle().clone(),
            _threads: Arc::new(Threads(Some(threads))),
        })
    }

    /// Runs what `work` makes to its end, even if the caller stops waiting: a
    /// commit is not broken off because a client hung up. A panic in it is
    /// passed on.
    pub(crate) async fn run<W, F>(&self, work: W) -> F::Output
    where
        W: FnOnce() -> F + Send + 'static,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let work = async move { work().await }.instrument(Span::current());
        match self.handle.spawn(work).await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The threads are ending; nobody waits for an answer.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            // The last handle may go where nothing must block.
            threads.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_compute_at_a_time_than_there_are_cores() {
        let pool = CpuPool::with_cores(2).unwrap();
        let computing = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let requests: Vec<_> = (0..16)
            .map(|_| {
                let (pool, computing, most) = (pool.clone(), computing.clone(), most.clone());
                tokio::spawn(async move {
                    pool.run(move || async move {
                        let now = computing.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(5));
                        computing.fetch_sub(1, Ordering::SeqCst);
                    })
                    .await;
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn one_that_waits_lets_another_compute() {
        let pool = CpuPool::with_cores(1).unwrap();
        let (send, receive) = tokio::sync::oneshot::channel();
        let waiting = pool.run(move || async move { receive.await.unwrap() });
        let computing = pool.run(move || async move { send.send(7).unwrap() });
        let both = async { tokio::join!(waiting, computing) };
        let (received, ()) = tokio::time::timeout(Duration::from_secs(10), both)
            .await
            .unwrap();
        assert_eq!(received, 7);
    }

    #[tokio::test]
    async fn a_panic_is_passed_on_and_the_core_comes_back() {
        let pool = CpuPool::with_cores(1).unwrap();
        let other = pool.clone();
        let panicked =
            tokio::spawn(async move { other.run(|| async { panic!("on purpose") }).await });
        assert!(panicked.await.unwrap_err().is_panic());
        assert_eq!(pool.run(|| async { 1 }).await, 1);
    }
}
