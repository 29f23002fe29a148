//! How numbers, times and states are told to people.

use maud::{Markup, html};
use prereg_types::Timestamp;
use prereg_types::shipment::{ShipmentState, Step};

/// A moment as people say it, with the exact one beside it.
pub(super) fn when(moment: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(moment) title=(moment) { (distance(moment, now)) } }
}

/// Something like `5 min ago`.
fn distance(moment: Timestamp, now: Timestamp) -> String {
    if moment > now {
        let ahead = moment.seconds().saturating_sub(now.seconds());
        return format!("in {}", span(ahead));
    }
    match now.seconds().saturating_sub(moment.seconds()) {
        0..=4 => "just now".to_owned(),
        behind => format!("{} ago", span(behind)),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `10,000`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.5`, or `340` where nobody wants decimals.
pub(super) fn rate(per_second: f64) -> String {
    if per_second >= 99.5 || per_second == 0.0 {
        format!("{per_second:.0}")
    } else {
        format!("{per_second:.1}")
    }
}

/// The states of shipments that are worth choosing from, in the order of their
/// numbers.
pub(super) const STATES: [u16; 23] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 1025, 2000,
];

/// The vendor's name of a state, or what the template takes it for.
pub(super) fn state(state: ShipmentState) -> &'static str {
    match (state.name(), state) {
        (Some(name), _) => name,
        (None, ShipmentState::ACCEPTED) => "Accepted",
        (None, ShipmentState::IN_PROGRESS) => "In progress",
        (None, other) => match other.orchestrator().step {
            Step::Ongoing => "Ongoing",
            Step::Ready => "Ready",
            Step::Error => "Error",
        },
    }
}

/// How a shipment goes, for its mark.
pub(super) fn mood(state: ShipmentState) -> Mood {
    let orchestrator = state.orchestrator();
    match orchestrator.step {
        Step::Ready => Mood::Good,
        Step::Error => Mood::Bad,
        Step::Ongoing if orchestrator.marks_error => Mood::Attention,
        Step::Ongoing => Mood::Waiting,
    }
}

/// How something stands, at a glance: by color and by sign, never by color
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Waiting,
    Attention,
    Bad,
    Over,
}

/// A mark with its words.
pub(super) fn mark(mood: Mood, words: &str) -> Markup {
    let (class, sign) = match mood {
        Mood::Good => ("good", "✓"),
        Mood::Waiting => ("waiting", "●"),
        Mood::Attention => ("attention", "▲"),
        Mood::Bad => ("bad", "✕"),
        Mood::Over => ("over", "–"),
    };
    html! { span class={ "mark " (class) } { span aria-hidden="true" { (sign) } " " (words) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        let told = [0, 7, 999, 1_000, 10_000, 1_234_567].map(count);
        assert_eq!(told, ["0", "7", "999", "1,000", "10,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.04, 12.34, 340.2].map(rate),
            ["0", "0.0", "12.3", "340"]
        );
        let now = Timestamp::from_seconds(1_000_000);
        let behind = |seconds: u64| distance(Timestamp::from_seconds(1_000_000 - seconds), now);
        let told = [0, 12, 300, 7_200, 400_000].map(behind);
        assert_eq!(
            told,
            ["just now", "12 s ago", "5 min ago", "2 h ago", "4 days ago"]
        );
        assert_eq!(distance(now.plus_seconds(90), now), "in 1 min");
    }

    #[test]
    fn every_state_has_words_and_a_mark() {
        let moods = [
            (1, Mood::Attention),
            (3, Mood::Waiting),
            (99, Mood::Bad),
            (103, Mood::Good),
            (104, Mood::Good),
            (105, Mood::Bad),
        ];
        for (id, expected) in moods {
            assert_eq!(mood(ShipmentState::new(id)), expected, "{id}");
        }
        for id in STATES {
            assert!(!state(ShipmentState::new(id)).is_empty());
        }
    }
}
