//! One fault, to the refusal that its row names.

use std::io::{self, Write as _};
use std::time::Instant;

use relying_party::store::Snapshot;
use serde_json::json;
use yubico_sim::{Culprit, Fault};

use super::journey::{Journey, Observer as _};
use super::lab::Lab;
use super::story::Story;
use super::terminal::Page;
use super::timing::Phase;
use super::{Settings, Stop, Summary};

/// How a faulty activation ended.
struct Verdict {
    /// The code of the refusal; none where the activation was accepted.
    met: Option<&'static str>,
    /// What the rule says that was broken.
    rule: &'static str,
    store_unchanged: bool,
}

impl Verdict {
    fn is_expected(&self, fault: Fault) -> bool {
        self.met == Some(fault.refusal()) && self.store_unchanged
    }
}

/// Plays keys with a fault, one after the other. Gives whether each met the
/// refusal it must meet and left the store as it was.
pub(super) fn run(lab: &Lab, settings: &Settings, fault: Fault) -> Result<bool, Stop> {
    let started = Instant::now();
    let mut summary = Summary::default();
    let mut all_expected = true;
    for index in 0..settings.keys {
        let tell = settings.keys == 1 && !settings.json;
        let verdict = play(lab, settings, (fault, index), tell, &mut summary)?;
        let expected = verdict.is_expected(fault);
        all_expected &= expected;
        report(settings, fault, &verdict, expected)?;
    }
    let summary = summary.with_time(started.elapsed());
    if settings.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&summary)?)?;
    }
    Ok(all_expected)
}

fn play(
    lab: &Lab,
    settings: &Settings,
    (fault, index): (Fault, u64),
    tell: bool,
    summary: &mut Summary,
) -> Result<Verdict, Stop> {
    let mut story = tell.then(|| Story::new(Page::on_stdout(), settings.show_pin));
    let mut journey = Journey::new(lab, &settings.rp_ids, index)?;
    summary.keys += 1;
    if let Some(story) = &mut story {
        story.opening(&journey)?;
        story.page.line(&format!(
            "  fault           {fault}: {}",
            fault.description()
        ))?;
    }
    let requests = journey.enroll()?;
    if let Some(story) = &mut story {
        story.enrolled(&journey, &requests)?;
    }
    let fulfilled = journey.fulfill(&requests)?;
    if let Some(story) = &mut story {
        story.fulfilled(&journey, &requests, &fulfilled)?;
    }
    let body = journey.activation_body(&requests, &fulfilled)?;
    // An orchestrator's fault is to send what it has sent before.
    if fault.culprit() == Culprit::Orchestrator {
        let activated = journey.activate(&body)?;
        summary.activated += 1;
        if let Some(story) = &mut story {
            story.activated(&journey, &activated)?;
        }
    }
    let before = lab.relying_party.store().snapshot();
    let ended = journey.activate(&body);
    let verdict = judge(lab, before, ended.err())?;
    summary.activated += u64::from(verdict.met.is_none());
    summary.refused += u64::from(verdict.met.is_some());
    if let Some(story) = &mut story {
        story.page.step(
            Phase::Activate,
            "relying party",
            journey.timings.last(Phase::Activate),
        )?;
    }
    Ok(verdict)
}

fn judge(lab: &Lab, before: Snapshot, ended: Option<Stop>) -> Result<Verdict, Stop> {
    let refused = match ended {
        None => None,
        Some(Stop::Refused(error)) => Some(error),
        Some(other) => return Err(other),
    };
    let rule = refused.as_ref().and_then(relying_party::Error::refusal);
    Ok(Verdict {
        met: refused.as_ref().map(relying_party::Error::code),
        rule: rule.map_or("", relying_party::Refusal::rule),
        store_unchanged: lab.relying_party.store().snapshot() == before,
    })
}

fn report(
    settings: &Settings,
    fault: Fault,
    verdict: &Verdict,
    expected: bool,
) -> Result<(), Stop> {
    let met = verdict.met.unwrap_or("accepted");
    let unchanged = verdict.store_unchanged;
    if settings.json {
        let line = json!({
            "fault": fault.name(), "expected": fault.refusal(), "met": met,
            "store_unchanged": unchanged, "ok": expected,
        });
        return Ok(writeln!(io::stdout(), "{line}")?);
    }
    let mut page = Page::on_stdout();
    page.field("fault", fault.name())?;
    page.field("must meet", fault.refusal())?;
    page.field("met", met)?;
    page.field("rule", verdict.rule)?;
    page.field("store", if unchanged { "unchanged" } else { "CHANGED" })?;
    let text = if expected {
        "Refused, as it must be."
    } else {
        "NOT refused as it must be."
    };
    Ok(page.ending(expected, text)?)
}
