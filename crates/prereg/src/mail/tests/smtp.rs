use std::time::Duration;

use relying_party::mail::{MailError, Mailer as _};
use zeroize::Zeroizing;

use super::server::{MailServer, Script};
use super::{PIN, pin_mail, sender};
use crate::mail::{Encryption, Login, Smtp, SmtpSettings};

const PASSWORD: &str = "correct horse";

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: Encryption::None,
        authorities: None,
        login: None,
        timeout: Duration::from_secs(10),
    }
}

pub(super) fn smtp(port: u16) -> Smtp {
    Smtp::new(settings(port), sender()).unwrap()
}

async fn refusal(script: Script) -> MailError {
    let mut server = MailServer::start(script).await;
    let result = smtp(server.port).send(&pin_mail("Ada", PIN)).await;
    assert!(server.taken().is_empty());
    result.unwrap_err()
}

#[tokio::test]
async fn each_recipient_gets_the_message_in_an_envelope_of_its_own() {
    let mut server = MailServer::start(Script::default()).await;
    let mail = pin_mail("Ada\r\n.\r\nRCPT TO:<eve@evil.example>", PIN);
    smtp(server.port).send(&mail).await.unwrap();
    let taken = server.taken();
    let to: Vec<&str> = taken.iter().map(|one| one.to.as_str()).collect();
    assert_eq!(to, ["TO:<ada@acme.example>", "TO:<ada@home.example>"]);
    for one in &taken {
        assert_eq!(one.from, "FROM:<keys@acme.example>");
        assert!(one.message.contains(PIN));
        assert!(
            one.message
                .contains("To: ada@acme.example, ada@home.example")
        );
    }
}

#[tokio::test]
async fn replies_beginning_with_4_are_temporary_with_5_permanent() {
    let rcpt = |answer| Script {
        rcpt: Some((".example", answer)),
        ..Script::default()
    };
    let data = |answer| Script {
        data: Some(answer),
        ..Script::default()
    };
    for script in [rcpt("450 greylisted"), rcpt("421 busy"), data("452 full")] {
        let error = refusal(script).await;
        assert!(matches!(error, MailError::Temporary(_)), "{error}");
    }
    for script in [rcpt("550 no such user"), data("554 spam")] {
        let error = refusal(script).await;
        assert!(matches!(error, MailError::Permanent(_)), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_fault_of_the_mail_is_temporary() {
    let greeting = |answer| Script {
        greeting: Some(answer),
        ..Script::default()
    };
    let ours = Script {
        rcpt: Some((".example", "530 authentication required")),
        ..Script::default()
    };
    for script in [greeting("554 no service"), greeting("hello"), ours] {
        let error = refusal(script).await;
        assert!(matches!(error, MailError::Temporary(_)), "{error}");
    }
    let error = smtp(1).send(&pin_mail("Ada", PIN)).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
}

#[tokio::test]
async fn one_refused_recipient_does_not_keep_the_mail_from_the_other() {
    for (answer, comes_again) in [("550 no such user", false), ("450 later", true)] {
        let script = Script {
            rcpt: Some(("@acme.example", answer)),
            ..Script::default()
        };
        let mut server = MailServer::start(script).await;
        let smtp = smtp(server.port);
        let message = smtp.message(&pin_mail("Ada", PIN)).unwrap();
        let mut taken = Vec::new();
        let sent = smtp.submit(&message, &mut taken).await;
        assert_eq!(sent.is_err(), comes_again, "{sent:?}");
        assert_eq!(taken, ["ada@home.example"]);
        // Again, for those only who have not got it.
        drop(smtp.submit(&message, &mut taken).await);
        assert_eq!(server.taken().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_at_the_goodbye_has_taken_the_mail() {
    let script = Script {
        rude: true,
        ..Script::default()
    };
    let server = MailServer::start(script).await;
    smtp(server.port).send(&pin_mail("Ada", PIN)).await.unwrap();
}

#[tokio::test]
async fn a_silent_server_is_left_after_the_timeout() {
    let script = Script {
        silent: true,
        ..Script::default()
    };
    let server = MailServer::start(script).await;
    let settings = SmtpSettings {
        timeout: Duration::from_millis(100),
        ..settings(server.port)
    };
    let smtp = Smtp::new(settings, sender()).unwrap();
    let mail = pin_mail("Ada", PIN);
    let sent = tokio::time::timeout(Duration::from_secs(5), smtp.send(&mail)).await;
    assert!(matches!(sent, Ok(Err(MailError::Temporary(_)))));
}

#[tokio::test]
async fn errors_repeat_neither_the_mail_nor_the_servers_words() {
    let script = Script {
        data: Some("554 refused: Its PIN is 84726153"),
        ..Script::default()
    };
    let MailError::Permanent(words) = refusal(script).await else {
        panic!("permanent");
    };
    assert_eq!(words, "the mail server answered 554");
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let mut server = MailServer::start(Script::default()).await;
    let settings = SmtpSettings {
        encryption: Encryption::StartTls,
        login: Some(login()),
        ..settings(server.port)
    };
    let smtp = Smtp::new(settings, sender()).unwrap();
    let error = smtp.send(&pin_mail("Ada", PIN)).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn a_login_is_used_but_a_refused_one_drops_no_mail() {
    let login = Some(login());
    for auth in [None, Some("535 wrong password")] {
        let script = Script {
            auth,
            ..Script::default()
        };
        let mut server = MailServer::start(script).await;
        let settings = SmtpSettings {
            login: login.clone(),
            ..settings(server.port)
        };
        let smtp = Smtp::new(settings, sender()).unwrap();
        let sent = smtp.send(&pin_mail("Ada", PIN)).await;
        match sent {
            Ok(()) => {
                // RFC 4616: NUL mailer NUL correct horse
                let expected = "PLAIN AG1haWxlcgBjb3JyZWN0IGhvcnNl";
                let logins = server.taken().into_iter().map(|one| one.login);
                assert!(logins.eq([Some(expected.to_owned()), Some(expected.to_owned())]));
                assert_eq!(auth, None);
            }
            Err(error) => {
                assert!(matches!(error, MailError::Temporary(_)), "{error}");
                assert!(auth.is_some());
            }
        }
        assert!(!format!("{smtp:?}").contains(PASSWORD));
    }
}

#[test]
fn a_password_is_not_sent_in_the_clear_to_another_machine() {
    let settings = SmtpSettings {
        host: "mail.acme.example".to_owned(),
        login: Some(login()),
        ..settings(25)
    };
    assert!(Smtp::new(settings, sender()).is_err());
}

fn login() -> Login {
    Login {
        username: "mailer".to_owned(),
        password: Zeroizing::new(PASSWORD.to_owned()),
    }
}
