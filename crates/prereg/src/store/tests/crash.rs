//! kill −9 in the middle of commits: what was acknowledged is there, and nothing
//! half-done is.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use getrandom::SysRng;
use rand_core::TryRng as _;
use relying_party::enrollment::PinStage;
use relying_party::mail::Content;
use relying_party::store::{Change, Store as _};
use tokio::task::JoinSet;

use super::Folder;
use super::samples::{CANARY, NOW, activated, event, insert, pin_mail, replace, requested, user};
use crate::store::{AuditEntry, AuditVerdict, Database, LogQuery};

const ROUNDS: u32 = 6;
const WORKERS: u32 = 6;
/// What is done to each set.
const STEPS: u32 = 3;
/// Names the data directory and the round to the process that is killed.
const DIRECTORY: &str = "PREREG_TEST_CRASH_DIRECTORY";
const ROUND: &str = "PREREG_TEST_CRASH_ROUND";

/// Insert, activate with a mail, wipe and withdraw the mail; each tells the log.
fn step(name: &str, step: u32) -> Change {
    let ada = user("ada");
    let set = requested(name, &ada);
    let mut active = activated(set.clone(), CANARY);
    let change = match step {
        1 => insert(&set),
        2 => Change {
            mail: vec![pin_mail(&ada, &active, CANARY)],
            ..replace(&active)
        },
        _ => {
            active.revision = 1;
            active.pin = PinStage::Wiped;
            Change {
                withdraw_pin_mail: Some(active.id.clone()),
                ..replace(&active)
            }
        }
    };
    Change {
        events: vec![event(&format!("{name}.{step}"), "step", &[name])],
        ..change
    }
}

/// The process that is killed: works and says what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below"]
async fn child() {
    let (Some(directory), Ok(round)) = (env::var_os(DIRECTORY), env::var(ROUND)) else {
        return;
    };
    let store = Database::open_directory(Path::new(&directory))
        .await
        .unwrap();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (store, round) = (store.clone(), round.clone());
        workers.spawn(async move {
            for number in 0.. {
                let name = format!("{round}-{worker}-{number}");
                for number in 1..=STEPS {
                    store.commit(step(&name, number)).await.unwrap();
                    acknowledge(&name, number);
                }
                audit(&store, &name).await;
            }
        });
    }
    workers.join_all().await;
}

async fn audit(store: &Database, name: &str) {
    let entry = AuditEntry {
        at: NOW,
        actor: "child".to_owned(),
        action: "steps".to_owned(),
        target: name.to_owned(),
        outcome: "ok".to_owned(),
        request_id: String::new(),
    };
    store.append_audit(entry).await.unwrap();
    acknowledge(name, STEPS + 1);
}

fn acknowledge(name: &str, step: u32) {
    // One write a line: the pipe holds it whatever happens to this process.
    io::stdout()
        .write_all(format!("\nACK {name} {step}\n").as_bytes())
        .unwrap();
}

fn start(directory: &Path, round: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "store::tests::crash::child",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the process for a while, kills it, and gives the last step that it had
/// acknowledged for each set.
fn kill_in_the_middle(directory: &Path, round: u32) -> BTreeMap<String, u32> {
    let mut child = start(directory, round);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("ACK") {
        assert_ne!(
            output.read_line(&mut text).unwrap(),
            0,
            "it ended by itself"
        );
    }
    let mut random = [0; 1];
    SysRng.try_fill_bytes(&mut random).unwrap();
    let reader = thread::spawn(move || {
        output.read_to_string(&mut text).unwrap();
        text
    });
    thread::sleep(Duration::from_millis(20 + u64::from(random[0])));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "it was killed");
    let text = reader.join().unwrap();
    let mut acknowledged = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("ACK ")) {
        let (name, step) = line.split_once(' ').unwrap();
        acknowledged.insert(name.to_owned(), step.parse().unwrap());
    }
    acknowledged
}

/// The last step of a set whose trace is there.
async fn found(store: &Database, name: &str) -> u32 {
    let set = requested(name, &user("ada"));
    let Some(set) = store.set_of(&set.enrollments[0].id).await.unwrap() else {
        return 0;
    };
    let step = match set.pin {
        PinStage::Requested { .. } => 1,
        PinStage::Available { .. } => 2,
        PinStage::Wiped => 3,
    };
    assert_eq!(set.revision, u64::from(step) - 1, "{name}");
    assert_eq!(set.enrollments.len(), 2, "{name}");
    step
}

/// Of a set everything of its last step is there, and nothing of the next one.
async fn check_set(store: &Database, name: &str, acknowledged: u32) {
    let step = found(store, name).await;
    assert!(
        step >= acknowledged.min(STEPS),
        "{name}: {step} of {acknowledged}"
    );
    let query = LogQuery {
        target: Some(name.to_owned()),
        limit: 10,
        ..LogQuery::default()
    };
    let logged = store.log_events(&query).await.unwrap();
    let uuids: Vec<bool> = (1..=step)
        .zip(&logged)
        .map(|(step, event)| event.json.contains(&format!("\"{name}.{step}\"")))
        .collect();
    assert_eq!(
        (logged.len(), uuids),
        (step as usize, vec![true; step as usize]),
        "{name}"
    );
}

async fn check(directory: &Path, acknowledged: &BTreeMap<String, u32>) {
    let store = Database::open_directory(directory).await.unwrap();
    for (name, step) in acknowledged {
        check_set(&store, name, *step).await;
        // The set after it was perhaps begun.
        let (begin, number) = name.rsplit_once('-').unwrap();
        let next: u32 = number.parse::<u32>().unwrap() + 1;
        check_set(&store, &format!("{begin}-{next}"), 0).await;
    }
    let mut last = None;
    while let Some(queued) = store.next_mail(last).await.unwrap() {
        last = Some(queued.id);
        let Content::Pin(content) = &queued.mail.content else {
            panic!("another mail");
        };
        assert_eq!(content.pin.expose(), CANARY);
        assert_eq!(
            found(&store, content.set.as_str()).await,
            2,
            "mail of a wiped PIN"
        );
    }
    let verdict = store.verify_audit(None).await.unwrap();
    assert!(matches!(verdict, AuditVerdict::Intact(_)), "{verdict:?}");
    let audited = store.audit_entries(0, usize::MAX).await.unwrap();
    for (name, _) in acknowledged.iter().filter(|(_, step)| **step > STEPS) {
        assert!(
            audited.iter().any(|record| record.entry.target == *name),
            "{name}"
        );
    }
    store.close().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9_and_nothing_half_done_is_seen() {
    let folder = Folder::new();
    let mut all = BTreeMap::new();
    for round in 0..ROUNDS {
        let acknowledged = kill_in_the_middle(folder.path(), round);
        assert!(!acknowledged.is_empty());
        all.extend(acknowledged);
        check(folder.path(), &all).await;
    }
}

/// A rotation that is killed again and again comes to its end.
#[tokio::test]
async fn a_rotation_survives_kill_9() {
    let folder = Folder::new();
    let store = Database::open_directory(folder.path()).await.unwrap();
    for number in 0..200 {
        let store = store.clone();
        store
            .insert_secret(&format!("{number}"), CANARY.as_bytes())
            .await
            .unwrap();
    }
    store.close().await;
    for round in 0..8 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "store::tests::crash::rotating_child",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env(DIRECTORY, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.contains("ACK") {
            assert_ne!(
                output.read_line(&mut text).unwrap(),
                0,
                "it ended by itself"
            );
        }
        thread::sleep(Duration::from_millis(round * 7));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Database::open_directory(folder.path()).await.unwrap();
        for number in 0..200 {
            let found = store.secret(&format!("{number}")).await.unwrap().unwrap();
            assert_eq!(**found, *CANARY.as_bytes());
        }
        store.close().await;
    }
    let store = Database::open_directory(folder.path()).await.unwrap();
    store.rotate_secrets().await.unwrap();
    let status = store.sealing_status().await.unwrap();
    assert_eq!((status.behind(), status.ring.len()), (0, 1));
    store.close().await;
}

/// The process that is killed while it rotates.
#[tokio::test]
#[ignore = "run by the test above"]
async fn rotating_child() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let store = Database::open_directory(Path::new(&directory))
        .await
        .unwrap();
    acknowledge("open", 0);
    loop {
        store.rotate_secrets().await.unwrap();
    }
}
