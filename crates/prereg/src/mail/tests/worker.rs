use std::fs;
use std::time::Duration;

use relying_party::mail::Mail;
use relying_party::store::{Change, SetChange, Store as _};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::folder::Scratch;
use super::server::{MailServer, Script};
use super::smtp::smtp;
use super::{PIN, pin_mail, sender};
use crate::mail::{Folder, Route, Worker};
use crate::store::{Database, MailOutcome};

const SOON: Duration = Duration::from_secs(10);

async fn queue(database: &Database, mail: Vec<Mail>) {
    let change = Change {
        set: SetChange::Keep,
        events: Vec::new(),
        mail,
        withdraw_pin_mail: None,
    };
    database.commit(change).await.unwrap();
}

/// What happens at the first authentication, as far as mail is concerned.
async fn withdraw(database: &Database, mail: &Mail) {
    let relying_party::mail::Content::Pin(content) = &mail.content else {
        panic!("a PIN mail");
    };
    let change = Change {
        set: SetChange::Keep,
        events: Vec::new(),
        mail: Vec::new(),
        withdraw_pin_mail: Some(content.set.clone()),
    };
    database.commit(change).await.unwrap();
}

fn folder(scratch: &Scratch) -> Route {
    Route::Folder(Folder::open(scratch.path(), sender()).unwrap())
}

async fn outcomes(database: &Database) -> Vec<MailOutcome> {
    let history = database.sent_mails(None, 100).await.unwrap();
    history.into_iter().map(|row| row.mail.outcome).collect()
}

async fn waiting(database: &Database) -> u64 {
    database.counts().await.unwrap().mail_queued
}

#[tokio::test]
async fn mail_is_sent_as_soon_as_it_is_queued_and_leaves_no_pin_behind() {
    let (database, scratch) = (Database::scratch().await, Scratch::new("worker"));
    let stop = CancellationToken::new();
    let worker = Worker::new(database.clone(), folder(&scratch));
    let running = tokio::spawn(worker.run(stop.clone()));
    for number in 1..=20 {
        queue(&database, vec![pin_mail("Ada", PIN)]).await;
        let sent = async {
            while scratch.names().len() < number || waiting(&database).await > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(SOON, sent).await.unwrap();
    }
    stop.cancel();
    timeout(SOON, running).await.unwrap().unwrap();
    let history = database.sent_mails(None, 100).await.unwrap();
    assert_eq!(history.len(), 20);
    assert!(!format!("{history:?}").contains(PIN));
    let recipients = &history[0].mail.recipients;
    assert_eq!(recipients, &["ada@acme.example", "ada@home.example"]);
}

#[tokio::test]
async fn more_mail_than_is_sent_at_a_time_all_goes_in_one_round() {
    let (database, scratch) = (Database::scratch().await, Scratch::new("many"));
    queue(&database, vec![pin_mail("Ada", PIN); 40]).await;
    let mut worker = Worker::new(database.clone(), folder(&scratch));
    worker.round(&CancellationToken::new()).await.unwrap();
    assert_eq!((scratch.names().len(), waiting(&database).await), (40, 0));
}

/// The worker has loaded the mail, and then its PIN is wiped.
#[tokio::test]
async fn the_mail_of_a_pin_wiped_meanwhile_is_never_handed_over() {
    let database = Database::scratch().await;
    let scratch = Scratch::new("wiped");
    let mut server = MailServer::start(Script::default()).await;
    for route in [folder(&scratch), Route::Smtp(smtp(server.port))] {
        let mail = pin_mail("Ada", PIN);
        queue(&database, vec![mail.clone()]).await;
        let loaded = database.next_mail(None).await.unwrap().unwrap();
        withdraw(&database, &mail).await;
        Worker::new(database.clone(), route).offer(loaded).await;
    }
    assert!(scratch.names().is_empty());
    assert!(server.taken().is_empty());
    assert!(outcomes(&database).await.is_empty());
}

#[tokio::test]
async fn mail_not_taken_waits_without_holding_up_the_rest() {
    let database = Database::scratch().await;
    let script = Script {
        rcpt: Some(("@home.example", "450 greylisted")),
        ..Script::default()
    };
    let mut server = MailServer::start(script).await;
    let mut other = pin_mail("Grace", PIN);
    other.recipients.truncate(1);
    queue(&database, vec![pin_mail("Ada", PIN), other]).await;
    let mut worker = Worker::new(database.clone(), Route::Smtp(smtp(server.port)));
    let stop = CancellationToken::new();
    worker.round(&stop).await.unwrap();
    assert_eq!(server.taken().len(), 2, "one for each primary address");
    assert_eq!(waiting(&database).await, 1);
    // It has to wait for its turn.
    worker.round(&stop).await.unwrap();
    let mut outcomes = outcomes(&database).await;
    outcomes.sort_by_key(|outcome| *outcome == MailOutcome::Sent);
    let why = "the mail server answered 450".to_owned();
    assert_eq!(outcomes, [MailOutcome::Postponed(why), MailOutcome::Sent]);
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn mail_refused_for_good_is_dropped_and_told() {
    let database = Database::scratch().await;
    let script = Script {
        data: Some("554 no"),
        ..Script::default()
    };
    let server = MailServer::start(script).await;
    queue(&database, vec![pin_mail("Ada", PIN)]).await;
    let mut worker = Worker::new(database.clone(), Route::Smtp(smtp(server.port)));
    worker.round(&CancellationToken::new()).await.unwrap();
    assert_eq!(waiting(&database).await, 0);
    let why = "the mail server answered 554".to_owned();
    assert_eq!(outcomes(&database).await, [MailOutcome::Dropped(why)]);
}

#[tokio::test]
async fn a_disk_that_fails_loses_no_mail() {
    let (database, scratch) = (Database::scratch().await, Scratch::new("disk"));
    queue(&database, vec![pin_mail("Ada", PIN)]).await;
    let route = folder(&scratch);
    fs::remove_dir_all(scratch.path()).unwrap();
    let mut worker = Worker::new(database.clone(), route);
    worker.round(&CancellationToken::new()).await.unwrap();
    assert_eq!(waiting(&database).await, 1);
    // The next process tries again at once.
    let mut worker = Worker::new(database.clone(), folder(&scratch));
    worker.round(&CancellationToken::new()).await.unwrap();
    assert_eq!((scratch.names().len(), waiting(&database).await), (1, 0));
}

#[tokio::test]
async fn a_server_that_keeps_the_worker_waiting_does_not_keep_it_from_stopping() {
    let database = Database::scratch().await;
    let script = Script {
        silent: true,
        ..Script::default()
    };
    let server = MailServer::start(script).await;
    queue(&database, vec![pin_mail("Ada", PIN)]).await;
    let stop = CancellationToken::new();
    let worker = Worker::new(database.clone(), Route::Smtp(smtp(server.port)));
    let running = tokio::spawn(worker.run(stop.clone()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.cancel();
    timeout(SOON, running).await.unwrap().unwrap();
    assert_eq!(
        waiting(&database).await,
        1,
        "it is sent after the next start"
    );
}
