//! What the relying party expects of any store: one runner, fed each of them.

use prereg_types::api::User;
use prereg_types::{EnrollmentId, UserId};
use relying_party::enrollment::{EnrollmentSet, PinStage};
use relying_party::mail::Content;
use relying_party::store::{Change, CommitError, MemoryStore, Store};

use super::samples::{
    activated, enrollment_id, event, insert, pin_mail, remove, replace, requested, set_id, user,
    whole,
};
use super::{Folder, Keys};
use crate::store::{Database, Inserted};

/// A store that users can be put into.
trait Subject: Store {
    async fn put(&self, user: &User);
}

impl Subject for MemoryStore {
    async fn put(&self, user: &User) {
        self.put_user(user.clone());
    }
}

impl Subject for Database {
    async fn put(&self, user: &User) {
        assert_eq!(self.insert_user(user).await.unwrap(), Inserted::Yes);
    }
}

/// Runs a case on each kind of store.
macro_rules! on_every_store {
    ($($case:ident),* $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn in_memory() {
                super::$case(&relying_party::store::MemoryStore::default()).await;
            }

            #[tokio::test]
            async fn in_sqlite_memory() {
                super::$case(&crate::store::Database::scratch().await).await;
            }

            #[tokio::test]
            async fn in_a_file() {
                let folder = super::Folder::new();
                let database = super::Keys::new().open(&folder).await;
                super::$case(&database).await;
                database.close().await;
            }
        }
    )*};
}

on_every_store! {
    users_are_found_by_id_and_login,
    a_set_comes_back_as_it_went_in,
    sets_of_a_user_come_oldest_first,
    a_stale_revision_changes_nothing,
    a_set_is_inserted_once,
    a_removed_set_is_gone,
    a_credential_id_is_registered_once,
    a_set_may_not_hold_a_credential_id_twice,
    a_freed_credential_id_can_be_used_again,
    mail_leaves_in_order_and_only_once,
    withdrawn_pin_mail_is_gone_and_other_mail_stays,
    events_leave_in_order,
}

async fn stored(store: &impl Store, id: &EnrollmentId) -> EnrollmentSet {
    store.set_of(id).await.unwrap().unwrap()
}

async fn users_are_found_by_id_and_login(store: &impl Subject) {
    let ada = user("ada");
    store.put(&ada).await;
    store.put(&user("bob")).await;
    assert_eq!(store.user(&ada.id).await.unwrap().as_ref(), Some(&ada));
    let by_login = store.user_by_login("ada@acme.example").await.unwrap();
    assert_eq!(by_login.as_ref(), Some(&ada));
    assert!(
        store
            .user_by_login("eve@acme.example")
            .await
            .unwrap()
            .is_none()
    );
    let eve = UserId::parse("00ueve").unwrap();
    assert!(store.user(&eve).await.unwrap().is_none());
}

async fn a_set_comes_back_as_it_went_in(store: &impl Subject) {
    let mut set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    for number in [1, 2] {
        let found = stored(store, &enrollment_id("one", number)).await;
        assert_eq!(whole(&found), whole(&set));
    }
    set = activated(set, "493817");
    store.commit(replace(&set)).await.unwrap();
    set.revision = 1;
    let found = stored(store, &enrollment_id("one", 1)).await;
    assert_eq!(whole(&found), whole(&set));
    set.pin = PinStage::Wiped;
    set.enrollments.remove(0);
    store.commit(replace(&set)).await.unwrap();
    set.revision = 2;
    let found = stored(store, &enrollment_id("one", 2)).await;
    assert_eq!(whole(&found), whole(&set));
    let gone = store.set_of(&enrollment_id("one", 1)).await.unwrap();
    assert!(gone.is_none(), "an enrollment taken out");
}

async fn sets_of_a_user_come_oldest_first(store: &impl Subject) {
    let ada = user("ada");
    for (name, age) in [("young", 10), ("old", 30), ("middle", 20)] {
        let mut set = requested(name, &ada);
        set.created = prereg_types::Timestamp::from_millis(1_000_000 - age);
        store.commit(insert(&set)).await.unwrap();
    }
    store
        .commit(insert(&requested("other", &user("bob"))))
        .await
        .unwrap();
    let sets = store.sets_of_user(&ada.id).await.unwrap();
    let names: Vec<&str> = sets.iter().map(|set| set.id.as_str()).collect();
    assert_eq!(names, ["old", "middle", "young"]);
    assert!(sets.iter().all(|set| set.enrollments.len() == 2));
}

/// Everything that a refused change would have left.
async fn assert_no_trace(store: &impl Store, before: &EnrollmentSet) {
    let found = stored(store, &before.enrollments[0].id).await;
    assert_eq!(whole(&found), whole(before));
    assert!(store.queued_events(10).await.unwrap().is_empty());
    assert!(store.next_mail(None).await.unwrap().is_none());
}

/// The change with something to tell, which must not be told.
fn telling(change: Change, set: &EnrollmentSet) -> Change {
    Change {
        events: vec![event("uuid", "user.mfa.factor.activate", &["00uada"])],
        mail: vec![pin_mail(&user("ada"), set, "493817")],
        ..change
    }
}

async fn a_stale_revision_changes_nothing(store: &impl Subject) {
    let set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    let mut stale = activated(set.clone(), "493817");
    stale.revision = 1;
    for change in [replace(&stale), remove(&stale)] {
        let refused = store.commit(telling(change, &stale)).await;
        assert_eq!(refused, Err(CommitError::Conflict));
        assert_no_trace(store, &set).await;
    }
    let unknown = requested("unknown", &user("ada"));
    for change in [replace(&unknown), remove(&unknown)] {
        let refused = store.commit(telling(change, &unknown)).await;
        assert_eq!(refused, Err(CommitError::Conflict));
        assert_no_trace(store, &set).await;
    }
}

async fn a_set_is_inserted_once(store: &impl Subject) {
    let set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    let again = activated(set.clone(), "493817");
    let refused = store.commit(telling(insert(&again), &again)).await;
    assert_eq!(refused, Err(CommitError::Conflict));
    assert_no_trace(store, &set).await;
}

async fn a_removed_set_is_gone(store: &impl Subject) {
    let set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    store.commit(remove(&set)).await.unwrap();
    for number in [1, 2] {
        let found = store.set_of(&enrollment_id("one", number)).await.unwrap();
        assert!(found.is_none());
    }
    assert!(store.sets_of_user(&set.user_id).await.unwrap().is_empty());
    store.commit(insert(&set)).await.unwrap();
}

async fn a_credential_id_is_registered_once(store: &impl Subject) {
    let first = activated(requested("one", &user("ada")), "493817");
    store.commit(insert(&first)).await.unwrap();
    let second = requested("two", &user("bob"));
    store.commit(insert(&second)).await.unwrap();
    let mut thief = activated(second.clone(), "170384");
    thief.enrollments[1].stage = first.enrollments[0].stage.clone();
    let refused = store.commit(telling(replace(&thief), &thief)).await;
    assert_eq!(refused, Err(CommitError::CredentialIdTaken));
    assert_no_trace(store, &second).await;
}

async fn a_set_may_not_hold_a_credential_id_twice(store: &impl Subject) {
    let set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    let mut twice = activated(set.clone(), "493817");
    twice.enrollments[1].stage = twice.enrollments[0].stage.clone();
    let refused = store.commit(telling(replace(&twice), &twice)).await;
    assert_eq!(refused, Err(CommitError::CredentialIdTaken));
    assert_no_trace(store, &set).await;
}

async fn a_freed_credential_id_can_be_used_again(store: &impl Subject) {
    let first = activated(requested("one", &user("ada")), "493817");
    store.commit(insert(&first)).await.unwrap();
    store.commit(remove(&first)).await.unwrap();
    let mut second = activated(requested("two", &user("bob")), "170384");
    second.enrollments[1].stage = first.enrollments[0].stage.clone();
    store.commit(insert(&second)).await.unwrap();
}

async fn mail_leaves_in_order_and_only_once(store: &impl Subject) {
    let ada = user("ada");
    let set = requested("one", &ada);
    let mail = ["1111a", "2222b", "3333c"].map(|pin| pin_mail(&ada, &set, pin));
    let change = Change {
        mail: mail.to_vec(),
        ..insert(&set)
    };
    store.commit(change).await.unwrap();
    let mut seen = Vec::new();
    let mut last = None;
    while let Some(queued) = store.next_mail(last).await.unwrap() {
        let Content::Pin(content) = &queued.mail.content else {
            panic!("another mail");
        };
        assert_eq!(content.set, set.id);
        assert_eq!(queued.mail.recipients, mail[0].recipients);
        assert_eq!(queued.mail.salutation, mail[0].salutation);
        seen.push(content.pin.expose().to_owned());
        last = Some(queued.id);
    }
    assert_eq!(seen, ["1111a", "2222b", "3333c"]);
    let first = store.next_mail(None).await.unwrap().unwrap();
    store.remove_mail(first.id).await.unwrap();
    store.remove_mail(first.id).await.unwrap();
    let second = store.next_mail(None).await.unwrap().unwrap();
    assert!(second.id > first.id);
}

async fn withdrawn_pin_mail_is_gone_and_other_mail_stays(store: &impl Subject) {
    use relying_party::mail::Mail;

    let ada = user("ada");
    let sets = ["one", "two"].map(|name| requested(name, &ada));
    for set in &sets {
        let change = Change {
            mail: vec![
                pin_mail(&ada, set, "493817"),
                Mail::enrollment_deleted(&ada, "host1.example"),
            ],
            ..insert(set)
        };
        store.commit(change).await.unwrap();
    }
    let change = Change {
        withdraw_pin_mail: Some(set_id("one")),
        mail: vec![pin_mail(&ada, &sets[0], "170384")],
        ..replace(&sets[0])
    };
    store.commit(change).await.unwrap();
    let mut left = Vec::new();
    let mut last = None;
    while let Some(queued) = store.next_mail(last).await.unwrap() {
        last = Some(queued.id);
        left.push(match &queued.mail.content {
            Content::Pin(content) => format!("{} {}", content.set, content.pin.expose()),
            Content::EnrollmentDeleted { host } => host.clone(),
        });
    }
    let expected = ["host1.example", "two 493817", "host1.example", "one 170384"];
    assert_eq!(
        left, expected,
        "withdrawn before what the change itself queues"
    );
}

async fn events_leave_in_order(store: &impl Subject) {
    let events =
        ["a", "b", "c"].map(|uuid| event(uuid, "user.mfa.factor.activate", &["00uada", "00uada"]));
    let change = Change {
        events: events.to_vec(),
        ..insert(&requested("one", &user("ada")))
    };
    store.commit(change).await.unwrap();
    let queued = store.queued_events(2).await.unwrap();
    assert_eq!(queued.len(), 2);
    for (queued, event) in queued.iter().zip(&events) {
        assert_eq!(queued.event, *event);
        store.remove_event(queued.id).await.unwrap();
        store.remove_event(queued.id).await.unwrap();
    }
    let left = store.queued_events(10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].event, events[2]);
}
