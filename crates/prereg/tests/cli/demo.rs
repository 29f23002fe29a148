//! `prereg demo` and `prereg faults`.

use serde_json::Value;

use crate::program::{Run, run};

fn summary(run: &Run) -> Value {
    serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap()
}

/// The PIN in a mail that was told with --show-pin.
fn shown_pin(story: &str) -> String {
    let line = story
        .lines()
        .skip_while(|line| !line.contains("Its PIN is"))
        .nth(2)
        .unwrap();
    line.trim_matches(|character: char| !character.is_ascii_digit())
        .to_owned()
}

#[test]
fn the_story_has_every_step_and_real_headers() {
    let run = run(&["demo"], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let steps = [
        "1  Enroll",
        "2  Fulfill",
        "3  Activate",
        "4  Mail the PIN",
        "5  First auth",
    ];
    let mut rest = run.stdout.as_str();
    for step in steps {
        rest = &rest[rest.find(step).unwrap_or_else(|| panic!("no step {step}"))..];
    }
    for header in [
        r#"{"epk":{"kty":"EC","crv":"P-384","#,
        r#""alg":"ECDH-ES","enc":"A256GCM""#,
        r#""cty":"json"}"#,
        r#""cty":"JWT"}"#,
        r#"{"alg":"ES384","kid":"#,
        r#""typ":"prereg-pin+jwt"}"#,
        r#""typ":"prereg-credential+jwt"}"#,
    ] {
        assert!(run.stdout.contains(header), "{header}");
    }
    assert!(run.stdout.contains("presetPinAvailable true"));
    assert!(run.stdout.contains("presetPinAvailable false"));
}

#[test]
fn a_pin_is_shown_only_when_asked_for() {
    let shown = run(&["demo", "--seed", "canary", "--show-pin"], b"");
    let pin = shown_pin(&shown.stdout);
    assert_eq!(pin.len(), 6);
    assert_eq!(
        shown.stdout.matches(&pin).count(),
        1,
        "in the mail and nowhere else"
    );
    let masked = run(&["demo", "--seed", "canary"], b"");
    assert!(masked.stdout.contains("••••••"));
    assert!(!(masked.stdout + &masked.stderr).contains(&pin));
}

#[test]
fn a_seed_reproduces_keys_ids_and_pins() {
    let pin = |seed| shown_pin(&run(&["demo", "--seed", seed, "--show-pin"], b"").stdout);
    assert_eq!(pin("one"), pin("one"));
    assert_ne!(pin("one"), pin("two"));
}

#[test]
fn many_keys_end_in_one_summary_line() {
    let arguments = [
        "demo",
        "--keys",
        "12",
        "--threads",
        "2",
        "--json",
        "--rp-id",
        "a.example",
        "--rp-id",
        "b.example",
    ];
    let run = run(&arguments, b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let summary = summary(&run);
    for member in ["keys", "activated", "pins_mailed", "authenticated"] {
        assert_eq!(summary[member], 12, "{member}");
    }
    assert_eq!(summary["refused"], 0);
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);
    assert!(summary["keys_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(summary.as_object().unwrap().len(), 7);
    for phase in ["enroll", "fulfill", "activate", "mail PIN", "authenticate"] {
        assert!(
            run.stdout.contains(&format!("\"phase\":\"{phase}\"")),
            "{phase}"
        );
    }
}

#[test]
fn every_fault_ends_in_the_refusal_of_its_row() {
    let listed = run(&["faults", "--json"], b"");
    let rows: Vec<Value> = listed
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(rows.len() >= 15);
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let run = run(&["demo", "--fault", name, "--json"], b"");
        assert_eq!(run.code, 0, "{name}: {}", run.stdout);
        let verdict: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(verdict["met"], row["refusal"], "{name}");
        assert_eq!(verdict["store_unchanged"], true, "{name}");
        assert_eq!(summary(&run)["refused"], 1, "{name}");
    }
}

#[test]
fn a_fault_is_told_to_its_refusal() {
    let run = run(&["demo", "--fault", "wrong-origin"], b"");
    assert_eq!(run.code, 0);
    for text in [
        "wrong_origin",
        "store               unchanged",
        "Refused, as it must be.",
    ] {
        assert!(run.stdout.contains(text), "{text}");
    }
}

#[test]
fn wrong_arguments_say_what_to_do() {
    let unknown = run(&["demo", "--fault", "gremlins"], b"");
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("prereg faults"),
        "{}",
        unknown.stderr
    );
    let one = run(
        &[
            "demo",
            "--fault",
            "missing-response",
            "--rp-id",
            "a.example",
        ],
        b"",
    );
    assert_eq!(one.code, 2);
    assert!(one.stderr.contains("--rp-id twice"), "{}", one.stderr);
    for bad in ["--keys=0", "--threads=0", "--rp-id=https://a.example"] {
        assert_eq!(run(&["demo", bad], b"").code, 2, "{bad}");
    }
}

#[test]
fn more_threads_than_keys_are_not_started() {
    let run = run(&["demo", "--keys", "2", "--threads", "100000"], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("on 2 threads"), "{}", run.stdout);
}
