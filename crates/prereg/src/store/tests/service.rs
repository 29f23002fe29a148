//! Tokens, clients, secrets and users.

use prereg_types::Timestamp;
use prereg_types::api::UserStatus;
use relying_party::store::Store as _;

use super::samples::{NOW, user};
use super::{Folder, Keys};
use crate::store::{Database, Inserted, NewClient, NewToken, StoredToken, TokenKind};

fn later(seconds: u64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

fn token(id: &str) -> NewToken {
    NewToken {
        id: id.to_owned(),
        kind: TokenKind::Okta,
        name: "orchestrator \"one\"".to_owned(),
        digest: [7; 32],
        scopes: vec!["okta.users.manage".to_owned(), "okta.users.read".to_owned()],
        created: NOW,
        expires: Some(later(60)),
    }
}

#[tokio::test]
async fn tokens_are_kept_revoked_and_noted() {
    let store = Database::scratch().await;
    assert!(store.insert_token(&token("a")).await.unwrap());
    assert!(
        !store.insert_token(&token("a")).await.unwrap(),
        "the id is taken"
    );
    let endless = NewToken {
        expires: None,
        kind: TokenKind::Admin,
        created: later(1),
        ..token("b")
    };
    assert!(store.insert_token(&endless).await.unwrap());
    let found = store.token("a").await.unwrap().unwrap();
    assert_eq!(found.token, token("a"));
    assert!(found.is_valid(later(59)) && !found.is_valid(later(60)));
    assert!(store.token("c").await.unwrap().is_none());

    assert!(store.revoke_token("a", later(5)).await.unwrap());
    assert!(
        !store.revoke_token("a", later(6)).await.unwrap(),
        "revoked before"
    );
    assert!(!store.revoke_token("c", later(6)).await.unwrap());
    let all = store.tokens().await.unwrap();
    let expected = StoredToken {
        token: token("a"),
        revoked: Some(later(5)),
        last_used: None,
    };
    assert_eq!(all[0], expected);
    assert!(!all[0].is_valid(NOW));
    assert_eq!(all[1].token, endless);
}

#[tokio::test]
async fn the_use_of_a_token_is_noted_once_a_minute() {
    let store = Database::scratch().await;
    store.insert_token(&token("a")).await.unwrap();
    for seconds in [0, 30, 59, 60, 61] {
        store.touch_token("a", later(seconds));
        // Behind the note in the writer's queue.
        store.ready().await.unwrap();
        let found = store.token("a").await.unwrap().unwrap();
        let noted = if seconds < 60 { 0 } else { 60 };
        assert_eq!(found.last_used, Some(later(noted)), "after {seconds} s");
    }
}

#[tokio::test]
async fn clients_are_kept_and_revoked() {
    let store = Database::scratch().await;
    let client = NewClient {
        id: "0oa1".to_owned(),
        name: "Terraform".to_owned(),
        jwks: r#"{"keys":[]}"#.to_owned(),
        scopes: vec!["okta.users.read".to_owned()],
        created: NOW,
    };
    assert!(store.insert_client(&client).await.unwrap());
    assert!(!store.insert_client(&client).await.unwrap());
    assert_eq!(store.client("0oa1").await.unwrap().unwrap().client, client);
    assert!(store.revoke_client("0oa1", later(1)).await.unwrap());
    assert!(!store.revoke_client("0oa1", later(2)).await.unwrap());
    let all = store.clients().await.unwrap();
    assert_eq!((all.len(), all[0].revoked), (1, Some(later(1))));
}

#[tokio::test]
async fn an_assertion_is_used_once_until_it_runs_out() {
    let store = Database::scratch().await;
    let used = async |client: &str, jti: &str, now: u64| {
        store
            .use_jti(client, jti, later(300), later(now))
            .await
            .unwrap()
    };
    assert!(used("one", "jti", 0).await);
    assert!(!used("one", "jti", 1).await);
    assert!(!used("one", "jti", 300).await, "not before it has run out");
    assert!(used("two", "jti", 1).await, "of another client");
    assert!(
        used("one", "jti", 301).await,
        "it is refused for its age by now"
    );
}

#[tokio::test]
async fn of_many_that_use_an_assertion_at_once_one_may() {
    let store = Database::scratch().await;
    let tries = (0..32).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.use_jti("one", "jti", later(300), NOW).await.unwrap() })
    });
    let mut winners = 0;
    for one in tries.collect::<Vec<_>>() {
        winners += u32::from(one.await.unwrap());
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn secrets_survive_a_restart_and_the_first_one_stays() {
    let folder = Folder::new();
    let keys = Keys::new();
    let store = keys.open(&folder).await;
    assert!(store.secret("oauth").await.unwrap().is_none());
    assert!(store.insert_secret("oauth", b"first").await.unwrap());
    assert!(!store.insert_secret("oauth", b"second").await.unwrap());
    store.insert_secret("empty", b"").await.unwrap();
    store.close().await;
    let store = keys.open(&folder).await;
    assert_eq!(**store.secret("oauth").await.unwrap().unwrap(), *b"first");
    assert!(store.secret("empty").await.unwrap().unwrap().is_empty());
    store.replace_secret("oauth", b"third").await.unwrap();
    store.replace_secret("new", b"fourth").await.unwrap();
    assert!(
        !store
            .exchange_secret("new", b"third", b"fifth")
            .await
            .unwrap()
    );
    assert!(!store.exchange_secret("none", b"", b"fifth").await.unwrap());
    assert_eq!(**store.secret("oauth").await.unwrap().unwrap(), *b"third");
    assert_eq!(**store.secret("new").await.unwrap().unwrap(), *b"fourth");
    store.close().await;
}

#[tokio::test]
async fn users_have_one_login_whatever_its_case_and_are_found_by_its_beginning() {
    let store = Database::scratch().await;
    let mut ada = user("ada");
    ada.profile.last_name = "Äpfelbaum".to_owned();
    assert_eq!(store.insert_user(&ada).await.unwrap(), Inserted::Yes);
    assert_eq!(
        store.insert_user(&user("bob")).await.unwrap(),
        Inserted::Yes
    );
    let mut same_login = user("eve");
    same_login.profile.login = "ADA@acme.example".to_owned();
    assert_eq!(
        store.insert_user(&same_login).await.unwrap(),
        Inserted::LoginTaken
    );
    let mut same_id = user("ada");
    same_id.profile.login = "other@acme.example".to_owned();
    assert_eq!(
        store.insert_user(&same_id).await.unwrap(),
        Inserted::IdTaken
    );

    let find = async |words: &str| {
        let found = store.users(None, 10, Some(words)).await.unwrap();
        found
            .iter()
            .map(|user| user.profile.first_name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(find("äPFEL").await, ["ada"]);
    assert_eq!(find("ADA@ACME").await, ["ada"]);
    assert_eq!(find("example").await, ["bob"]);
    assert_eq!(find("").await, ["ada", "bob"]);
    assert!(find("acme").await.is_empty(), "only what begins so");
    assert!(find("%").await.is_empty());

    let first = store.users(None, 1, None).await.unwrap();
    assert_eq!(first, [ada.clone()]);
    let second = store.users(Some(&ada.id), 1, None).await.unwrap();
    assert_eq!(second[0].id, user("bob").id);
    assert!(
        store
            .update_user_status(&ada.id, UserStatus::Suspended)
            .await
            .unwrap()
    );
    assert_eq!(
        store.user(&ada.id).await.unwrap().unwrap().status,
        UserStatus::Suspended
    );
    assert!(
        !store
            .update_user_status(&user("eve").id, UserStatus::Active)
            .await
            .unwrap()
    );
}
