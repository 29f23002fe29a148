use prereg_types::Timestamp;
use prereg_types::api::UserStatus;
use relying_party::mail::{Mail, MailError};

use super::{PIN, pin_mail, sender, user};
use crate::mail::Sender;
use crate::mail::message::Message;

const NOW: Timestamp = Timestamp::from_millis(1_582_979_645_123);

/// Names that try to become something else.
const HOSTILE: [&str; 6] = [
    "Ada\r\nBcc: eve@evil.example",
    "Ada\nSubject: 84726153\r\n\r\nyour PIN",
    "<script>alert(1)</script>",
    "\"><img src=https://evil.example/pixel>",
    "Ada\r\n.\r\nMAIL FROM:<eve@evil.example>",
    "=?utf-8?q?Ada=0D=0ABcc=3A_eve=40evil.example?=",
];

fn written(mail: &Mail) -> String {
    let message = Message::write(mail, &sender(), NOW).unwrap();
    String::from_utf8(message.bytes.to_vec()).unwrap()
}

/// The header of the whole message, one unfolded line a field.
fn header(message: &str) -> Vec<String> {
    let (header, _) = message.split_once("\r\n\r\n").unwrap();
    let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

/// The bodies of both alternatives, as written.
fn alternatives(message: &str) -> [String; 2] {
    let (_, from) = message.split_once("boundary=\"").unwrap();
    let (boundary, _) = from.split_once('"').unwrap();
    let delimiter = format!("--{boundary}");
    let parts: Vec<&str> = message.split(&delimiter).skip(1).collect();
    let [text, html, end] = parts[..] else {
        panic!("{} parts", parts.len());
    };
    assert_eq!(end, "--\r\n");
    [text, html].map(|part| part.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn a_pin_mail_has_the_usual_header_and_two_alternatives() {
    let message = written(&pin_mail("Ada", PIN));
    let header = header(&message);
    let field = |name: &str| {
        let fields: Vec<&String> = header.iter().filter(|f| f.starts_with(name)).collect();
        let [field] = fields[..] else {
            panic!("{name}: {fields:?}");
        };
        field[name.len() + 2..].to_owned()
    };
    assert_eq!(field("From"), "\"Security keys\" <keys@acme.example>");
    assert_eq!(field("To"), "ada@acme.example, ada@home.example");
    assert_eq!(field("Subject"), "The PIN of your new security key");
    assert_eq!(field("Date"), "Sat, 29 Feb 2020 12:34:05 +0000");
    assert_eq!(field("MIME-Version"), "1.0");
    assert_eq!(field("Auto-Submitted"), "auto-generated");
    assert!(field("Content-Type").starts_with("multipart/alternative;"));
    let [text, html] = alternatives(&message);
    assert!(text.contains(&format!("\r\n    {PIN}\r\n")), "{text}");
    assert!(html.contains(&format!("<bdi>{PIN}</bdi>")), "{html}");
    for part in ["text/plain; charset=utf-8", "text/html; charset=utf-8"] {
        assert!(message.contains(&format!("\r\nContent-Type: {part}\r\n")));
    }
    assert!(!header.concat().contains(PIN));
    assert!(!message.contains("base64"));
}

#[test]
fn each_message_has_an_id_of_its_own_at_the_senders_domain() {
    let id = |message: &str| {
        let fields = header(message).into_iter();
        let mut ids = fields.filter(|field| field.starts_with("Message-ID: <"));
        ids.next().unwrap()
    };
    let mail = pin_mail("Ada", PIN);
    let (first, second) = (id(&written(&mail)), id(&written(&mail)));
    assert_ne!(first, second);
    assert!(first.ends_with("@acme.example>"), "{first}");
}

#[test]
fn mail_header_injection_and_html_in_names_are_impossible() {
    let fields = header(&written(&pin_mail("Ada", PIN))).len();
    for name in HOSTILE {
        for mail in [
            pin_mail(name, PIN),
            Mail::enrollment_deleted(&user(name, UserStatus::Active), "acme.example"),
        ] {
            let message = written(&mail);
            assert_eq!(header(&message).len(), fields, "{message}");
            let [_, html] = alternatives(&message);
            for tag in ["<script", "<img", "<a ", "evil.example>"] {
                assert!(!html.contains(tag), "{html}");
            }
            for line in message.lines() {
                assert!(!line.starts_with("Bcc") && line != ".", "{message}");
            }
        }
    }
}

#[test]
fn names_and_pins_beyond_ascii_stay_readable_as_quoted_printable() {
    let message = written(&pin_mail("Zoë", "pïn-4711"));
    assert!(message.is_ascii());
    assert!(message.contains("Hello Zo=C3=AB Lovelace,"), "{message}");
    assert!(message.contains("\r\n    p=C3=AFn-4711\r\n"), "{message}");
}

#[test]
fn the_html_fetches_nothing() {
    let [_, html] = alternatives(&written(&pin_mail("Ada", PIN)));
    for outside in ["http", "url(", "src=", "href="] {
        assert!(!html.contains(outside), "{outside}: {html}");
    }
}

#[test]
fn an_address_that_no_mail_can_be_sent_to_is_refused_for_good() {
    let mut mail = pin_mail("Ada", PIN);
    let odd = prereg_types::api::EmailAddress::parse("a..b@acme.example").unwrap();
    mail.recipients = vec![odd];
    let refused = Message::write(&mail, &sender(), NOW).err().unwrap();
    assert!(matches!(refused, MailError::Permanent(_)), "{refused}");
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    for right in ["keys@acme.example", "Keys <keys@acme.example>"] {
        assert!(right.parse::<Sender>().is_ok(), "{right}");
    }
    for wrong in [
        "",
        "keys",
        "a@b.example, c@d.example",
        "Keys <keys@acme.example>\r\nBcc: eve@evil.example",
        "K\neys <keys@acme.example>",
    ] {
        assert!(wrong.parse::<Sender>().is_err(), "{wrong}");
    }
}
