//! Somebody who is told of events.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

/// A request as it arrived.
#[derive(Clone)]
pub(in crate::hook) struct Received {
    pub(in crate::hook) method: Method,
    pub(in crate::hook) uri: Uri,
    pub(in crate::hook) headers: HeaderMap,
    pub(in crate::hook) body: String,
}

type Answer = Box<dyn Fn(&Received) -> Response + Send + Sync>;

struct Desk {
    answer: Answer,
    received: Mutex<Vec<Received>>,
}

/// A server that notes what it receives and answers as it is told.
pub(in crate::hook) struct Receiver {
    pub(in crate::hook) url: String,
    desk: Arc<Desk>,
}

impl Receiver {
    pub(in crate::hook) async fn start(
        answer: impl Fn(&Received) -> Response + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=7", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            answer: Box::new(answer),
            received: Mutex::default(),
        });
        let router = Router::new().fallback(receive).with_state(desk.clone());
        tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let io = hyper_util::rt::TokioIo::new(socket);
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let http = hyper::server::conn::http1::Builder::new();
                // A client may leave whenever it likes.
                connections.spawn(async move { http.serve_connection(io, service).await.ok() });
            }
        });
        Self { url, desk }
    }

    /// What arrived so far, in order.
    pub(in crate::hook) fn received(&self) -> Vec<Received> {
        self.desk.received.lock().unwrap().clone()
    }
}

/// Meets the challenge, if that is what a request is.
pub(in crate::hook) fn meets_challenge(received: &Received) -> Response {
    match received.headers.get("x-okta-verification-challenge") {
        Some(challenge) => {
            let challenge = challenge.to_str().unwrap();
            format!(r#"{{"verification":"{challenge}"}}"#).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn receive(State(desk): State<Arc<Desk>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let received = Received {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let answer = (desk.answer)(&received);
    desk.received.lock().unwrap().push(received);
    answer
}
