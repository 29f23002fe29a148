//! Many keys on many threads, and how long each phase took.

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use prereg_types::api::EnrollmentActivationResponse;
use relying_party::mail::Mail;
use serde_json::json;

use super::journey::{Journey, Observer};
use super::lab::Lab;
use super::terminal::readable;
use super::timing::Timings;
use super::{Settings, Stop, Summary};

/// What the threads have in common.
struct Work<'a> {
    lab: &'a Lab,
    settings: &'a Settings,
    next: AtomicU64,
    progress: ProgressBar,
    done: Mutex<Done>,
}

/// What a thread has done.
#[derive(Default)]
struct Done {
    summary: Summary,
    timings: Timings,
    /// The first thing that went wrong.
    complaint: Option<String>,
}

/// Counts how far each key gets.
impl Observer for Summary {
    fn activated(&mut self, _: &Journey<'_>, _: &EnrollmentActivationResponse) -> Result<(), Stop> {
        self.activated += 1;
        Ok(())
    }

    fn mailed(&mut self, _: &Journey<'_>, _: &Mail) -> Result<(), Stop> {
        self.pins_mailed += 1;
        Ok(())
    }

    fn authenticated(&mut self, _: &Journey<'_>) -> Result<(), Stop> {
        self.authenticated += 1;
        Ok(())
    }
}

/// Plays every key and reports. Gives whether all came through.
pub(super) fn run(lab: &Lab, settings: &Settings) -> Result<bool, Stop> {
    let work = Work {
        lab,
        settings,
        next: AtomicU64::new(0),
        progress: progress_bar(settings.keys),
        done: Mutex::default(),
    };
    let started = Instant::now();
    let threads = work.run();
    let took = started.elapsed();
    work.progress.finish_and_clear();
    let done = work
        .done
        .into_inner()
        .map_err(|_| Stop::Broken("a thread panicked".to_owned()))?;
    report(settings, done, threads, took)
}

impl Work<'_> {
    /// Shares the work out and gives how many threads took part: this one, and
    /// as many more as are asked for, useful and to be had.
    fn run(&self) -> usize {
        let useful = usize::try_from(self.settings.keys).unwrap_or(usize::MAX);
        let wanted = self.settings.threads.min(useful);
        thread::scope(|scope| {
            let mut threads = 1;
            while threads < wanted
                && thread::Builder::new()
                    .spawn_scoped(scope, || self.share())
                    .is_ok()
            {
                threads += 1;
            }
            self.share();
            threads
        })
    }

    /// The work of one thread: key after key until none is left.
    fn share(&self) {
        let mut done = Done::default();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.settings.keys {
                break;
            }
            if let Err(stop) = self.play(index, &mut done) {
                done.summary.refused += u64::from(matches!(stop, Stop::Refused(_)));
                done.complaint
                    .get_or_insert_with(|| format!("key {index}: {stop}"));
            }
            self.progress.inc(1);
        }
        if let Ok(mut all) = self.done.lock() {
            all.summary.add(&done.summary);
            all.timings.merge(done.timings);
            all.complaint = all.complaint.take().or(done.complaint);
        }
    }

    fn play(&self, index: u64, done: &mut Done) -> Result<(), Stop> {
        done.summary.keys += 1;
        let mut journey = Journey::new(self.lab, &self.settings.rp_ids, index)?;
        let result = journey.run(&mut done.summary);
        done.timings.merge(journey.timings);
        result
    }
}

fn report(settings: &Settings, done: Done, threads: usize, took: Duration) -> Result<bool, Stop> {
    let summary = done.summary.with_time(took);
    let mut out = io::stdout().lock();
    for (phase, p50, p99) in done.timings.percentiles() {
        let name = phase.name();
        if settings.json {
            let line = json!({"phase": name, "p50_us": micros(p50), "p99_us": micros(p99)});
            writeln!(out, "{line}")?;
        } else {
            let (p50, p99) = (readable(p50), readable(p99));
            writeln!(out, "  {name:<14} p50 {p50:>10}   p99 {p99:>10}")?;
        }
    }
    if let Some(complaint) = &done.complaint {
        writeln!(io::stderr(), "error: {complaint}")?;
    }
    if settings.json {
        writeln!(out, "{}", serde_json::to_string(&summary)?)?;
    } else {
        writeln!(
            out,
            "\n{} keys in {:.2} s on {} threads: {:.1} keys a second",
            summary.keys, summary.seconds, threads, summary.keys_per_second
        )?;
        writeln!(
            out,
            "{} activated, {} PINs mailed, {} authenticated, {} refused",
            summary.activated, summary.pins_mailed, summary.authenticated, summary.refused
        )?;
    }
    Ok(summary.authenticated == settings.keys)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Shown on a terminal only, on standard error.
fn progress_bar(keys: u64) -> ProgressBar {
    let bar = ProgressBar::new(keys);
    let template = "{wide_bar} {pos}/{len} keys  {per_sec}  {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
