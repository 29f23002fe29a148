//! Requests that are carried to their end.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::task::spawn;
use tracing::{Instrument as _, Span};

/// Answers a request that may change something in a task of its own, so that a
/// client that hangs up breaks nothing off: neither a change nor the entry in the
/// audit log that tells of a refusal. A panic is passed on.
pub(super) async fn to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let answer = spawn(next.run(request).instrument(Span::current()));
    match answer.await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down; nobody waits for an answer.
            Err(_) => std::future::pending().await,
        },
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

    #[tokio::test]
    async fn a_client_that_hangs_up_breaks_off_what_it_reads_and_not_what_it_changes() {
        assert!(gets_to_its_end(Method::POST).await);
        assert!(gets_to_its_end(Method::DELETE).await);
        assert!(!gets_to_its_end(Method::GET).await);
    }
}
