//! The server on a real socket, against clients that misbehave.

use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::task::JoinHandle;

use super::super::body::{self, BodyError};
use super::*;

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    server: JoinHandle<Drained>,
}

async fn start(limits: Limits) -> Running {
    let most = limits.body_bytes;
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route(
            "/wait",
            get(async || sleep(Duration::from_millis(300)).await),
        )
        .route("/refuse", post(async || StatusCode::UNAUTHORIZED))
        .route(
            "/read",
            post(async move |body: Body| match body::read(body, most).await {
                Ok(_) => StatusCode::NO_CONTENT,
                Err(BodyError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
                Err(BodyError::Broken) => StatusCode::BAD_REQUEST,
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
    Running {
        address,
        shutdown,
        server,
    }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends text and reads the answer until the server closes.
    async fn exchange(&self, text: &[u8]) -> String {
        let mut socket = self.connect().await;
        socket.write_all(text).await.unwrap();
        rest(&mut socket).await
    }

    async fn get(&self) -> String {
        self.exchange(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
    }
}

async fn rest(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(Duration::from_secs(20), socket.read_to_end(&mut text));
    read.await.expect("the server hangs up").unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_head_that_never_ends_is_hung_up_on_while_others_are_served() {
    let server = start(Limits {
        header_read: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
    assert!(server.get().await.ends_with("hello"));
    rest(&mut slow).await;
    let mut silent = server.connect().await;
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn silent_connections_cannot_keep_others_out() {
    let server = start(Limits {
        connections: 8,
        ..Limits::default()
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..64 {
        let mut socket = server.connect().await;
        // Half of them begin a request and never end it.
        if flood.len() % 2 == 0 {
            socket.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        }
        flood.push(socket);
    }
    let answer = timeout(Duration::from_secs(8), server.get()).await;
    assert!(answer.expect("an answer").ends_with("hello"));
}

#[tokio::test]
async fn a_body_too_large_is_told_so_even_to_a_client_that_keeps_sending() {
    let server = start(Limits {
        body_bytes: 1000,
        ..Limits::default()
    })
    .await;
    let size = 4 * 1024 * 1024;
    let mut announced =
        format!("POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: {size}\r\n\r\n").into_bytes();
    announced.resize(announced.len() + size, b'x');
    let answer = server.exchange(&announced).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let mut chunked =
        b"POST /read HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..1000 {
        chunked.extend_from_slice(b"5\r\nxxxxx\r\n");
    }
    let answer = server.exchange(&chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let unread = String::from_utf8(announced)
        .unwrap()
        .replace("/read", "/refuse");
    let answer = server.exchange(unread.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn nonsense_and_heads_too_large_are_refused_and_the_server_goes_on() {
    let server = start(Limits::default()).await;
    for (text, status) in [
        ("\0\u{1}\u{2}nonsense\r\n\r\n".to_owned(), "400"),
        (
            "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n".to_owned(),
            "400",
        ),
        (
            format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(100 * 1024)),
            "431",
        ),
    ] {
        let answer = server.exchange(text.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    assert!(server.get().await.contains("\r\ndate: "));
}

#[tokio::test]
async fn a_body_cut_short_is_no_request() {
    let server = start(Limits::default()).await;
    let mut socket = server.connect().await;
    let head = b"POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf";
    socket.write_all(head).await.unwrap();
    socket.shutdown().await.unwrap();
    assert!(!rest(&mut socket).await.contains("204"));
    assert!(server.get().await.ends_with("hello"));
}

#[tokio::test]
async fn stopping_answers_what_is_under_way_and_refuses_what_comes() {
    let server = start(Limits::default()).await;
    let mut under_way = server.connect().await;
    under_way
        .write_all(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_millis(100)).await;
    server.shutdown.cancel();
    assert!(rest(&mut under_way).await.starts_with("HTTP/1.1 200 "));
    assert!(rest(&mut idle).await.ends_with("hello"));
    assert_eq!(server.server.await.unwrap(), Drained::Clean);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let server = start(Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut under_way = server.connect().await;
    under_way
        .write_all(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_millis(50)).await;
    server.shutdown.cancel();
    assert_eq!(server.server.await.unwrap(), Drained::CutOff(1));
}
