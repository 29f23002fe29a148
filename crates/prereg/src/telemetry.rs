//! Tracing and metrics.
//!
//! The one place that touches what belongs to the whole process: the tracing
//! subscriber and the metrics recorder. Everything else only calls their macros.

mod log;
mod measures;

pub(crate) use log::{LogError, start as start_log};
pub(crate) use measures::{Metrics, set_depths, start as start_metrics};
