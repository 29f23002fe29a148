//! What is told of a key's way: lines for people, or JSON.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use prereg_types::shipment::ShipmentState;
use serde_json::json;

use crate::orchestrate::{Arrived, Observer, Step};

/// How long a shipment stands still before people are told what would move it.
const STILL: Duration = Duration::from_secs(5);

/// Writes steps to standard output, and a spinner to a terminal beside it.
pub(super) struct Report {
    json: bool,
    spinner: ProgressBar,
    started: Instant,
    /// When something happened last.
    moved: Instant,
    /// What moves a shipment on; told once.
    hint: Option<String>,
    shipment: String,
}

impl Report {
    /// A report that begins now.
    pub(super) fn new(json: bool, hint: Option<String>) -> Self {
        let spinner = if json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} · {elapsed}") {
            spinner.set_style(style);
        }
        let now = Instant::now();
        Self {
            json,
            spinner,
            started: now,
            moved: now,
            hint,
            shipment: String::new(),
        }
    }

    /// Takes the spinner away.
    pub(super) fn end(&self) {
        self.spinner.finish_and_clear();
    }

    /// The last line.
    pub(super) fn arrived(&self, arrived: &Arrived) -> io::Result<()> {
        if self.json {
            let answer = json!({
                "ok": true, "user": arrived.account.id, "shipment": arrived.shipment,
                "enrollments": arrived.enrollments,
            });
            return writeln!(io::stdout(), "{answer}");
        }
        let seconds = self.started.elapsed().as_secs();
        let name = &arrived.account.first_name;
        writeln!(
            io::stdout(),
            "\ndone in {seconds} s: {name} has a key and a mail with its PIN"
        )
    }

    fn line(&self, name: &str, text: &str) -> io::Result<()> {
        self.spinner
            .suspend(|| writeln!(io::stdout(), "  {name:<10}{text}"))
    }
}

impl Observer for Report {
    fn step(&mut self, step: &Step) -> io::Result<()> {
        self.moved = Instant::now();
        if let Step::Ship { shipment, .. } = step {
            self.shipment = shipment.to_string();
        }
        if let Step::Resumed {
            shipment: Some(shipment),
            ..
        } = step
        {
            self.shipment = shipment.to_string();
        }
        if self.json {
            let line = serde_json::to_string(step).map_err(io::Error::from)?;
            return writeln!(io::stdout(), "{line}");
        }
        let (name, text) = told(step);
        self.line(name, &text)
    }

    fn waiting(&mut self, state: ShipmentState) {
        let message = format!("shipment {} · state {}", self.shipment, state.id());
        self.spinner.set_message(message);
        self.spinner.tick();
        if self.json || self.moved.elapsed() < STILL {
            return;
        }
        if let Some(hint) = self.hint.take() {
            // It is only a hint; whoever closed the output gets none.
            let _ = self.line("", &format!("moved on by: {hint} {}", self.shipment));
        }
    }
}

fn told(step: &Step) -> (&'static str, String) {
    match step {
        Step::User {
            id,
            login,
            name,
            status,
        } => ("user", format!("{name} ({login}), {status}, {id}")),
        Step::Resumed {
            enrollments,
            shipment,
        } => {
            let shipment = shipment.as_ref();
            let shipment = shipment
                .map(|id| format!(", shipment {id}"))
                .unwrap_or_default();
            ("goes on", format!("{}{shipment}", list(enrollments)))
        }
        Step::Initiate {
            product_id,
            inventory_product_id,
            customization_id,
        } => {
            let customization = customization_id.as_deref().unwrap_or("none");
            let numbers = format!("product {product_id}, inventory {inventory_product_id}");
            (
                "initiate",
                format!("{numbers}, customization {customization}"),
            )
        }
        Step::Enroll {
            rp_ids,
            enrollments,
            transport_key,
        } => {
            let what = format!("{} for {}", list(enrollments), list(rp_ids));
            ("enroll", format!("{what}, encrypted to {transport_key}"))
        }
        Step::Ship {
            shipment,
            state,
            name,
        } => (
            "ship",
            format!("shipment {shipment}, {}", state_text(*state, *name)),
        ),
        Step::Wait {
            state,
            name,
            marked_error,
        } => {
            let marked = if *marked_error {
                ", enrollments marked as errored"
            } else {
                ""
            };
            ("wait", format!("{}{marked}", state_text(*state, *name)))
        }
        Step::Activate {
            serial,
            version,
            enrollments,
        } => {
            let key = format!("serial {serial}, firmware {version}");
            ("activate", format!("{key}, {} active", list(enrollments)))
        }
        Step::SendPin { recipients } => ("send-pin", format!("to {}", recipients.join(", "))),
    }
}

fn state_text(state: u16, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("state {state} ({name})"),
        None => format!("state {state}"),
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    items.join(", ")
}
