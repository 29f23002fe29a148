//! The PIN: when it can be sent, to whom, and when it is gone.

use authenticator::Quirks;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use pollster::block_on;
use prereg_types::api::{EmailAddress, UserStatus};
use prereg_types::{EnrollmentId, UserId};
use relying_party::error::Kind;
use relying_party::event::Caller;
use relying_party::mail::{Delivered, Mail, MailError, Mailer, MemoryMailer, deliver};

use crate::world::{ADA, BOB, HOSTS, PIN, World};

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
        let to: Vec<&str> = sent[0]
            .recipients
            .iter()
            .map(EmailAddress::as_str)
            .collect();
        assert_eq!(to, recipients);
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

/// Takes no mail for one recipient, and all other mail.
struct Unreachable(&'static str, MemoryMailer);

impl Mailer for Unreachable {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if mail.recipients.iter().any(|one| one.as_str() == self.0) {
            return Err(MailError::Temporary("greylisted".into()));
        }
        self.1.send(mail).await
    }
}

#[test]
fn mail_that_is_postponed_does_not_hold_up_what_comes_after_it() {
    let mut world = World::new();
    let draft = world.active_key();
    for _ in 0..3 {
        world
            .send_pin(ADA, &draft.credentials[0].enrollment_id)
            .unwrap();
    }
    let enrolled = world.enroll(BOB, &HOSTS);
    let bobs = world.program(&enrolled, &Quirks::NONE, |_| {});
    let command = world.command(&bobs);
    world.activate(&command).unwrap();
    world
        .send_pin(BOB, &bobs.credentials[0].enrollment_id)
        .unwrap();
    let mailer = Unreachable("ada@acme.example", MemoryMailer::default());
    let done = block_on(deliver(world.party.store(), &mailer, 1)).unwrap();
    let expected = Delivered {
        sent: 1,
        postponed: 3,
        dropped: 0,
    };
    assert_eq!(done, expected);
    assert_eq!(mailer.1.sent().len(), 1);
    let rest = block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    assert_eq!((rest.sent, rest.postponed), (0, 3), "each once a round");
}

/// Deletes an enrollment while the first mail is on its way.
struct Deleting<'a> {
    world: &'a World,
    id: &'a EnrollmentId,
    sent: MemoryMailer,
}

impl Mailer for Deleting<'_> {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let user = UserId::parse(ADA).unwrap();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let (party, caller) = (&self.world.party, Caller::system());
        let deleted = party.delete(&caller, &user, self.id, &mut rng).await;
        // The second time there is nothing left to delete.
        drop(deleted);
        self.sent.send(mail).await
    }
}

#[test]
fn mail_withdrawn_during_a_round_is_not_sent() {
    let mut world = World::new();
    let enrolled = world.enroll(ADA, &HOSTS[..1]);
    let draft = world.program(&enrolled, &Quirks::NONE, |_| {});
    let command = world.command(&draft);
    world.activate(&command).unwrap();
    let id = &draft.credentials[0].enrollment_id;
    world.send_pin(ADA, id).unwrap();
    world.send_pin(ADA, id).unwrap();
    let mailer = Deleting {
        world: &world,
        id,
        sent: MemoryMailer::default(),
    };
    block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    let subjects: Vec<&str> = mailer.sent.sent().iter().map(Mail::subject).collect();
    assert_eq!(
        subjects,
        [
            "The PIN of your new security key",
            "A security key was removed from your account"
        ]
    );
}
