//! One key's journey over HTTP, as an orchestrator goes it.
