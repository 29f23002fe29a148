//! The body as HTML: the same words as the plain text, nothing fetched from
//! anywhere, every name escaped.

use maud::{DOCTYPE, Markup, html};
use relying_party::mail::{Content, Mail, PinMail};
use zeroize::Zeroizing;

/// The page; wiped when dropped.
///
/// Lines stay short, so that the message needs no encoding and can be read as
/// it is.
pub(crate) fn page(mail: &Mail) -> Zeroizing<String> {
    let markup = html! {
        (DOCTYPE) "\n"
        html lang="en" { "\n"
            head { "\n"
                meta charset="utf-8"; "\n"
                meta name="viewport" content="width=device-width, initial-scale=1"; "\n"
                meta name="color-scheme" content="light dark"; "\n"
                title { (mail.subject()) } "\n"
            }
            "\n"
            body style=(BODY) { "\n"
                p { "Hello " bdi { (mail.salutation) } "," } "\n"
                (told(&mail.content))
            }
            "\n"
        }
        "\n"
    };
    Zeroizing::new(markup.into_string())
}

const BODY: &str =
    "max-width:34em;margin:2em auto;padding:0 1em;font:16px/1.5 system-ui,sans-serif";
const PIN: &str = "margin:1.5em 0;padding:.8em 1em;border:1px solid #888;border-radius:8px;\
                   font:bold 24px/1.3 ui-monospace,monospace;text-align:center;overflow-wrap:anywhere";
const SMALL: &str = "font-size:14px;opacity:.8";

fn told(content: &Content) -> Markup {
    match content {
        Content::Pin(content) => pin(content),
        Content::EnrollmentDeleted { host } => deleted(host),
    }
}

fn pin(content: &PinMail) -> Markup {
    html! {
        p { "a security key with the serial number " (content.serial) "\nis on its way to you. Its PIN is" } "\n"
        // Some systems write from the right; a PIN is typed in its own order.
        p style=(PIN) { "\n" bdi { (content.pin.expose()) } "\n" } "\n"
        p { "The key asks for it when you sign in." } "\n"
        p style=(SMALL) { "Keep it to yourself; nobody of your organization\nwill ask you for it." } "\n"
    }
}

fn deleted(host: &str) -> Markup {
    html! {
        p { "the security key that was prepared for\n" (host) "\ncan no longer be used there." } "\n"
        p style=(SMALL) { "If you did not expect this, tell your administrator." } "\n"
    }
}
