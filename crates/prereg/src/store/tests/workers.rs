//! What the workers for mail and hooks live on.

use prereg_types::{Serial, Timestamp};
use relying_party::store::{Change, Store as _};

use super::samples::{NOW, event, insert, pin_mail, requested, user};
use crate::store::{Database, MailKind, MailOutcome, SentMail};

fn later(seconds: u64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

/// Queues events under these names.
async fn queue(store: &Database, names: &[&str]) {
    for name in names {
        store
            .append_event(event(name, "user.mfa.factor.activate", &["00uada"]))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn events_are_told_to_each_hook_in_order() {
    let store = Database::scratch().await;
    queue(&store, &["a", "b"]).await;
    store.fan_out(&["one", "two"], NOW).await.unwrap();
    store.fan_out(&["one", "two"], NOW).await.unwrap();
    assert!(store.queued_events(10).await.unwrap().is_empty());
    let due = store.due_deliveries(NOW, 10).await.unwrap();
    let names: Vec<_> = due
        .iter()
        .map(|one| (one.hook.as_str(), one.uuid.as_str()))
        .collect();
    assert_eq!(
        names,
        [("one", "a"), ("one", "b"), ("two", "a"), ("two", "b")]
    );
    assert!(due[0].event.contains("\"uuid\":\"a\""));

    // A hook that fails keeps its later events back, and only its own.
    store
        .postpone(due[0].id, later(60), 1, "refused")
        .await
        .unwrap();
    store.delivered(due[2].id).await.unwrap();
    let next = store.due_deliveries(later(59), 10).await.unwrap();
    assert_eq!(
        next.iter().map(|one| one.id).collect::<Vec<_>>(),
        [due[3].id]
    );
    assert_eq!(store.next_delivery().await.unwrap(), Some(NOW));
    store.delivered(due[3].id).await.unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), Some(later(60)));
    let again = store.due_deliveries(later(60), 10).await.unwrap();
    assert_eq!(again[0].last_error.as_deref(), Some("refused"));
    assert_eq!((again[0].attempts, again[0].queued), (1, NOW));
    store.give_up(again[0].id).await.unwrap();
    assert_eq!(
        store.due_deliveries(NOW, 10).await.unwrap()[0].id,
        due[1].id
    );
    store.delivered(due[1].id).await.unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), None);
    // Nothing told twice, even if the outbox is worked off again.
    store.fan_out(&["one", "two"], NOW).await.unwrap();
    assert!(store.due_deliveries(NOW, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hook_is_verified_once() {
    let store = Database::scratch().await;
    assert!(!store.hook_verified("one").await.unwrap());
    queue(&store, &["a"]).await;
    store.fan_out(&["one"], NOW).await.unwrap();
    assert!(
        !store.hook_verified("one").await.unwrap(),
        "known is not verified"
    );
    store.record_hook_verified("one", NOW).await.unwrap();
    assert!(store.hook_verified("one").await.unwrap());
}

#[tokio::test]
async fn the_history_of_mail_is_read_backwards() {
    let store = Database::scratch().await;
    let set = requested("one", &user("ada"));
    let mail = |outcome| SentMail {
        at: NOW,
        recipients: vec!["ada@acme.example".to_owned()],
        subject: "The PIN of your new security key".to_owned(),
        kind: MailKind::Pin,
        set: Some(set.id.clone()),
        serial: Some(Serial::parse("3632071").unwrap()),
        outcome,
    };
    let outcomes = [
        MailOutcome::Postponed("greylisted".to_owned()),
        MailOutcome::Sent,
        MailOutcome::Dropped("no such mailbox".to_owned()),
    ];
    for outcome in &outcomes {
        store.record_mail(mail(outcome.clone())).await.unwrap();
    }
    let page = store.sent_mails(None, 2).await.unwrap();
    assert_eq!(page[0].mail, mail(outcomes[2].clone()));
    assert_eq!(page[1].mail, mail(outcomes[1].clone()));
    let rest = store.sent_mails(Some(page[1].id), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].mail, mail(outcomes[0].clone()));
}

#[tokio::test]
async fn workers_are_woken_by_the_commit_that_gives_them_work() {
    use std::time::Duration;
    use tokio::time::timeout;

    let store = Database::scratch().await;
    let ada = user("ada");
    let set = requested("one", &ada);
    let soon = Duration::from_millis(50);
    store.commit(insert(&set)).await.unwrap();
    assert!(timeout(soon, store.mail_queued().notified()).await.is_err());
    assert!(
        timeout(soon, store.events_queued().notified())
            .await
            .is_err()
    );
    let refused = Change {
        mail: vec![pin_mail(&ada, &set, "493817")],
        ..insert(&set)
    };
    store.commit(refused).await.unwrap_err();
    assert!(timeout(soon, store.mail_queued().notified()).await.is_err());
    let change = Change {
        mail: vec![pin_mail(&ada, &set, "493817")],
        events: vec![event("a", "user.mfa.factor.activate", &[])],
        ..insert(&requested("two", &ada))
    };
    store.commit(change).await.unwrap();
    let long = Duration::from_secs(5);
    timeout(long, store.mail_queued().notified()).await.unwrap();
    timeout(long, store.events_queued().notified())
        .await
        .unwrap();
    let mail = store.next_mail(None).await.unwrap().unwrap();
    assert!(store.mail_waits(mail.id).await.unwrap());
    store.remove_mail(mail.id).await.unwrap();
    assert!(!store.mail_waits(mail.id).await.unwrap());
}
