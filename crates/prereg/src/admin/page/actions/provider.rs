//! Buttons that move shipments and keys of the simulated provider.

use axum::extract::State;
use axum::response::Response;
use prereg_types::shipment::ShipmentState;
use prereg_types::{Serial, ShipmentId};
use relying_party::clock::Clock as _;
use yubico_sim::{Error, Fault};

use super::Done;
use super::form::Form;
use crate::admin::page::Page;
use crate::admin::page::failure::Failure;
use crate::admin::page::words;
use crate::clock::SystemClock;

/// Moves a shipment one state on.
pub(super) async fn advance(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let id = form.parse("shipment", ShipmentId::parse)?;
    let work = async {
        let moved = page.0.provider.advance(&id, SystemClock.now()).await;
        told(moved, |state| {
            format!("The shipment is now: {}.", words::state(state))
        })
    };
    form.carry_out(&page, "page.shipment.advance", id.as_str(), work)
        .await
}

/// Puts a shipment into a state.
pub(super) async fn put(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let id = form.parse("shipment", ShipmentId::parse)?;
    let number: u16 = form.field("state")?.parse().map_err(|_| Failure::Form)?;
    let state = ShipmentState::new(number);
    let work = async {
        let put = page.0.provider.divert(&id, state, SystemClock.now()).await;
        told(put, |()| {
            format!("The shipment is now: {} ({number}).", words::state(state))
        })
    };
    form.carry_out(&page, "page.shipment.put", id.as_str(), work)
        .await
}

/// Holds a shipment, or lets it go on.
pub(super) async fn hold(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let id = form.parse("shipment", ShipmentId::parse)?;
    let (provider, now) = (&page.0.provider, SystemClock.now());
    match form.field("hold")? {
        "yes" => {
            let work = async {
                let held = provider.pause(&id, now).await;
                told(held, |()| "The shipment is held.".to_owned())
            };
            form.carry_out(&page, "page.shipment.hold", id.as_str(), work)
                .await
        }
        "no" => {
            let work = async {
                let resumed = provider.resume(&id, now).await;
                told(resumed, |()| "The shipment goes on.".to_owned())
            };
            form.carry_out(&page, "page.shipment.resume", id.as_str(), work)
                .await
        }
        _ => Err(Failure::Form),
    }
}

/// Chooses what the next shipment does wrong.
pub(super) async fn next_fault(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let fault = match form.field("fault")? {
        "" => None,
        name => Some(Fault::from_name(name).ok_or(Failure::Form)?),
    };
    let words = match fault {
        Some(fault) => format!("The next shipment goes wrong: {fault}."),
        None => "The next shipment will be in order.".to_owned(),
    };
    let target = fault.map_or("none", Fault::name);
    let work = async {
        page.0.next_fault.choose(fault);
        Ok(words)
    };
    form.carry_out(&page, "page.fault", target, work).await
}

/// Unplugs a key and plugs it in again.
pub(super) async fn power_cycle(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let serial = form.parse("serial", Serial::parse)?;
    let work = async {
        let done = page.0.provider.power_cycle(&serial).await;
        told(done, |()| {
            "The key was unplugged and plugged in again.".to_owned()
        })
    };
    form.carry_out(&page, "page.key.powerCycle", serial.as_str(), work)
        .await
}

fn told<T>(done: Result<T, Error>, words: impl FnOnce(T) -> String) -> Done {
    done.map(words).map_err(|error| refusal(&error))
}

/// What the provider's refusal means to whoever pressed the button.
pub(super) fn refusal(error: &Error) -> (&'static str, String) {
    let (code, words) = match error {
        Error::UnknownShipment => ("unknown_shipment", "There is no such shipment."),
        Error::UnknownKey => ("unknown_key", "There is no such key."),
        Error::Paused => ("paused", "The shipment is held: let it go on first."),
        Error::NotDelivered(_) => ("not_delivered", "The parcel has not arrived yet."),
        Error::KeyBusy => (
            "key_busy",
            "Somebody else uses the key just now. Try again.",
        ),
        Error::KeyRefused(status) => return (status.name(), key_refusal(*status)),
        other => {
            tracing::error!(error = %other, "a button of the page failed");
            ("provider_failed", "That did not work. The log says why.")
        }
    };
    (code, words.to_owned())
}

fn key_refusal(status: authenticator::Status) -> String {
    use authenticator::Status;
    let words = match status {
        Status::PinInvalid => "The PIN is wrong.",
        Status::PinAuthBlocked => {
            "Too many wrong PINs in a row: the key wants to be unplugged and plugged in again."
        }
        Status::PinBlocked => "The PIN is blocked for good: no try is left.",
        Status::PinNotSet => "The key has no PIN.",
        Status::NoCredentials => "The key has no credential for this site.",
        _ => return format!("The key refuses: {status}."),
    };
    format!("{words} {status}")
}
