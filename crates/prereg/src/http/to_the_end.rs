//! Requests that are carried to their end.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::task::spawn;
use tracing::{Instrument as _, Span};

/// Answers a request that may change something in a task of its own, so that a
/// client that hangs up breaks nothing off: neither a change nor the entry in the
/// audit log that tells of a refusal. A panic is passed on. Only what has not come
/// of the body then does not come any more.
pub(super) async fn to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (awaits, awaited) = oneshot::channel();
    let request = request.map(|body| Body::new(Awaited { body, awaited }));
    let answer = spawn(next.run(request).instrument(Span::current()));
    let answer = answer.await;
    drop(awaits);
    match answer {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down; nobody waits for an answer.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A body that breaks off once nobody awaits the answer.
struct Awaited {
    body: Body,
    awaited: oneshot::Receiver<()>,
}

impl HttpBody for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && Pin::new(&mut self.awaited).poll(context).is_ready() {
            let gone = std::io::ErrorKind::ConnectionAborted;
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(gone)))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::Method;
    use axum::middleware::from_fn;
    use axum::routing::any;
    use http_body_util::BodyExt as _;
    use tokio::sync::{Notify, mpsc};
    use tokio::time::timeout;
    use tower::ServiceExt as _;

    use super::*;

    /// Whether a handler gets to its end whose client hangs up while it waits.
    async fn gets_to_its_end(method: Method) -> bool {
        let (begun, mut has_begun) = mpsc::channel(1);
        let (ended, mut has_ended) = mpsc::channel(1);
        let go_on = Arc::new(Notify::new());
        let wait = Arc::clone(&go_on);
        let handler = any(move || async move {
            begun.send(()).await.unwrap();
            wait.notified().await;
            ended.send(()).await.unwrap();
        });
        let router = Router::new().route("/", handler);
        let router = router.layer(from_fn(to_the_end));
        let request = Request::builder().method(method).uri("/");
        let answer = router.oneshot(request.body(Body::empty()).unwrap());
        tokio::select! {
            _ = answer => unreachable!("nobody told it to go on"),
            _ = has_begun.recv() => {}
        }
        go_on.notify_one();
        let ended = timeout(Duration::from_secs(10), has_ended.recv());
        ended.await.unwrap().is_some()
    }

    /// A body of which nothing comes.
    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_breaks_off_whose_answer_nobody_awaits() {
        let (awaits, awaited) = oneshot::channel();
        let body = Body::new(Silent);
        let mut body = Awaited { body, awaited };
        let early = timeout(Duration::from_millis(10), body.frame()).await;
        assert!(early.is_err(), "it is awaited");
        drop(awaits);
        let frame = timeout(Duration::from_secs(10), body.frame()).await;
        assert!(frame.unwrap().unwrap().is_err());
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_breaks_off_what_it_reads_and_not_what_it_changes() {
        assert!(gets_to_its_end(Method::POST).await);
        assert!(gets_to_its_end(Method::DELETE).await);
        assert!(!gets_to_its_end(Method::GET).await);
    }
}
