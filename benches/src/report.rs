//! What the headline prints.

use crate::goals::Verdict;
use crate::interleave::{Figure, Outcome};

/// A contest's table: the rivals' times, then for each form of ours its time and
/// how many times faster it is than each of them.
pub fn table(outcome: &Outcome) {
    let cells = |cell: &dyn Fn(&Figure) -> String| {
        outcome.rivals.iter().fold(String::new(), |line, rival| {
            format!("{line}{:>13}", cell(rival))
        })
    };
    let names = cells(&|rival| rival.name.clone());
    println!("{:<36}{:>9}{names}", outcome.operation, "ours");
    if !outcome.rivals.is_empty() {
        let times = cells(&|rival| format!("{:.1} µs", rival.ns / 1e3));
        println!("{:<36}{:>9}{times}", "", "");
    }
    for ours in &outcome.ours {
        let ratios = cells(&|rival| format!("{:.2}×", rival.ns / ours.ns));
        let time = format!("{:.2} µs", ours.ns / 1e3);
        println!("  {:<33}{time:>10}{ratios}", form(outcome, ours));
    }
    println!();
}

/// The goals, and how far we came.
pub fn goals(verdicts: &[Verdict]) {
    if verdicts.is_empty() {
        return;
    }
    println!(
        "{:<47}{:>8}{:>8}{:>9}  met     against",
        "goal", "accept", "aim", "reached"
    );
    for verdict in verdicts {
        println!(
            "{:<47}{:>7}×{:>7}×{:>8.2}×  {:<7} {}",
            verdict.goal.row,
            verdict.goal.accept,
            verdict.goal.aim,
            verdict.reached,
            verdict.met().name(),
            verdict.rival,
        );
    }
    println!();
}

/// One line a row, then one a goal. The names are ours and need no escapes.
pub fn json(outcomes: &[Outcome], verdicts: &[Verdict]) {
    for outcome in outcomes {
        for ours in &outcome.ours {
            println!("{}", row(outcome, ours));
        }
    }
    for verdict in verdicts {
        println!(
            r#"{{"goal":"{}","rival":"{}","accept":{},"aim":{},"reached":{:.2},"met":"{}"}}"#,
            verdict.goal.row,
            verdict.rival,
            verdict.goal.accept,
            verdict.goal.aim,
            verdict.reached,
            verdict.met().name(),
        );
    }
}

fn row(outcome: &Outcome, ours: &Figure) -> String {
    let fastest = outcome.fastest().map_or_else(String::new, |fastest| {
        let ratio = fastest.ns / ours.ns;
        format!(
            r#","rival":"{}","rival_ns":{:.0},"ratio":{ratio:.2}"#,
            fastest.name, fastest.ns
        )
    });
    let rivals = outcome.rivals.iter();
    let rivals: Vec<_> = rivals
        .map(|rival| format!(r#""{}":{:.0}"#, rival.name, rival.ns))
        .collect();
    format!(
        r#"{{"op":"{}","ours_ns":{:.0}{fastest},"rivals_ns":{{{}}}}}"#,
        ours.name,
        ours.ns,
        rivals.join(",")
    )
}

/// The row's name without the operation's.
fn form<'a>(outcome: &Outcome, ours: &'a Figure) -> &'a str {
    let form = ours.name.strip_prefix(outcome.operation);
    match form.unwrap_or(&ours.name).trim_start_matches(", ") {
        "" => "one at a time",
        form => form,
    }
}
