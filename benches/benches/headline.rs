//! Ours and the rivals in turns: a table, then one JSON line per row.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench headline
//! ```
//!
//! `--quick` takes a few seconds, with rough figures. A name filters the rows.

use std::env;
use std::process::ExitCode;

use prereg_benches::interleave::{Contest, Effort, Outcome};
use prereg_benches::{machine, rivals};

fn main() -> ExitCode {
    if let Some(code) = machine::pinned() {
        return code;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let effort = if quick { Effort::QUICK } else { Effort::FULL };

    println!("processor: {}", machine::processor());
    match machine::pinned_to() {
        Some(cpu) => println!("pinned to processor {cpu}"),
        None => println!("not pinned: taskset is missing or refused"),
    }
    println!(
        "median of {} rounds, ours and the rival in turns{}",
        effort.rounds,
        if quick {
            "; --quick: rough figures"
        } else {
            ""
        }
    );
    println!("tokens and messages of 256 bytes, ECDH-ES with A256GCM, ES384\n");
    let rows = measure(effort, filter.map(String::as_str));
    print_json(&rows);
    ExitCode::SUCCESS
}

struct Row {
    operation: &'static str,
    rival: &'static str,
    outcome: Outcome,
}

fn measure(effort: Effort, filter: Option<&str>) -> Vec<Row> {
    println!(
        "{:<30}{:>12}  {:<16}{:>12}{:>9}",
        "operation", "ours µs", "rival", "rival µs", "ratio"
    );
    rivals::contests()
        .into_iter()
        .filter(|contest| filter.is_none_or(|part| contest.operation.contains(part)))
        .map(|contest| row(contest, effort))
        .collect()
}

fn row(mut contest: Contest, effort: Effort) -> Row {
    let outcome = contest.measure(effort);
    println!(
        "{:<30}{:>12.2}  {:<16}{:>12.2}{:>8.2}×",
        contest.operation,
        outcome.ours_ns / 1e3,
        contest.rival,
        outcome.rival_ns / 1e3,
        outcome.ratio()
    );
    Row {
        operation: contest.operation,
        rival: contest.rival,
        outcome,
    }
}

fn print_json(rows: &[Row]) {
    println!();
    for row in rows {
        // The names are ours and need no escapes.
        println!(
            r#"{{"op":"{}","ours_ns":{:.0},"rival":"{}","rival_ns":{:.0},"ratio":{:.2}}}"#,
            row.operation,
            row.outcome.ours_ns,
            row.rival,
            row.outcome.rival_ns,
            row.outcome.ratio()
        );
    }
}
