use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use prereg_types::Timestamp;
use prereg_types::api::{Actor, Client, LogEvent, Outcome};
use relying_party::clock::Clock as _;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::SECRET;
use super::receiver::{Received, Receiver, meets_challenge};
use crate::clock::SystemClock;
use crate::hook::{Hook, Worker};
use crate::store::Database;

const ISSUER: &str = "https://acme.okta.example";
const SOON: Duration = Duration::from_secs(20);

fn event(uuid: &str) -> LogEvent {
    LogEvent {
        actor: Actor {
            id: "system".into(),
            kind: "SystemPrincipal".into(),
            alternate_id: "system".into(),
            display_name: "prereg".into(),
        },
        client: Client::default(),
        display_message: "Activate factor for user".into(),
        event_type: "user.mfa.factor.activate".into(),
        outcome: Outcome {
            result: "SUCCESS",
            reason: None,
        },
        published: Timestamp::from_seconds(1_780_000_000),
        severity: "INFO",
        target: Vec::new(),
        uuid: uuid.into(),
        version: "0",
    }
}

fn hook(receiver: &Receiver) -> Hook {
    Hook::new(&receiver.url, SECRET).unwrap()
}

/// A worker that runs until the value is dropped.
struct Running(CancellationToken, JoinHandle<()>);

impl Running {
    fn start(database: &Database, hooks: Vec<Hook>) -> Self {
        let stop = CancellationToken::new();
        let worker = Worker::new(database.clone(), hooks, ISSUER);
        Self(stop.clone(), tokio::spawn(worker.run(stop)))
    }

    async fn stop(self) {
        self.0.cancel();
        timeout(SOON, self.1).await.unwrap().unwrap();
    }
}

fn deliveries(receiver: &Receiver) -> Vec<Received> {
    let all = receiver.received().into_iter();
    all.filter(|one| one.method == Method::POST).collect()
}

/// The ids of what arrived, in order.
fn ids(receiver: &Receiver) -> Vec<String> {
    let bodies = deliveries(receiver).into_iter().map(|one| one.body);
    let ids = bodies.map(|body| {
        let body: Value = serde_json::from_str(&body).unwrap();
        body["eventId"].as_str().unwrap().to_owned()
    });
    ids.collect()
}

async fn until(mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, waiting).await.unwrap();
}

async fn queued(database: &Database) -> (u64, u64) {
    let counts = database.counts().await.unwrap();
    (counts.events_queued, counts.deliveries_queued)
}

#[tokio::test]
async fn each_hook_is_verified_first_and_then_told_in_order() {
    let database = Database::scratch().await;
    for uuid in ["a", "b"] {
        database.append_event(event(uuid)).await.unwrap();
    }
    let receivers = [
        Receiver::start(meets_challenge).await,
        Receiver::start(meets_challenge).await,
    ];
    let hooks = receivers.iter().map(hook).collect();
    let running = Running::start(&database, hooks);
    until(|| receivers.iter().all(|one| deliveries(one).len() == 2)).await;
    database.append_event(event("c")).await.unwrap();
    until(|| receivers.iter().all(|one| deliveries(one).len() == 3)).await;
    for receiver in &receivers {
        assert_eq!(receiver.received()[0].method, Method::GET);
        assert_eq!(ids(receiver), ["a", "b", "c"]);
    }
    running.stop().await;
    assert_eq!(queued(&database).await, (0, 0));
}

#[tokio::test]
async fn a_delivery_has_oktas_form() {
    let database = Database::scratch().await;
    let receiver = Receiver::start(meets_challenge).await;
    database.append_event(event("a")).await.unwrap();
    let running = Running::start(&database, vec![hook(&receiver)]);
    until(|| !deliveries(&receiver).is_empty()).await;
    running.stop().await;
    let body: Value = serde_json::from_str(&deliveries(&receiver)[0].body).unwrap();
    let id = hook(&receiver).id().to_owned();
    assert_eq!(body["eventType"], "com.okta.event_hook");
    assert_eq!(body["eventTypeVersion"], "1.0");
    assert_eq!(body["cloudEventsVersion"], "0.1");
    assert_eq!(body["contentType"], "application/json");
    assert_eq!(body["source"], format!("{ISSUER}/api/v1/eventHooks/{id}"));
    assert_eq!(body["eventId"], "a");
    let events = body["data"]["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    let told = serde_json::to_value(event("a")).unwrap();
    assert_eq!(events[0], told);
    assert_eq!(body.as_object().unwrap().len(), 8);
}

#[tokio::test]
async fn what_a_hook_does_not_take_comes_again_before_what_is_next() {
    let database = Database::scratch().await;
    let tries = AtomicUsize::new(0);
    let receiver = Receiver::start(move |received: &Received| -> Response {
        if received.method == Method::POST && tries.fetch_add(1, Ordering::SeqCst) == 0 {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        meets_challenge(received)
    })
    .await;
    let healthy = Receiver::start(meets_challenge).await;
    for uuid in ["a", "b"] {
        database.append_event(event(uuid)).await.unwrap();
    }
    let running = Running::start(&database, vec![hook(&receiver), hook(&healthy)]);
    until(|| deliveries(&receiver).len() == 3).await;
    running.stop().await;
    assert_eq!(ids(&receiver), ["a", "a", "b"]);
    assert_eq!(ids(&healthy), ["a", "b"]);
    assert_eq!(queued(&database).await, (0, 0));
}

#[tokio::test]
async fn before_its_verification_a_hook_is_told_nothing_and_afterwards_everything() {
    let database = Database::scratch().await;
    let gets = AtomicUsize::new(0);
    let receiver = Receiver::start(move |received: &Received| -> Response {
        let is_first = received.method == Method::GET && gets.fetch_add(1, Ordering::SeqCst) == 0;
        if is_first {
            return StatusCode::NOT_FOUND.into_response();
        }
        meets_challenge(received)
    })
    .await;
    database.append_event(event("a")).await.unwrap();
    let running = Running::start(&database, vec![hook(&receiver)]);
    until(|| !deliveries(&receiver).is_empty()).await;
    let methods = receiver.received().into_iter().map(|one| one.method);
    assert!(methods.eq([Method::GET, Method::GET, Method::POST]));
    running.stop().await;
    // Once is enough, also for the next process.
    database.append_event(event("b")).await.unwrap();
    let running = Running::start(&database, vec![hook(&receiver)]);
    until(|| deliveries(&receiver).len() == 2).await;
    running.stop().await;
    let methods = receiver.received().into_iter().map(|one| one.method);
    assert_eq!(methods.filter(|method| *method == Method::GET).count(), 2);
}

#[tokio::test]
async fn a_hook_that_is_not_verified_holds_up_no_other() {
    let database = Database::scratch().await;
    let broken = Receiver::start(|_| StatusCode::NOT_FOUND.into_response()).await;
    let healthy = Receiver::start(meets_challenge).await;
    for number in 0..300 {
        database
            .append_event(event(&number.to_string()))
            .await
            .unwrap();
    }
    let running = Running::start(&database, vec![hook(&broken), hook(&healthy)]);
    until(|| deliveries(&healthy).len() == 300).await;
    running.stop().await;
    assert!(deliveries(&broken).is_empty());
    assert_eq!(queued(&database).await, (0, 300));
}

#[tokio::test]
async fn without_hooks_and_for_hooks_taken_out_nothing_piles_up() {
    let database = Database::scratch().await;
    database.append_event(event("a")).await.unwrap();
    let now = SystemClock.now();
    database.fan_out(&["whoWasTakenOut"], now).await.unwrap();
    database.append_event(event("b")).await.unwrap();
    let running = Running::start(&database, Vec::new());
    let empty = async {
        while queued(&database).await != (0, 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, empty).await.unwrap();
    running.stop().await;
}
