use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::SECRET;
use super::receiver::{Received, Receiver, meets_challenge};
use crate::hook::Hook;
use crate::hook::client::Client;

fn hook(receiver: &Receiver) -> Hook {
    Hook::new(&receiver.url, SECRET).unwrap()
}

/// What comes of a delivery to somebody who answers so.
async fn delivery(
    answer: impl Fn(&Received) -> Response + Send + Sync + 'static,
) -> (Result<(), String>, Receiver) {
    let receiver = Receiver::start(answer).await;
    let delivered = Client::new()
        .deliver(&hook(&receiver), b"{}".to_vec())
        .await;
    (delivered, receiver)
}

#[tokio::test]
async fn the_challenge_is_a_get_that_has_to_be_repeated() {
    let receiver = Receiver::start(meets_challenge).await;
    let client = Client::new();
    for _ in 0..2 {
        client.verify(&hook(&receiver)).await.unwrap();
    }
    let [first, second] = &receiver.received()[..] else {
        panic!("two requests");
    };
    assert_eq!(first.method, Method::GET);
    assert_eq!(first.uri, "/hook?key=7");
    assert_eq!(first.headers["authorization"], SECRET);
    let challenge = |one: &Received| one.headers["x-okta-verification-challenge"].clone();
    assert_ne!(challenge(first), challenge(second));
}

#[tokio::test]
async fn another_answer_does_not_meet_the_challenge() {
    let answers: [fn(&Received) -> Response; 5] = [
        |_| r#"{"verification":"something else"}"#.into_response(),
        |_| StatusCode::OK.into_response(),
        |_| "[]".into_response(),
        |received| (StatusCode::BAD_GATEWAY, meets_challenge(received)).into_response(),
        |received| {
            let met = received.headers["x-okta-verification-challenge"]
                .to_str()
                .unwrap();
            let blank = " ".repeat(1 << 17);
            format!(r#"{{{blank}"verification":"{met}"}}"#).into_response()
        },
    ];
    for answer in answers {
        let receiver = Receiver::start(answer).await;
        let verified = Client::new().verify(&hook(&receiver)).await;
        assert!(verified.is_err());
    }
}

#[tokio::test]
async fn a_delivery_is_a_post_with_the_shared_secret() {
    let (delivered, receiver) = delivery(|_| StatusCode::NO_CONTENT.into_response()).await;
    delivered.unwrap();
    let [one] = &receiver.received()[..] else {
        panic!("one request");
    };
    assert_eq!(one.method, Method::POST);
    assert_eq!(one.headers["authorization"], SECRET);
    assert_eq!(one.headers["content-type"], "application/json");
    assert_eq!(one.body, "{}");
}

#[tokio::test]
async fn anything_but_a_success_is_an_error() {
    for status in [400, 401, 404, 410, 429, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        let (delivered, _) = delivery(move |_| status.into_response()).await;
        assert!(delivered.unwrap_err().contains(status.as_str()));
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::start(|_| StatusCode::OK.into_response()).await;
    let target = elsewhere.url.clone();
    for status in [301, 302, 303, 307, 308] {
        let (status, target) = (StatusCode::from_u16(status).unwrap(), target.clone());
        let (delivered, _) =
            delivery(move |_| (status, [("location", target.clone())]).into_response()).await;
        assert!(delivered.unwrap_err().contains("redirect"));
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_success_counts_however_much_the_hook_says() {
    let (delivered, _) = delivery(|_| vec![b'x'; 1 << 20].into_response()).await;
    assert_eq!(delivered, Ok(()));
}

#[tokio::test]
async fn a_hook_that_does_not_answer_is_left_after_the_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hook = Hook::new(&url, SECRET).unwrap();
    let client = Client::with_timeout(Duration::from_millis(100));
    let started = Instant::now();
    assert!(client.deliver(&hook, b"{}".to_vec()).await.is_err());
    assert!(client.verify(&hook).await.is_err());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn errors_do_not_repeat_the_secret() {
    let hook = Hook::new("http://127.0.0.1:1/T00", SECRET).unwrap();
    let error = Client::new()
        .deliver(&hook, b"{}".to_vec())
        .await
        .unwrap_err();
    assert!(!error.contains(SECRET), "{error}");
}
