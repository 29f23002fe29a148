//! What leaves the server as mail.

mod folder;
mod message;
mod server;
mod smtp;
mod worker;

use prereg_types::api::{EmailAddress, User, UserProfile, UserStatus};
use prereg_types::payload::Pin;
use prereg_types::{Serial, SetId, UserId};
use relying_party::mail::{Mail, PinMail};

use super::Sender;

const PIN: &str = "84726153";

fn sender() -> Sender {
    "Security keys <keys@acme.example>".parse().unwrap()
}

fn user(first_name: &str, status: UserStatus) -> User {
    User {
        id: UserId::parse("00u1").unwrap(),
        status,
        profile: UserProfile {
            first_name: first_name.to_owned(),
            last_name: "Lovelace".to_owned(),
            login: "ada@acme.example".to_owned(),
            email: EmailAddress::parse("ada@acme.example").unwrap(),
            second_email: Some(EmailAddress::parse("ada@home.example").unwrap()),
        },
    }
}

/// The PIN for somebody who has not started yet, and so has two addresses.
fn pin_mail(first_name: &str, pin: &str) -> Mail {
    let content = PinMail {
        set: SetId::parse("set1").unwrap(),
        serial: Serial::parse("3632071").unwrap(),
        pin: Pin::new(pin).unwrap(),
    };
    Mail::pin(&user(first_name, UserStatus::Staged), content)
}
