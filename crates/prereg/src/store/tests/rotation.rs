//! Changing the key-encryption key, interrupted and not, beside a server that
//! goes on.

use std::fs;
use std::path::PathBuf;

use relying_party::enrollment::EnrollmentSet;
use relying_party::store::{Change, Store as _};
use yubico_sim::ProviderStore as _;
use yubico_sim::store::{KeyState, ProviderState};

use super::Folder;
use super::samples::{CANARY, activated, insert, pin_mail, requested, user, whole};
use crate::seal::{KekId, Keyring};
use crate::store::{Database, StoreError};

/// What is stored in every kind of sealed row, to be compared.
const SETS: usize = 40;

fn key_file(folder: &Folder) -> PathBuf {
    folder.path().join("secret.key")
}

async fn open(folder: &Folder) -> Database {
    Database::open_directory(folder.path()).await.unwrap()
}

fn current(store: &Database) -> KekId {
    store.keyring().keys()[0].id().clone()
}

fn set(number: usize) -> EnrollmentSet {
    let ada = user("ada");
    let set = requested(&format!("set-{number}"), &ada);
    if number.is_multiple_of(2) {
        set
    } else {
        activated(set, CANARY)
    }
}

/// Something sealed in every table.
async fn fill(store: &Database) {
    let sets = (0..SETS).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let set = set(number);
            let change = Change {
                mail: vec![pin_mail(&user("ada"), &set, CANARY)],
                ..insert(&set)
            };
            store.commit(change).await.unwrap();
        })
    });
    for one in sets.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    store.insert_secret("oauth", b"signing key").await.unwrap();
    let state = ProviderState::new(b"provider".to_vec().into());
    store.save_provider(None, state).await.unwrap();
    let shipment = super::provider::new("a", &["1"], &["10"]);
    yubico_sim::ProviderStore::insert(store, shipment)
        .await
        .unwrap();
}

/// Everything can be read, as it was written.
async fn check(store: &Database) {
    for number in 0..SETS {
        let set = set(number);
        let found = store.set_of(&set.enrollments[1].id).await.unwrap().unwrap();
        assert_eq!(whole(&found), whole(&set));
    }
    let mut mails = 0;
    let mut last = None;
    while let Some(mail) = store.next_mail(last).await.unwrap() {
        last = Some(mail.id);
        mails += 1;
    }
    assert_eq!(mails, SETS);
    assert_eq!(
        **store.secret("oauth").await.unwrap().unwrap(),
        *b"signing key"
    );
    let (state, _) = store.provider().await.unwrap().unwrap();
    assert_eq!(state.expose(), b"provider");
    let key = store
        .key(&super::provider::serial("10"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(key.state, KeyState::new(b"state of 10".to_vec().into()));
}

#[tokio::test]
async fn a_rotation_wraps_everything_anew_and_drops_the_old_key() {
    let folder = Folder::new();
    let store = open(&folder).await;
    fill(&store).await;
    let old = current(&store);
    let old_file = fs::read(key_file(&folder)).unwrap();
    let sealed = store.sealing_status().await.unwrap();
    assert_eq!((sealed.behind(), sealed.rows.len()), (0, 1));

    let rotation = store.rotate_secrets().await.unwrap();
    assert_eq!((&rotation.from, &rotation.to), (&old, &current(&store)));
    assert_ne!(old, rotation.to);
    // Sets, enrollments that wait, mail, secret, provider, key.
    let expected = SETS + SETS / 2 * 2 + SETS + 3;
    assert_eq!(rotation.rewrapped, expected as u64);
    let status = store.sealing_status().await.unwrap();
    assert_eq!(status.rows, [(rotation.to.clone(), expected as u64)]);
    check(&store).await;
    store.close().await;

    let store = open(&folder).await;
    assert_eq!(store.keyring().keys().len(), 1, "the old key is gone");
    check(&store).await;
    store.close().await;
    fs::write(key_file(&folder), old_file).unwrap();
    let refused = Database::open_directory(folder.path()).await.unwrap_err();
    assert!(refused.0.contains(rotation.to.as_str()), "{refused}");
}

#[tokio::test]
async fn an_interrupted_rotation_is_brought_to_its_end() {
    for stop_after in 0..4 {
        let folder = Folder::new();
        let store = open(&folder).await;
        fill(&store).await;
        let old = current(&store);
        let new = store.keyring().draw_new().unwrap();
        if stop_after > 0 {
            store.begin_rotation(new.id()).await.unwrap();
        }
        for _ in 1..stop_after {
            assert!(store.rewrap_some(&new).await.unwrap() > 0);
        }
        store.close().await;

        let store = open(&folder).await;
        check(&store).await;
        store
            .insert_secret("new", b"sealed in between")
            .await
            .unwrap();
        let rotation = store.rotate_secrets().await.unwrap();
        assert_eq!(
            rotation.to,
            *new.id(),
            "no third key after step {stop_after}"
        );
        assert!(rotation.rewrapped > 0);
        let keys = store.keyring().keys();
        assert_eq!((keys.len(), keys[0].id()), (1, new.id()));
        let status = store.sealing_status().await.unwrap();
        assert!(status.rows.iter().all(|(kek, _)| *kek != old));
        check(&store).await;
        store.close().await;
    }
}

/// A server that has read its keys before, and seals all the while.
#[tokio::test]
async fn another_process_goes_on_through_a_rotation() {
    let folder = Folder::new();
    let server = open(&folder).await;
    fill(&server).await;
    let busy = {
        let server = server.clone();
        tokio::spawn(async move {
            let mut sealed = 0_u32;
            loop {
                let name = format!("busy-{sealed}");
                server.insert_secret(&name, name.as_bytes()).await.unwrap();
                let back = server.secret(&name).await.unwrap().unwrap();
                assert_eq!(**back, *name.as_bytes());
                sealed += 1;
                if sealed.is_multiple_of(7) {
                    tokio::task::yield_now().await;
                }
            }
        })
    };
    let command = open(&folder).await;
    for _ in 0..3 {
        command.rotate_secrets().await.unwrap();
    }
    command.close().await;
    assert!(!busy.is_finished(), "the server met an error");
    busy.abort();
    let status = server.sealing_status().await.unwrap();
    assert_eq!(
        status.behind(),
        0,
        "nothing is sealed with an old key any more"
    );
    check(&server).await;
    server.close().await;
}

#[tokio::test]
async fn two_rotations_at_once_are_refused() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lock = store.keyring().source().lock().unwrap();
    let StoreError(refused) = store.rotate_secrets().await.unwrap_err();
    assert!(refused.contains("another rotation"), "{refused}");
    drop(lock);
    store.rotate_secrets().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn keys_of_the_environment_are_rotated_to_the_one_in_front() {
    let folder = Folder::new();
    let environment = |text: String| {
        let source = crate::seal::KeySource::of_directory(folder.path(), |name| {
            (name == "PREREG_SECRET_KEY").then(|| text.clone().into())
        });
        Keyring::load(source.unwrap()).unwrap()
    };
    let (old, new) = ("A".repeat(43), format!("{}E", "A".repeat(42)));
    let path = folder.path().join("prereg.db");
    let store = Database::open(&path, environment(old.clone()))
        .await
        .unwrap();
    store.insert_secret("oauth", b"signing key").await.unwrap();
    let StoreError(refused) = store.rotate_secrets().await.unwrap_err();
    assert!(refused.contains("PREREG_SECRET_KEY=NEW,OLD"), "{refused}");
    store.close().await;
    let store = Database::open(&path, environment(format!("{new},{old}")))
        .await
        .unwrap();
    assert_eq!(store.rotate_secrets().await.unwrap().rewrapped, 1);
    store.close().await;
    let store = Database::open(&path, environment(new)).await.unwrap();
    assert_eq!(
        **store.secret("oauth").await.unwrap().unwrap(),
        *b"signing key"
    );
    store.close().await;
    assert!(Database::open(&path, environment(old)).await.is_err());
}
