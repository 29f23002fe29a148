//! `prereg serve`

use std::io::{self, Write as _};

use serde_json::json;
use tokio::runtime;

use super::{Failure, Outcome};
use crate::config::{self, Settings};
use crate::service::{Ready, Service, ServiceError};
use crate::telemetry;

/// Serve both APIs over HTTP, with everything kept in one directory.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  prereg serve
  prereg serve --data ./data --okta-listen 127.0.0.1:0 --json
  prereg serve --config /etc/prereg/prereg.toml --set log.format=json

Try the settings first:
  $ prereg config check --set server.okta_listen=127.0.0.1:0

Ctrl-C or SIGTERM stops it: requests under way get their answers.")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Where the relying party's API listens; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR")]
    okta_listen: Option<String>,
    /// Where the fulfillment provider's API listens.
    #[arg(long, value_name = "ADDR")]
    yubico_listen: Option<String>,
    /// Where health, metrics and the page are.
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<String>,
    /// An address that is told of events; repeat for more.
    #[arg(long, value_name = "URL")]
    hook: Vec<String>,
    /// A laboratory: PINs are shown on the page.
    #[arg(long)]
    lab: bool,
    /// Write one line of JSON when ready.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(mut self) -> Outcome {
        self.name_settings();
        let json = self.json;
        let loaded = self.settings.load()?;
        let settings = loaded.settings()?;
        telemetry::start_log(&settings.log).map_err(ServiceError::from)?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        tracing::debug!(?settings, "settings as they count; secrets redacted");
        let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(serve(&settings, json))?;
        // A blocking call that hangs, to a mail server say, keeps nobody waiting.
        runtime.shutdown_background();
        Ok(())
    }

    /// Flags of their own name are settings like others.
    fn name_settings(&mut self) {
        let hooks = (!self.hook.is_empty()).then(|| self.hook.join(","));
        let lab = self.lab.then(|| "true".to_owned());
        for (key, value) in [
            ("server.okta_listen", self.okta_listen.take()),
            ("server.yubico_listen", self.yubico_listen.take()),
            ("server.admin_listen", self.admin_listen.take()),
            ("hooks.urls", hooks),
            ("lab.enabled", lab),
        ] {
            self.settings.with(key, value);
        }
    }
}

async fn serve(settings: &Settings, json: bool) -> Result<(), ServiceError> {
    let metrics = telemetry::start_metrics();
    let metrics = metrics.map_err(|error| ServiceError::Metrics(error.to_string()))?;
    let service = Service::start(settings, metrics).await?;
    let told = if json {
        line(&service.ready)
    } else {
        introduction(&service.ready)
    };
    if let Err(error) = io::stdout().write_all(told.as_bytes()) {
        tracing::warn!(%error, "cannot tell the addresses; they are in serve.json");
    }
    service.run().await
}

/// One line for programs.
fn line(ready: &Ready) -> String {
    let running = &ready.running;
    let mut line = json!({
        "okta_url": running.okta_url,
        "yubico_url": running.yubico_url,
        "admin_url": running.admin_url,
    });
    if let (Some(tokens), Some(object)) = (&ready.first_tokens, line.as_object_mut()) {
        object.insert("api_token".to_owned(), json!(tokens.okta.as_str()));
        object.insert("yubico_token".to_owned(), json!(tokens.yubico.as_str()));
    }
    format!("{line}\n")
}

/// Some lines for people, with a command that works as it is.
fn introduction(ready: &Ready) -> String {
    let running = &ready.running;
    let addresses = format!(
        "relying party  {}\nprovider       {}\nadmin page     {}\ndata           {}\n",
        running.okta_url,
        running.yubico_url,
        running.admin_url,
        ready.data.display()
    );
    let first_steps = match &ready.first_tokens {
        Some(tokens) => format!(
            "API tokens, shown this once (more by `prereg token create`):\n  \
             relying party  {0}\n  provider       {1}\n\n\
             Try:\n  curl -H 'Authorization: SSWS {0}' {2}/api/v1/users\n",
            tokens.okta.as_str(),
            tokens.yubico.as_str(),
            running.okta_url
        ),
        None => format!(
            "Try:\n  curl {}/.well-known/openid-configuration\n",
            running.okta_url
        ),
    };
    format!("{addresses}\n{first_steps}\nCtrl-C stops it.\n")
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::Refused {
            code: "serve",
            message: error.to_string(),
        }
    }
}
