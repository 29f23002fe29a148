//! A server that answers by script and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::orchestrate::{Authorization, Client};

/// A request that was received.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) call: String,
    pub(super) authorization: String,
    pub(super) body: Value,
}

/// Answers by `METHOD /path`; the last one of a list is given over and over.
pub(super) struct Script {
    base: String,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    asked: Mutex<Vec<Asked>>,
}

/// An answer: status, headers, body.
#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// A fixed token.
struct Token(&'static str);

impl Authorization for Token {
    fn header(&self) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new(self.0.to_owned()))
    }
}

impl Script {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shared = Arc::new(Shared::default());
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            base,
            shared,
            _runtime: runtime,
        }
    }

    /// Adds an answer to a call.
    pub(super) fn on(&self, call: &str, answer: Answer) -> &Self {
        let mut answers = self.shared.answers.lock().unwrap();
        answers
            .entry(call.to_owned())
            .or_default()
            .push_back(answer);
        self
    }

    /// A client that does not wait between attempts.
    pub(super) fn client(&self, authorization: &'static str) -> Client {
        Client::new(&self.base, Box::new(Token(authorization))).without_waiting()
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// What it was asked so far, in order.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How often that was asked.
    pub(super) fn times(&self, call: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.call == call)
            .count()
    }
}

impl Answer {
    pub(super) fn json(body: &Value) -> Self {
        Self::status(200, &body.to_string())
    }

    pub(super) fn status(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let call = format!("{} {}", parts.method, parts.uri);
    let authorization = parts.headers.get("authorization");
    let body = body.collect().await.unwrap().to_bytes();
    shared.asked.lock().unwrap().push(Asked {
        call: call.clone(),
        authorization: authorization
            .map_or("", |value| value.to_str().unwrap())
            .to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let answer = {
        let mut answers = shared.answers.lock().unwrap();
        match answers.get_mut(&call) {
            None => Answer::status(404, &format!("nothing is written for {call}")),
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
            Some(answers) => answers[0].clone(),
        }
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
