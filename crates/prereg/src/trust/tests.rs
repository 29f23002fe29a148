use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use getrandom::SysRng;
use jose_core::jwk::{KeyUse, PrivateJwk};
use relying_party::attestation::TrustAnchors;

use super::*;
use crate::config::HttpUrl;

/// A provider's JWK Set on the network, whatever it is at the moment.
struct Site {
    url: String,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<AtomicUsize>,
}

impl Site {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/sign.jwks", listener.local_addr().unwrap());
        let answer: Arc<Mutex<Vec<u8>>> = Arc::default();
        let asked: Arc<AtomicUsize> = Arc::default();
        let site = Self {
            url,
            answer: Arc::clone(&answer),
            asked: Arc::clone(&asked),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                asked.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(&answer.lock().unwrap());
            }
        });
        site
    }

    fn says(&self, body: &str) {
        self.says_raw(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ));
    }

    fn says_raw(&self, answer: String) {
        *self.answer.lock().unwrap() = answer.into_bytes();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn source(&self, cooldown: Duration) -> Source {
        Source::Url {
            url: HttpUrl::parse(&self.url).unwrap(),
            cooldown,
        }
    }
}

fn keys(kids: &[&str]) -> JwkSet<PublicJwk> {
    let key = |kid: &&str| {
        let key = PrivateJwk::generate(&mut SysRng).unwrap();
        key.with_kid(kid).with_use(KeyUse::Sig).public().clone()
    };
    JwkSet::new(kids.iter().map(key).collect()).unwrap()
}

fn policy() -> Policy {
    let trust = TrustPolicy::AcceptAnySigningKey;
    Policy::new("https://acme.example", trust, TrustAnchors::default())
}

async fn open(source: Source, database: &Database) -> Result<Trust, String> {
    let opened = Trust::open(source, policy(), database.clone()).await;
    opened.map_err(|error| error.to_string())
}

fn pinned(trust: &Trust) -> Vec<String> {
    match &trust.party().load().policy().trust {
        TrustPolicy::Pinned(keys) => kids(keys).into_iter().map(ToOwned::to_owned).collect(),
        TrustPolicy::AcceptAnySigningKey => vec!["any".to_owned()],
    }
}

const NO_TIME: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_new_key_counts_as_soon_as_it_is_met() {
    let (site, database) = (Site::open(), Database::scratch().await);
    let first = keys(&["one"]);
    site.says(&first.to_json());
    let trust = open(site.source(NO_TIME), &database).await.unwrap();
    assert_eq!(pinned(&trust), ["one"]);
    assert!(!trust.meet_unknown_key().await, "nothing has changed");
    let mut both = first.keys().to_vec();
    both.extend_from_slice(keys(&["two"]).keys());
    site.says(&JwkSet::new(both).unwrap().to_json());
    assert!(trust.meet_unknown_key().await);
    assert_eq!(pinned(&trust), ["one", "two"]);
}

#[tokio::test]
async fn unknown_keys_cannot_make_us_ask_more_often_than_the_cool_down() {
    let (site, database) = (Site::open(), Database::scratch().await);
    site.says(&keys(&["one"]).to_json());
    let trust = open(site.source(LONG), &database).await.unwrap();
    site.says(&keys(&["two"]).to_json());
    for _ in 0..100 {
        assert!(!trust.meet_unknown_key().await);
    }
    assert_eq!(site.asked(), 1, "only at the start");
    assert_eq!(pinned(&trust), ["one"]);
}

#[tokio::test]
async fn many_who_meet_an_unknown_key_at_once_ask_once() {
    let (site, database) = (Site::open(), Database::scratch().await);
    site.says(&keys(&["one"]).to_json());
    let source = site.source(Duration::from_millis(300));
    let trust = Arc::new(open(source, &database).await.unwrap());
    site.says(&keys(&["two"]).to_json());
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut meetings = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let trust = Arc::clone(&trust);
        meetings.spawn(async move { trust.meet_unknown_key().await });
    }
    let met = meetings.join_all().await;
    assert_eq!(site.asked(), 2);
    assert!(met.into_iter().all(|changed| changed), "all may try again");
}

#[tokio::test]
async fn what_cannot_count_changes_nothing() {
    let (site, database) = (Site::open(), Database::scratch().await);
    site.says(&keys(&["one"]).to_json());
    let trust = open(site.source(NO_TIME), &database).await.unwrap();
    let private = PrivateJwk::generate(&mut SysRng).unwrap().with_kid("two");
    let without_kid = PrivateJwk::generate(&mut SysRng).unwrap();
    for body in [
        String::new(),
        "no json".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#.to_owned(),
        format!(r#"{{"keys":[{}]}}"#, private.to_json().as_str()),
        format!(r#"{{"keys":[{}]}}"#, without_kid.public().to_json()),
        // Valid, but longer than any set of keys.
        keys(&["two"]).to_json() + &" ".repeat(300_000),
    ] {
        site.says(&body);
        assert!(!trust.meet_unknown_key().await, "{body:.80}");
        assert_eq!(pinned(&trust), ["one"]);
    }
    let elsewhere = Site::open();
    elsewhere.says(&keys(&["two"]).to_json());
    for answer in [
        "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url
        ),
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{".to_owned(),
        String::new(),
    ] {
        site.says_raw(answer);
        assert!(!trust.meet_unknown_key().await);
        assert_eq!(pinned(&trust), ["one"]);
    }
    assert_eq!(elsewhere.asked(), 0, "redirects lead nowhere");
}

#[tokio::test]
async fn a_start_without_keys_fails_and_says_where_they_should_be() {
    let database = Database::scratch().await;
    let site = Site::open();
    site.says_raw("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned());
    let error = open(site.source(LONG), &database).await.unwrap_err();
    assert!(
        error.contains(&format!("trust.url {}", site.url)),
        "{error}"
    );
    assert!(error.contains("404"), "{error}");
    let nowhere = Source::File("/nowhere/sign.jwks".into());
    let error = open(nowhere, &database).await.unwrap_err();
    assert!(error.contains("trust.file /nowhere/sign.jwks: cannot be read"));
}

#[tokio::test]
async fn the_keys_read_last_are_pinned_while_the_address_does_not_answer() {
    let (site, database) = (Site::open(), Database::scratch().await);
    site.says(&keys(&["one"]).to_json());
    open(site.source(LONG), &database).await.unwrap();
    site.says_raw("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".to_owned());
    let trust = open(site.source(NO_TIME), &database).await.unwrap();
    assert_eq!(pinned(&trust), ["one"]);
    // As soon as it answers again, its word counts.
    site.says(&keys(&["two"]).to_json());
    assert!(trust.meet_unknown_key().await);
    assert_eq!(pinned(&trust), ["two"]);
    // Keys of one address are no keys of another one.
    let other = Site::open();
    other.says_raw("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".to_owned());
    let error = open(other.source(LONG), &database).await.unwrap_err();
    assert!(error.contains("503"), "{error}");
}

#[tokio::test]
async fn keys_of_a_file_and_of_this_process_are_read_again() {
    let database = Database::scratch().await;
    let name = format!("prereg-trust-{}.jwks", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, keys(&["one"]).to_json()).unwrap();
    let trust = open(Source::File(path.clone()), &database).await.unwrap();
    std::fs::write(&path, keys(&["two"]).to_json()).unwrap();
    // A moment later, as if a caller had waited.
    *trust.last.lock().await -= OWN_COOLDOWN;
    assert!(trust.meet_unknown_key().await);
    assert_eq!(pinned(&trust), ["two"]);
    std::fs::remove_file(path).unwrap();

    let own = Arc::new(Mutex::new(keys(&["one"])));
    let seen = Arc::clone(&own);
    let source = Source::Local(Box::new(move || seen.lock().unwrap().clone()));
    let trust = open(source, &database).await.unwrap();
    *own.lock().unwrap() = keys(&["two"]);
    *trust.last.lock().await -= OWN_COOLDOWN;
    assert!(trust.meet_unknown_key().await);
    assert_eq!(pinned(&trust), ["two"]);
}

#[tokio::test]
async fn any_key_counts_only_where_that_was_asked_for() {
    let database = Database::scratch().await;
    let trust = open(Source::AcceptAny, &database).await.unwrap();
    assert_eq!(pinned(&trust), ["any"]);
    assert!(!trust.meet_unknown_key().await);
}
