//! The page of enrollments and the system log.

use std::collections::BTreeSet;

use prereg_types::{Serial, Timestamp};
use relying_party::store::Store as _;

use super::samples::{NOW, activated, enrollment_id, event, insert, requested, user};
use crate::store::{Database, EnrollmentStage, LogQuery};

const ACTIVATE: &str = "user.mfa.factor.activate";
const DEACTIVATE: &str = "user.mfa.factor.deactivate";

fn later(seconds: u64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

#[tokio::test]
async fn the_page_lists_the_latest_enrollments_first() {
    let store = Database::scratch().await;
    let ada = user("ada");
    store.insert_user(&ada).await.unwrap();
    for (name, age) in [("new", 0), ("old", 20), ("middle", 10)] {
        let mut set = requested(name, &ada);
        set.created = Timestamp::from_millis(NOW.millis() - age);
        store.commit(insert(&set)).await.unwrap();
    }
    let mut set = activated(requested("active", &user("gone")), "493817");
    set.created = later(1);
    store.commit(insert(&set)).await.unwrap();

    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.enrollment_page(cursor.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(last.cursor());
        seen.extend(page);
    }
    let order: Vec<&str> = seen.iter().map(|row| row.set.as_str()).collect();
    let expected = [
        "active", "active", "new", "new", "middle", "middle", "old", "old",
    ];
    assert_eq!(order, expected);
    let ids: BTreeSet<_> = seen.iter().map(|row| row.id.clone()).collect();
    assert_eq!(ids.len(), 8);
    let active = &seen[0];
    assert_eq!((active.login.as_str(), active.pin_available), ("", true));
    assert_eq!(active.stage, EnrollmentStage::Active);
    assert_eq!(active.serial, Some(Serial::parse("3632071").unwrap()));
    let waiting = seen
        .iter()
        .find(|row| row.id == enrollment_id("new", 1))
        .unwrap();
    assert_eq!(
        (waiting.login.as_str(), waiting.pin_available),
        ("ada@acme.example", false)
    );
    assert_eq!(waiting.stage, EnrollmentStage::Requested);
    assert_eq!(waiting.expires, NOW.plus_seconds(86_400));
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (
            counts.users,
            counts.requested,
            counts.errored,
            counts.active
        ),
        (1, 6, 0, 2)
    );
}

/// Ten entries, a second apart; types and actors alternate.
async fn ten_entries() -> Database {
    let store = Database::scratch().await;
    for number in 0..10_u64 {
        let kind = if number % 2 == 0 {
            ACTIVATE
        } else {
            DEACTIVATE
        };
        let target = format!("00u{}", number % 3);
        let mut one = event(&format!("uuid-{number}"), kind, &[&target, "fwf"]);
        one.published = later(number);
        one.actor.id = if number < 5 { "a" } else { "b" }.to_owned();
        store.append_event(one).await.unwrap();
    }
    store
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_in_both_directions() {
    type Edit = fn(&mut LogQuery);
    let cases: [(Edit, &[u64]); 13] = [
        (|_| {}, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (
            |query| query.descending = true,
            &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
        ),
        (|query| query.since = Some(later(7)), &[7, 8, 9]),
        (|query| query.until = Some(later(3)), &[0, 1, 2]),
        (|query| query.since = Some(later(10_000)), &[]),
        (|query| query.until = Some(NOW), &[]),
        (|query| query.target = Some("00u1".to_owned()), &[1, 4, 7]),
        (
            |query| query.event_type = Some(DEACTIVATE.to_owned()),
            &[1, 3, 5, 7, 9],
        ),
        (|query| query.actor = Some("b".to_owned()), &[5, 6, 7, 8, 9]),
        (
            |query| {
                query.event_type = Some(DEACTIVATE.to_owned());
                query.target = Some("00u1".to_owned());
                query.actor = Some("b".to_owned());
            },
            &[7],
        ),
        (|query| query.uuid = Some("uuid-4".to_owned()), &[4]),
        (|query| query.after_seq = Some(8), &[8, 9]),
        (
            |query| {
                query.after_seq = Some(3);
                query.descending = true;
            },
            &[1, 0],
        ),
    ];
    let store = ten_entries().await;
    for (number, (edit, expected)) in cases.into_iter().enumerate() {
        let mut query = LogQuery {
            limit: 100,
            ..LogQuery::default()
        };
        edit(&mut query);
        let found = store.log_events(&query).await.unwrap();
        let found: Vec<u64> = found.iter().map(|event| event.seq - 1).collect();
        assert_eq!(found, expected, "case {number}");
    }
}

#[tokio::test]
async fn an_entry_is_told_as_it_was_made() {
    let store = ten_entries().await;
    let query = LogQuery {
        limit: 1,
        ..LogQuery::default()
    };
    let found = store.log_events(&query).await.unwrap();
    assert_eq!(found.len(), 1);
    let value: serde_json::Value = serde_json::from_str(&found[0].json).unwrap();
    assert_eq!(value["published"], "2026-05-28T20:26:40.000Z");
    assert_eq!(value["eventType"], ACTIVATE);
    assert_eq!(value["target"][0]["id"], "00u0");
}

/// A request that takes its time is logged behind one that began later.
#[tokio::test]
async fn an_event_committed_late_is_found_by_its_time() {
    let store = Database::scratch().await;
    for (name, second) in [("first", 10), ("late", 5), ("last", 20)] {
        let mut one = event(name, "user.mfa.factor.activate", &[]);
        one.published = later(second);
        store.append_event(one).await.unwrap();
    }
    let find = async |since, until| {
        let query = LogQuery {
            since: Some(later(since)),
            until: Some(later(until)),
            limit: 10,
            ..LogQuery::default()
        };
        let found = store.log_events(&query).await.unwrap();
        found.iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(find(5, 6).await, [2]);
    assert_eq!(find(6, 20).await, [1]);
    assert_eq!(find(0, 30).await, [1, 2, 3]);
}
