//! A place for requests that compute for milliseconds, so that the threads that
//! answer sockets stay free for everybody else.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tracing::{Instrument as _, Span};

/// How many requests may be under way for each core. More than one computes at
/// a time only per core; the others wait for the disk.
const UNDER_WAY_PER_CORE: usize = 32;

/// Runs futures on threads of their own: as many compute at a time as there are
/// cores, and one that waits (for its commit, say) lets another compute.
#[derive(Clone, Debug)]
pub(crate) struct CpuPool {
    under_way: Arc<Semaphore>,
    cores: Arc<Cores>,
}

/// Cores that are free to compute.
#[derive(Debug)]
struct Cores {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A core, given back when dropped.
struct Core<'a>(&'a Cores);

impl CpuPool {
    /// A pool for all cores of the machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_cores(cores)
    }

    fn with_cores(cores: usize) -> Self {
        Self {
            under_way: Arc::new(Semaphore::new(cores * UNDER_WAY_PER_CORE)),
            cores: Arc::new(Cores {
                free: Mutex::new(cores),
                freed: Condvar::new(),
            }),
        }
    }

    /// Runs what `work` makes to its end, even if the caller stops waiting: a
    /// commit is not broken off because a client hung up. A panic in it is
    /// passed on.
    pub(crate) async fn run<W, F>(&self, work: W) -> F::Output
    where
        W: FnOnce() -> F + Send + 'static,
        F: Future,
        F::Output: Send + 'static,
    {
        let permit = Arc::clone(&self.under_way).acquire_owned().await;
        let (runtime, cores, span) = (Handle::current(), Arc::clone(&self.cores), Span::current());
        let done = spawn_blocking(move || {
            let _permit = permit;
            runtime.block_on(
                OnCores {
                    work: Box::pin(work()),
                    cores,
                }
                .instrument(span),
            )
        });
        match done.await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going down; nobody waits for an answer.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// A future that is polled only while it has a core.
struct OnCores<F> {
    work: Pin<Box<F>>,
    cores: Arc<Cores>,
}

impl<F: Future> Future for OnCores<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let _core = this.cores.take();
        this.work.as_mut().poll(context)
    }
}

impl Cores {
    /// Waits for a free core. A panic while one is held gives it back.
    fn take(&self) -> Core<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self
                .freed
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Core(self)
    }
}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_compute_at_a_time_than_there_are_cores() {
        let pool = CpuPool::with_cores(2);
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
        let pool = CpuPool::with_cores(1);
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
        let pool = CpuPool::with_cores(1);
        let other = pool.clone();
        let panicked =
            tokio::spawn(async move { other.run(|| async { panic!("on purpose") }).await });
        assert!(panicked.await.unwrap_err().is_panic());
        assert_eq!(pool.run(|| async { 1 }).await, 1);
    }
}
