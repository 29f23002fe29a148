//! Many at once, in one process and in several.

use std::time::Duration;

use relying_party::enrollment::EnrollmentSet;
use relying_party::store::{Change, CommitError, Store as _};
use tokio::task::JoinSet;

use super::samples::{activated, event, insert, remove, replace, requested, user, whole};
use super::{Folder, Keys};
use crate::store::Database;

/// A change of the set with something to tell.
fn telling(change: Change, uuid: &str) -> Change {
    Change {
        events: vec![event(uuid, "user.mfa.factor.activate", &["00uada"])],
        ..change
    }
}

async fn stored(store: &Database, set: &EnrollmentSet) -> EnrollmentSet {
    store.set_of(&set.enrollments[0].id).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_decided_on_one_revision_one_is_made() {
    let folder = Folder::new();
    let keys = Keys::new();
    let processes = [keys.open(&folder).await, keys.open(&folder).await];
    let set = requested("one", &user("ada"));
    processes[0].commit(insert(&set)).await.unwrap();
    let mut tries = JoinSet::new();
    for number in 0..32 {
        let store = processes[number % 2].clone();
        let change = match number % 4 {
            3 => remove(&set),
            _ => replace(&activated(set.clone(), &format!("pin-{number}"))),
        };
        let change = telling(change, &format!("uuid-{number}"));
        tries.spawn(async move { store.commit(change).await });
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|made| made.is_ok()).count(), 1);
    let conflicts = outcomes
        .iter()
        .filter(|one| **one == Err(CommitError::Conflict));
    assert_eq!(conflicts.count(), 31);
    assert_eq!(processes[0].queued_events(100).await.unwrap().len(), 1);
    for store in processes {
        store.close().await;
    }
}

/// Refused changes share transactions with good ones, and leave them alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_change_does_not_disturb_its_neighbors() {
    let folder = Folder::new();
    let store = Keys::new().open(&folder).await;
    let taken = activated(requested("taken", &user("eve")), "493817");
    store.commit(insert(&taken)).await.unwrap();
    let mut changes = JoinSet::new();
    for number in 0..200_u32 {
        let store = store.clone();
        changes.spawn(async move {
            let mut set = requested(&format!("set-{number}"), &user("ada"));
            let is_good = number % 3 != 0;
            if !is_good {
                set = activated(set, "493817");
                set.enrollments[1].stage = activated(requested("taken", &user("eve")), "493817")
                    .enrollments[0]
                    .stage
                    .clone();
            }
            let change = telling(insert(&set), &format!("uuid-{number}"));
            let outcome = store.commit(change).await;
            match outcome {
                Ok(()) => assert!(is_good),
                Err(error) => {
                    assert!(!is_good);
                    assert_eq!(error, CommitError::CredentialIdTaken);
                }
            }
            let found = store.set_of(&set.enrollments[0].id).await.unwrap();
            assert_eq!(
                found.map(|found| whole(&found)),
                is_good.then(|| whole(&set))
            );
        });
    }
    changes.join_all().await;
    let events = store.queued_events(1000).await.unwrap();
    assert_eq!(events.len(), 133);
    assert_eq!(stored(&store, &taken).await.revision, 0);
    store.close().await;
}

/// Each counts the revision up from what it saw; none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_is_lost_between_processes() {
    const WORKERS: usize = 6;
    const EACH: usize = 10;
    let folder = Folder::new();
    let keys = Keys::new();
    let processes = [keys.open(&folder).await, keys.open(&folder).await];
    let set = activated(requested("one", &user("ada")), "493817");
    processes[0].commit(insert(&set)).await.unwrap();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let store = processes[worker % 2].clone();
        let set = set.clone();
        workers.spawn(async move {
            let mut done = 0;
            while done < EACH {
                let mut mine = stored(&store, &set).await;
                mine.audience = format!("{}{worker}", mine.audience);
                if store.commit(replace(&mine)).await.is_ok() {
                    done += 1;
                }
            }
        });
    }
    workers.join_all().await;
    let last = stored(&processes[1], &set).await;
    assert_eq!(last.revision, (WORKERS * EACH) as u64);
    assert_eq!(last.audience.len(), set.audience.len() + WORKERS * EACH);
    for store in processes {
        store.close().await;
    }
}

/// Processes that found the same database at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_can_be_founded_by_several_at_once() {
    for _ in 0..5 {
        let folder = Folder::new();
        let mut founders = JoinSet::new();
        for number in 0..6 {
            let path = folder.path().to_path_buf();
            founders.spawn(async move {
                let store = Database::open_directory(&path).await.unwrap();
                let name = format!("secret-{number}");
                store.insert_secret(&name, b"value").await.unwrap();
                store
            });
        }
        let stores = founders.join_all().await;
        for number in 0..6 {
            let found = stores[0].secret(&format!("secret-{number}")).await.unwrap();
            assert_eq!(**found.unwrap(), *b"value");
        }
        for store in stores {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn what_was_queued_before_closing_is_written_and_later_calls_are_refused() {
    let folder = Folder::new();
    let keys = Keys::new();
    let store = keys.open(&folder).await;
    let mut writes = JoinSet::new();
    for number in 0..50 {
        let store = store.clone();
        writes.spawn(async move { store.insert_secret(&format!("{number}"), b"").await });
    }
    // The others have queued theirs.
    tokio::time::sleep(Duration::from_millis(20)).await;
    store.close().await;
    let written = writes.join_all().await;
    assert!(store.insert_secret("late", b"").await.is_err());
    assert!(store.secret("late").await.is_err());
    let store = keys.open(&folder).await;
    for (number, written) in written.iter().enumerate() {
        let found = store.secret(&format!("{number}")).await.unwrap();
        assert_eq!(found.is_some(), written.is_ok(), "{number}");
    }
    store.close().await;
}
