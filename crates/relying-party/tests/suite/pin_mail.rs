//! The PIN: when it can be sent, to whom, and when it is gone.

use pollster::block_on;
use prereg_types::api::UserStatus;
use relying_party::error::Kind;
use relying_party::mail::{Delivered, Mail, MailError, Mailer, MemoryMailer, deliver};

use crate::world::{ADA, PIN, World};

fn mails(world: &World) -> Vec<Mail> {
    let mailer = MemoryMailer::default();
    block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    mailer.sent()
}

#[test]
fn staged_users_get_it_at_both_addresses_active_ones_at_the_primary() {
    for (status, recipients) in [
        (
            UserStatus::Staged,
            vec!["ada@acme.example", "ada@home.example"],
        ),
        (UserStatus::Active, vec!["ada@acme.example"]),
    ] {
        let mut world = World::new();
        let mut user = block_on(world.party.find_user(ADA)).unwrap().unwrap();
        user.status = status;
        world.party.store().put_user(user);
        let draft = world.active_key();
        world
            .send_pin(ADA, &draft.credentials[1].enrollment_id)
            .unwrap();
        let sent = mails(&world);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].recipients, recipients);
        assert!(sent[0].body().contains(PIN));
        assert!(!sent[0].subject().contains(PIN));
        assert!(!format!("{:?}", sent[0]).contains(PIN));
    }
}

#[test]
fn it_can_be_sent_again() {
    let mut world = World::new();
    let draft = world.active_key();
    for one in &draft.credentials {
        world.send_pin(ADA, &one.enrollment_id).unwrap();
    }
    assert_eq!(mails(&world).len(), 2);
}

#[test]
fn before_activation_there_is_none() {
    let mut world = World::new();
    let draft = world.draft();
    let before = world.snapshot();
    let error = world
        .send_pin(ADA, &draft.credentials[0].enrollment_id)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&Kind::NotAllowedInStatus, "pin_not_available")
    );
    assert_eq!(world.snapshot(), before);
}

#[test]
fn names_cannot_break_out_of_their_line() {
    let mut world = World::new();
    let mut user = block_on(world.party.find_user(ADA)).unwrap().unwrap();
    user.profile.first_name = "Ada\r\nBcc: evil@example".into();
    world.party.store().put_user(user);
    let draft = world.active_key();
    world
        .send_pin(ADA, &draft.credentials[0].enrollment_id)
        .unwrap();
    let body = mails(&world)[0].body();
    assert!(body.starts_with("Hello AdaBcc: evil@example Example,\n"));
}

/// Fails as told.
struct Broken(MailError);

impl Mailer for Broken {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        Err(self.0.clone())
    }
}

#[test]
fn mail_stays_until_it_is_taken() {
    let mut world = World::new();
    let draft = world.active_key();
    world
        .send_pin(ADA, &draft.credentials[0].enrollment_id)
        .unwrap();
    let down = Broken(MailError::Temporary("down".into()));
    let done = block_on(deliver(world.party.store(), &down, 100)).unwrap();
    assert_eq!(
        done,
        Delivered {
            postponed: 1,
            ..Delivered::default()
        }
    );
    assert_eq!(mails(&world).len(), 1);
    assert!(mails(&world).is_empty(), "taken once");
    world
        .send_pin(ADA, &draft.credentials[0].enrollment_id)
        .unwrap();
    let refusing = Broken(MailError::Permanent("no such mailbox".into()));
    let done = block_on(deliver(world.party.store(), &refusing, 100)).unwrap();
    assert_eq!(
        done,
        Delivered {
            dropped: 1,
            ..Delivered::default()
        }
    );
    assert!(mails(&world).is_empty());
}
