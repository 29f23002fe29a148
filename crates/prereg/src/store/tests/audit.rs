//! The audit chain notices whatever is done to it.

use sqlx::SqlitePool;

use relying_party::store::{CommitError, Store as _};

use super::samples::{NOW, insert, requested, user};
use super::{Folder, Keys};
use crate::store::{
    AuditEntry, AuditHead, AuditVerdict, DATABASE_FILE, Database, Inserted, audited,
};

fn entry(number: u64) -> AuditEntry {
    AuditEntry {
        at: NOW.plus_seconds(number),
        actor: "00T1".to_owned(),
        action: "activatePreregistrationEnrollment".to_owned(),
        target: format!("fwf{number}"),
        outcome: "ok".to_owned(),
        request_id: format!("request-{number}"),
    }
}

/// A database with five entries.
async fn five(folder: &Folder, keys: &Keys) -> Database {
    let store = keys.open(folder).await;
    for number in 1..=5 {
        assert_eq!(store.append_audit(entry(number)).await.unwrap(), number);
    }
    store
}

/// Another hand on the file.
async fn tamper(folder: &Folder, statements: &'static str) {
    let path = folder.path().join(DATABASE_FILE);
    let pool = SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql(statements).execute(&pool).await.unwrap();
    pool.close().await;
}

async fn broken_at(store: &Database, known: Option<AuditHead>) -> Option<u64> {
    match store.verify_audit(known).await.unwrap() {
        AuditVerdict::Intact(_) => None,
        AuditVerdict::Broken { seq, .. } => Some(seq),
    }
}

#[tokio::test]
async fn an_untouched_chain_is_intact_over_restarts() {
    let folder = Folder::new();
    let keys = Keys::new();
    let store = keys.open(&folder).await;
    let empty = store.audit_head().await.unwrap();
    assert_eq!(empty.seq, 0);
    assert_eq!(broken_at(&store, Some(empty)).await, None);
    store.close().await;
    let store = five(&folder, &keys).await;
    let head = store.audit_head().await.unwrap();
    store.close().await;
    let store = keys.open(&folder).await;
    assert_eq!(store.append_audit(entry(6)).await.unwrap(), 6);
    assert_eq!(broken_at(&store, Some(head)).await, None);
    assert_eq!(broken_at(&store, None).await, None);
    let entries = store.audit_entries(4, 10).await.unwrap();
    assert_eq!(
        entries.iter().map(|record| record.seq).collect::<Vec<_>>(),
        [5, 6]
    );
    assert_eq!(entries[1].entry, entry(6));
    assert!(
        matches!(store.verify_audit(None).await.unwrap(), AuditVerdict::Intact(head) if head.seq == 6)
    );
    store.close().await;
}

#[tokio::test]
async fn whatever_is_done_to_the_chain_is_noticed() {
    let cases: [(&str, u64); 9] = [
        ("UPDATE audit_log SET outcome = 'denied' WHERE seq = 3", 3),
        ("UPDATE audit_log SET at = at + 1 WHERE seq = 1", 1),
        // The end of one text is moved to the beginning of the next.
        (
            "UPDATE audit_log SET action = 'activatePreregistrationEnrollmen', target = 't' || target WHERE seq = 2",
            2,
        ),
        ("UPDATE audit_log SET code = zeroblob(32) WHERE seq = 4", 4),
        ("DELETE FROM audit_log WHERE seq = 2", 2),
        ("DELETE FROM audit_log WHERE seq = 5", 5),
        (
            "DELETE FROM audit_log WHERE seq >= 4; UPDATE audit_end SET seq = 3, code = (SELECT code FROM audit_log WHERE seq = 3)",
            4,
        ),
        ("DELETE FROM audit_log; DELETE FROM audit_end", 1),
        (
            "INSERT INTO audit_log SELECT 6, at, actor, action, target, outcome, request_id, code FROM audit_log WHERE seq = 5",
            6,
        ),
    ];
    for (statements, seq) in cases {
        let folder = Folder::new();
        let store = five(&folder, &Keys::new()).await;
        tamper(&folder, statements).await;
        assert_eq!(broken_at(&store, None).await, Some(seq), "{statements}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_log_that_was_cut_stays_broken_when_it_grows_again() {
    for statements in [
        "DELETE FROM audit_log WHERE seq >= 4",
        "DELETE FROM audit_log",
    ] {
        let folder = Folder::new();
        let store = five(&folder, &Keys::new()).await;
        tamper(&folder, statements).await;
        for number in 1..=3 {
            store.append_audit(entry(number)).await.unwrap();
        }
        assert!(broken_at(&store, None).await.is_some(), "{statements}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_log_taken_away_with_its_key_is_noticed_by_the_head_that_was_written_down() {
    let (folder, keys) = (Folder::new(), Keys::new());
    let store = five(&folder, &keys).await;
    let known = store.audit_head().await.unwrap();
    store.close().await;
    tamper(&folder, "DELETE FROM secrets WHERE name = 'audit-chain'").await;
    let store = keys.open(&folder).await;
    assert_eq!(broken_at(&store, None).await, Some(1));
    tamper(&folder, "DELETE FROM audit_log; DELETE FROM audit_end").await;
    // Nothing is left to tell, but for who wrote the head down.
    assert_eq!(broken_at(&store, None).await, None);
    assert_eq!(broken_at(&store, Some(known)).await, Some(1));
    // A new log on the same file is another chain.
    for number in 1..=5 {
        store.append_audit(entry(number)).await.unwrap();
    }
    assert_eq!(broken_at(&store, None).await, None);
    assert_eq!(broken_at(&store, Some(known)).await, Some(5));
    store.close().await;
}

#[tokio::test]
async fn entries_of_many_at_once_and_of_two_processes_make_one_chain() {
    let folder = Folder::new();
    let keys = Keys::new();
    let stores = [keys.open(&folder).await, keys.open(&folder).await];
    let writers = (0..40).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move { store.append_audit(entry(number as u64)).await.unwrap() })
    });
    let mut numbers = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        numbers.push(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    for store in stores {
        assert_eq!(broken_at(&store, None).await, None);
        store.close().await;
    }
}

async fn told(store: &Database) -> Vec<String> {
    let records = store.audit_entries(0, 100).await.unwrap();
    records
        .into_iter()
        .map(|record| record.entry.target)
        .collect()
}

#[tokio::test]
async fn a_deed_is_written_down_with_its_change_and_only_with_it() {
    let store = Database::scratch().await;
    let ada = user("ada");
    let set = requested("one", &ada);
    let about = |target: &str| AuditEntry {
        target: target.to_owned(),
        ..entry(1)
    };
    let adding = audited(about("add"), store.insert_user(&ada)).await;
    assert!(adding.is_written && adding.done.unwrap() == Inserted::Yes);
    let again = audited(about("again"), store.insert_user(&ada)).await;
    assert!(!again.is_written && again.done.unwrap() != Inserted::Yes);
    // What changes nothing in the database brings no entry.
    let reading = audited(about("read"), store.user(&ada.id)).await;
    assert!(!reading.is_written && reading.done.unwrap().is_some());
    // One entry, however many changes; and none of another deed.
    let work = async {
        store.commit(insert(&set)).await.unwrap();
        store.commit(insert(&requested("two", &ada))).await.unwrap();
        store.commit(insert(&set)).await
    };
    let inserting = audited(about("insert"), work).await;
    assert!(inserting.is_written && inserting.done.is_err());
    let conflict = audited(about("conflict"), store.commit(insert(&set))).await;
    assert!(!conflict.is_written && conflict.done.is_err());
    store
        .commit(insert(&requested("three", &ada)))
        .await
        .unwrap();
    assert_eq!(told(&store).await, ["add", "insert"]);
    // A target that only the work knows.
    let ida = user("ida");
    audited(about(""), store.insert_user(&ida)).await;
    assert_eq!(told(&store).await.last().unwrap(), ida.id.as_str());
    assert_eq!(broken_at(&store, None).await, None);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let store = Database::scratch().await;
    let ada = user("ada");
    store.refuse_audit(true).await;
    let refused = audited(entry(1), store.insert_user(&ada)).await;
    assert!(!refused.is_written);
    assert!(refused.done.unwrap_err().0.contains("no room for the log"));
    assert!(store.user(&ada.id).await.unwrap().is_none());
    let set = requested("one", &ada);
    let refused = audited(entry(1), store.commit(insert(&set))).await.done;
    assert!(matches!(refused, Err(CommitError::Store(_))), "{refused:?}");
    assert!(store.sets_of_user(&ada.id).await.unwrap().is_empty());
    store.refuse_audit(false).await;
    let done = audited(entry(1), store.insert_user(&ada)).await;
    assert!(done.is_written && done.done.unwrap() == Inserted::Yes);
    assert_eq!(broken_at(&store, None).await, None);
}
