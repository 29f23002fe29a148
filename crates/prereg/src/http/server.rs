//! A socket, answered by a router.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::connections::{Connections, Seat};
use super::stall::GivesUp;
use super::{Limits, Peer};

/// How long a connection has for its goodbye when another one needs its seat.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// How long a client may go on sending a body that nobody reads any more.
const LINGER: Duration = Duration::from_secs(2);
/// The pause after the system refused to accept, so that it can recover.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Every request got its answer.
    Clean,
    /// So many connections had to be cut off.
    CutOff(usize),
}

/// Answers requests until `shutdown`; then lets those under way finish, for as
/// long as the limits say, and returns.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> Drained {
    let connections = Connections::new(limits.connections);
    let server = Server {
        router,
        limits: Arc::new(limits),
        drain: CancellationToken::new(),
        cut_off: CancellationToken::new(),
    };
    let tasks = TaskTracker::new();
    while let Some((socket, peer, seat)) = next(&listener, &connections, &shutdown).await {
        tasks.spawn(server.clone().connection(socket, peer, seat));
    }
    drop(listener);
    server.drain.cancel();
    tasks.close();
    if timeout(server.limits.drain, tasks.wait()).await.is_ok() {
        return Drained::Clean;
    }
    let left = tasks.len();
    server.cut_off.cancel();
    tasks.wait().await;
    Drained::CutOff(left)
}

/// The next connection and its seat, or none once it is time to stop.
async fn next(
    listener: &TcpListener,
    connections: &Connections,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, Seat)> {
    let coming = async {
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => return (socket, peer, connections.seat().await),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept; hanging up on silent connections");
                    connections.hang_up();
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        accepted = coming => Some(accepted),
    }
}

/// Errors of a client that left before it was accepted, as opposed to the
/// system's, such as too many open files.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[derive(Clone)]
struct Server {
    router: Router,
    limits: Arc<Limits>,
    drain: CancellationToken,
    cut_off: CancellationToken,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, std::convert::Infallible>> + Send>>;

impl Server {
    async fn connection(self, socket: TcpStream, peer: SocketAddr, seat: Seat) {
        // Small answers go out at once; without it they are only slower.
        let _ = socket.set_nodelay(true);
        let seat = Arc::new(seat);
        let socket = TokioIo::new(GivesUp::new(socket, self.limits.write_stall));
        let (router, table) = (self.router.clone(), Arc::clone(&seat));
        let service = service_fn(move |request| answer(router.clone(), &table, peer, request));
        let mut connection = self.protocol().serve_connection(socket, service);
        let served = {
            let mut serving = pin!(std::future::poll_fn(
                |context| connection.poll_without_shutdown(context)
            ));
            tokio::select! {
                served = &mut serving => Some(served.is_ok()),
                () = seat.hang_up() => None,
                () = self.drain.cancelled() => None,
            }
        };
        let served = match served {
            Some(served) => served,
            None => self.finish(&mut connection, &seat).await,
        };
        if served {
            let socket = connection.into_parts().io.into_inner();
            self.linger(socket, &seat).await;
        }
    }

    /// No further request; the one under way gets its answer. False where the
    /// time for that ran out.
    async fn finish<S>(
        &self,
        connection: &mut http1::Connection<TokioIo<GivesUp<TcpStream>>, S>,
        seat: &Seat,
    ) -> bool
    where
        S: hyper::service::HttpService<Incoming, ResBody = Body> + Unpin,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Unpin,
    {
        Pin::new(&mut *connection).graceful_shutdown();
        let serving = std::future::poll_fn(|context| connection.poll_without_shutdown(context));
        let out_of_time = async {
            if self.drain.is_cancelled() {
                self.cut_off.cancelled().await;
            } else {
                seat.hang_up().await;
                sleep(LAST_WORDS).await;
            }
        };
        tokio::select! {
            served = serving => served.is_ok(),
            () = out_of_time => false,
        }
    }

    /// Says goodbye and takes what the client still sends. A socket closed with
    /// unread bytes is reset, and the reset may overtake the answer: a client
    /// would see a broken connection in place of a 401 or a 413.
    async fn linger(&self, mut socket: GivesUp<TcpStream>, seat: &Seat) {
        let goodbye = async {
            socket.shutdown().await?;
            let mut unread = vec![0; 16 * 1024];
            while socket.read(&mut unread).await? > 0 {}
            Ok::<(), io::Error>(())
        };
        tokio::select! {
            _ = timeout(LINGER, goodbye) => {}
            () = seat.hang_up() => {}
            () = self.drain.cancelled() => {}
        }
    }

    fn protocol(&self) -> http1::Builder {
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_read)
            .max_header_size(self.limits.header_bytes);
        protocol
    }
}

fn answer(
    router: Router,
    seat: &Arc<Seat>,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Answer {
    let busy = seat.busy();
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer));
    Box::pin(async move {
        let response = router.oneshot(request).await?;
        // The connection is busy until its response is on its way.
        Ok(response.map(|body| Body::new(Holding { body, _held: busy })))
    })
}

/// A body that keeps something until it has been sent or given up.
struct Holding<T> {
    body: Body,
    _held: T,
}

impl<T: Unpin> HttpBody for Holding<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "server/tests.rs"]
mod tests;
