//! What was to be reached: ratios of a rival's time to ours in the same run.

use crate::interleave::{Figure, Outcome};
use crate::rivals::AWS_LC;

/// One goal.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// The row that it is about.
    pub row: &'static str,
    /// With whom the row is compared.
    pub against: Against,
    /// The least ratio to be content with.
    pub accept: f64,
    /// The ratio to go for.
    pub aim: f64,
}

/// The rival of a goal.
#[derive(Clone, Copy, Debug)]
pub enum Against {
    /// aws-lc-rs, for bare operations.
    AwsLc,
    /// The fastest library in the run, for tokens.
    Fastest,
}

/// How far a row came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// As far as we went for.
    Aim,
    /// Far enough.
    Accept,
    /// Not far enough.
    Missed,
}

/// A goal beside what was measured.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The goal.
    pub goal: Goal,
    /// The rival's name.
    pub rival: String,
    /// The rival's time divided by ours.
    pub reached: f64,
}

/// The goals on a core with AVX-512 IFMA.
pub const LANES: &[Goal] = &[
    bare("P-384 verify, w=6", 17.0, 22.0),
    bare("P-384 verify, w=6, batch of 32", 29.0, 46.0),
    bare("P-384 verify, w=8, batch of 32", 36.0, 46.0),
    bare("P-384 verify, unknown key", 2.4, 3.2),
    bare("ECDH-ES sender, w=6", 11.0, 13.5),
    bare("ECDH-ES sender, w=6, batch of 16", 25.0, 30.0),
    bare("ECDH-ES sender, unknown recipient", 2.0, 2.9),
    bare("ECDH-ES sender, unknown recipient, batch of 8", 4.5, 6.0),
    bare("ECDH-ES recipient", 1.7, 2.5),
    bare("ECDH-ES recipient, batch of 8", 4.0, 5.5),
    bare("P-384 sign", 5.0, 7.0),
    bare("P-384 sign, batch of 8", 8.0, 11.0),
    bare("P-384 key generation", 4.5, 6.0),
    bare("P-384 key generation, batch of 8", 8.0, 11.0),
    token("JWS verify 256 B", 15.0, 20.0),
    token("JWS verify 256 B, batch of 32", 24.0, 35.0),
    token("JWE encrypt 256 B", 9.0, 12.0),
    token("JWE encrypt 256 B, batch of 16", 18.0, 25.0),
    token("JWE decrypt 256 B", 1.7, 2.5),
    token("JWE decrypt 256 B, batch of 8", 3.7, 5.0),
];

/// The goals of the portable backend.
pub const PORTABLE: &[Goal] = &[
    bare("P-384 verify, w=6", 3.1, 4.3),
    bare("ECDH-ES sender, w=6", 2.7, 3.7),
    bare("P-384 sign", 1.3, 2.0),
];

const fn bare(row: &'static str, accept: f64, aim: f64) -> Goal {
    Goal {
        row,
        against: Against::AwsLc,
        accept,
        aim,
    }
}

const fn token(row: &'static str, accept: f64, aim: f64) -> Goal {
    Goal {
        row,
        against: Against::Fastest,
        accept,
        aim,
    }
}

/// The goals whose rows were measured.
pub fn judge(goals: &[Goal], outcomes: &[Outcome]) -> Vec<Verdict> {
    let verdict = |goal: &Goal| {
        let (outcome, ours) = outcomes.iter().find_map(|outcome| {
            let ours = outcome.ours.iter().find(|figure| figure.name == goal.row)?;
            Some((outcome, ours))
        })?;
        let rival = goal.against.choose(outcome)?;
        Some(Verdict {
            goal: *goal,
            rival: rival.name.clone(),
            reached: rival.ns / ours.ns,
        })
    };
    goals.iter().filter_map(verdict).collect()
}

impl Against {
    fn choose(self, outcome: &Outcome) -> Option<&Figure> {
        match self {
            Self::AwsLc => outcome.rivals.iter().find(|rival| rival.name == AWS_LC),
            Self::Fastest => outcome.fastest(),
        }
    }
}

impl Verdict {
    /// Which of the two was reached.
    pub fn met(&self) -> Met {
        if self.reached >= self.goal.aim {
            Met::Aim
        } else if self.reached >= self.goal.accept {
            Met::Accept
        } else {
            Met::Missed
        }
    }
}

impl Met {
    /// For a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Accept => "accept",
            Self::Missed => "missed",
        }
    }
}
