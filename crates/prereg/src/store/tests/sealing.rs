//! What is sealed opens only where it belongs, and what is wiped is gone.

use std::fs;
use std::time::{Duration, Instant};

use relying_party::enrollment::{EnrollmentSet, PinStage, Stage};
use relying_party::store::{Change, Store as _};
use sqlx::{Row as _, SqlitePool};
use yubico_sim::ProviderStore as _;
use yubico_sim::store::ProviderState;

use super::samples::{CANARY, activated, insert, key, pin_mail, replace, requested, user};
use super::{Folder, Keys, provider};
use crate::store::{DATABASE_FILE, Database, StoreError};

/// Another hand on the file.
async fn other_hand(folder: &Folder) -> SqlitePool {
    let path = folder.path().join(DATABASE_FILE);
    SqlitePool::connect(path.to_str().unwrap()).await.unwrap()
}

/// Two of everything that is sealed.
async fn filled(folder: &Folder) -> Database {
    let store = Keys::new().open(folder).await;
    let ada = user("ada");
    for name in ["waits-1", "waits-2"] {
        let set = requested(name, &ada);
        let change = Change {
            mail: vec![pin_mail(&ada, &set, CANARY)],
            ..insert(&set)
        };
        store.commit(change).await.unwrap();
    }
    for (name, pin) in [("active-1", "493817"), ("active-2", CANARY)] {
        let set = activated(requested(name, &ada), pin);
        store.commit(insert(&set)).await.unwrap();
    }
    store.insert_secret("one", CANARY.as_bytes()).await.unwrap();
    store.insert_secret("two", b"second").await.unwrap();
    let state = ProviderState::new(CANARY.as_bytes().to_vec().into());
    store.save_provider(None, state).await.unwrap();
    let shipment = provider::new("a", &["1"], &["10", "11"]);
    yubico_sim::ProviderStore::insert(&store, shipment)
        .await
        .unwrap();
    store
}

/// Everything sealed, read once; the first refusal.
async fn read_all(store: &Database) -> Result<(), StoreError> {
    for set in store.sets_of_user(&user("ada").id).await? {
        store.set_of(&set.enrollments[0].id).await?;
    }
    let mut last = None;
    while let Some(mail) = store.next_mail(last).await? {
        last = Some(mail.id);
    }
    for name in ["one", "two"] {
        store.secret(name).await?;
    }
    let words = |error: yubico_sim::store::StoreError| StoreError(error.to_string());
    for serial in ["10", "11"] {
        store.key(&provider::serial(serial)).await.map_err(words)?;
    }
    store.provider().await.map_err(words)?;
    Ok(())
}

#[tokio::test]
async fn what_is_moved_to_another_row_or_column_is_refused() {
    const TAKE: &str = "SELECT * FROM enrollment_sets WHERE id = 'active-1'";
    let cases: [(&str, &str); 9] = [
        (
            "UPDATE enrollment_sets SET (pin, kek, data_key) = \
             (SELECT pin, kek, data_key FROM enrollment_sets WHERE id = 'active-1') \
             WHERE id = 'active-2'",
            "enrollment_sets.pin",
        ),
        (
            "UPDATE enrollment_sets SET (response_key, kek, data_key) = \
             (SELECT response_key, kek, data_key FROM enrollment_sets WHERE id = 'waits-1') \
             WHERE id = 'waits-2'",
            "enrollment_sets.response_key",
        ),
        (
            "UPDATE enrollments SET (response_key, kek, data_key) = \
             (SELECT response_key, kek, data_key FROM enrollments WHERE id = 'fwf-waits-1-1') \
             WHERE id = 'fwf-waits-1-2'",
            "enrollments.response_key",
        ),
        // From another table, and from another column of the same row.
        (
            "UPDATE enrollments SET (response_key, kek, data_key) = \
             (SELECT response_key, kek, data_key FROM enrollment_sets WHERE id = 'waits-1') \
             WHERE id = 'fwf-waits-1-2'",
            "enrollments.response_key",
        ),
        (
            "UPDATE enrollment_sets SET pin_stage = 'available', serial = '1', \
             pin = response_key, response_key = NULL WHERE id = 'waits-1'",
            "enrollment_sets.pin",
        ),
        (
            "UPDATE mail_outbox SET (pin, kek, data_key) = \
             (SELECT pin, kek, data_key FROM enrollment_sets WHERE id = 'active-1') \
             WHERE set_id = 'waits-1'",
            "mail_outbox.pin",
        ),
        (
            "UPDATE secrets SET (value, kek, data_key) = \
             (SELECT value, kek, data_key FROM secrets WHERE name = 'one') WHERE name = 'two'",
            "secrets.value",
        ),
        (
            "UPDATE simulated_keys SET (state, kek, data_key) = \
             (SELECT state, kek, data_key FROM simulated_keys WHERE serial = '10') \
             WHERE serial = '11'",
            "simulated_keys.state",
        ),
        (
            "UPDATE provider SET (state, kek, data_key) = \
             (SELECT state, kek, data_key FROM simulated_keys WHERE serial = '10')",
            "provider.state",
        ),
    ];
    for (statement, place) in cases {
        let folder = Folder::new();
        let store = filled(&folder).await;
        read_all(&store).await.unwrap();
        let other = other_hand(&folder).await;
        assert!(
            sqlx::query(TAKE)
                .fetch_optional(&other)
                .await
                .unwrap()
                .is_some()
        );
        let done = sqlx::query(statement).execute(&other).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{statement}");
        let StoreError(refused) = read_all(&store).await.unwrap_err();
        assert!(refused.contains(place), "{statement}: {refused}");
        assert!(!refused.contains(CANARY));
        other.close().await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_data_key_of_another_row_is_refused() {
    let folder = Folder::new();
    let store = filled(&folder).await;
    let other = other_hand(&folder).await;
    sqlx::query(
        "UPDATE secrets SET data_key = (SELECT data_key FROM secrets WHERE name = 'one') \
         WHERE name = 'two'",
    )
    .execute(&other)
    .await
    .unwrap();
    assert!(store.secret("one").await.is_ok());
    assert!(store.secret("two").await.is_err());
    other.close().await;
    store.close().await;
}

#[tokio::test]
async fn a_database_of_other_keys_is_refused() {
    let folder = Folder::new();
    Keys::new().open(&folder).await.close().await;
    let path = folder.path().join(DATABASE_FILE);
    let other = Keys::new();
    let StoreError(refused) = Database::open(&path, other.0).await.unwrap_err();
    assert!(
        refused.contains("give it the key that belongs to it"),
        "{refused}"
    );
}

/// The bytes of every file in the folder.
fn contents(folder: &Folder) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder.path()).unwrap();
    files
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect()
}

fn occurs(folder: &Folder, needle: &[u8]) -> bool {
    let files = contents(folder);
    files
        .iter()
        .any(|file| file.windows(needle.len()).any(|part| part == needle))
}

#[tokio::test]
async fn no_secret_is_ever_in_the_files_in_clear() {
    let folder = Folder::new();
    let store = filled(&folder).await;
    assert!(
        contents(&folder).len() >= 2,
        "the write-ahead log is among them"
    );
    let key = key(1).to_json();
    let d = key
        .split("\"d\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let scalar = jose_core::base64url::decode(d.as_bytes()).unwrap();
    for when in ["while it is open", "after it was closed"] {
        // The test can find what is there.
        assert!(
            occurs(&folder, b"waits-1") && occurs(&folder, b"ada@acme.example"),
            "{when}"
        );
        for secret in [
            CANARY.as_bytes(),
            b"493817",
            b"state of 10",
            d.as_bytes(),
            &scalar,
        ] {
            assert!(!occurs(&folder, secret), "{when}");
        }
        store.close().await;
    }
}

/// The sealed PIN and the data key of a set, as they stand in the file.
async fn sealed_pin(folder: &Folder, table: &str) -> [Vec<u8>; 2] {
    let other = other_hand(folder).await;
    let statement = match table {
        "mail_outbox" => "SELECT pin, data_key FROM mail_outbox",
        _ => "SELECT pin, data_key FROM enrollment_sets",
    };
    let row = sqlx::query(statement).fetch_one(&other).await.unwrap();
    let sealed = [row.get("pin"), row.get("data_key")];
    other.close().await;
    sealed
}

/// First authentication: the PIN is wiped and its mail withdrawn.
fn wiping(mut set: EnrollmentSet) -> Change {
    set.pin = PinStage::Wiped;
    Change {
        withdraw_pin_mail: Some(set.id.clone()),
        ..replace(&set)
    }
}

#[tokio::test]
async fn a_wiped_pin_is_gone_from_the_files_even_sealed() {
    let folder = Folder::new();
    let store = Keys::new().open(&folder).await;
    let ada = user("ada");
    let set = activated(requested("one", &ada), CANARY);
    let change = Change {
        mail: vec![pin_mail(&ada, &set, CANARY)],
        ..insert(&set)
    };
    store.commit(change).await.unwrap();
    let mut traces = sealed_pin(&folder, "enrollment_sets").await.to_vec();
    traces.extend(sealed_pin(&folder, "mail_outbox").await);
    let left = || traces.iter().filter(|trace| occurs(&folder, trace)).count();
    assert_eq!(left(), 4);
    store.commit(wiping(set)).await.unwrap();
    assert!(store.next_mail(None).await.unwrap().is_none());
    // The server goes on; older pages of the log are emptied soon after.
    let patience = Instant::now() + Duration::from_secs(20);
    while left() > 0 {
        assert!(Instant::now() < patience, "{} traces left", left());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.close().await;
    assert_eq!(left(), 0);
}

/// The private keys go with the activation.
#[tokio::test]
async fn response_keys_are_gone_after_activation() {
    let folder = Folder::new();
    let store = Keys::new().open(&folder).await;
    let set = requested("one", &user("ada"));
    store.commit(insert(&set)).await.unwrap();
    let other = other_hand(&folder).await;
    let traces: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT response_key FROM enrollments UNION SELECT response_key FROM enrollment_sets",
    )
    .fetch_all(&other)
    .await
    .unwrap();
    other.close().await;
    assert_eq!(traces.len(), 3);
    let active = activated(set, CANARY);
    assert!(
        active
            .enrollments
            .iter()
            .all(|one| matches!(one.stage, Stage::Active(_)))
    );
    store.commit(replace(&active)).await.unwrap();
    store.close().await;
    assert!(traces.iter().all(|trace| !occurs(&folder, trace)));
}
