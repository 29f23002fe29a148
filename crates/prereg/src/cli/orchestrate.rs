//! `prereg orchestrate`

mod ends;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use prereg_types::RpId;

use self::ends::Ends;
use self::report::Report;
use super::lifetime::Lifetime;
use super::{Failure, Outcome};
use crate::orchestrate::{Address, Journey, Okta, Order, Patience, Saved, Stop, Yubico};

/// Carry one user's key from the order to the mail with the PIN, over HTTP.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  prereg orchestrate --user ada@acme.example --rp-id login.acme.example
  prereg orchestrate --user ada@acme.example --state ada.json --json \\
    --okta-url https://acme.okta.com --okta-token-file okta.token \\
    --yubico-url https://api.yubico.example --yubico-token-file yubico.token \\
    --street '12 St James Square' --city London --postal-code 'SW1Y 4JH' --country GB

Somebody must be there to get a key:
  $ prereg user add --data demo --login ada@acme.example --first-name Ada --last-name Lovelace

Without URLs it talks to the server that runs on the data directory, and without
tokens it makes some there that are good for ten minutes. Tokens are also taken
from OKTA_CLIENT_TOKEN and YUBICO_API_TOKEN. With --state FILE it goes on where it
stopped: a parcel takes days.")]
pub(crate) struct Args {
    /// Who gets the key: login or id.
    #[arg(long, value_name = "LOGIN")]
    user: String,
    /// A host that the key is registered for; repeat for more. The issuer's when missing.
    #[arg(long, value_name = "HOST", value_parser = RpId::parse)]
    rp_id: Vec<RpId>,
    #[command(flatten)]
    ends: ends::Args,
    /// The provider's number of the model.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    product_id: u32,
    /// The provider's number of the kind of order: 106 initial, 107 replacement.
    #[arg(long, value_name = "NUMBER", default_value_t = 106)]
    inventory_product_id: u32,
    /// The customization agreed with the provider.
    #[arg(long, value_name = "ID", default_value = "RXJN83")]
    customization_id: String,
    /// Ship it express.
    #[arg(long)]
    express: bool,
    #[command(flatten)]
    address: AddressArgs,
    /// The time between two looks at the shipment.
    #[arg(long, value_name = "TIME", default_value = "2s")]
    poll: Lifetime,
    /// How long to wait for the shipment.
    #[arg(long, value_name = "TIME", default_value = "1h")]
    timeout: Lifetime,
    /// Keep what was done in this file, and go on from it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write a line of JSON for each step, the outcome last.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where the parcel goes; needed where the provider is not on this machine.
#[derive(clap::Args)]
#[group(skip)]
struct AddressArgs {
    /// The company on the label.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// A telephone number for the carrier.
    #[arg(long, value_name = "NUMBER")]
    telephone: Option<String>,
    /// Street and number.
    #[arg(long, value_name = "TEXT")]
    street: Option<String>,
    /// A second line of the street.
    #[arg(long, value_name = "TEXT")]
    street2: Option<String>,
    /// City.
    #[arg(long, value_name = "TEXT")]
    city: Option<String>,
    /// State, province or county.
    #[arg(long, value_name = "TEXT")]
    region: Option<String>,
    /// Postal code.
    #[arg(long, value_name = "CODE")]
    postal_code: Option<String>,
    /// Country, in two letters (ISO 3166-1).
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let ends = self.ends.resolve()?;
        let order = self.order(&ends)?;
        let mut report = Report::new(self.json, ends.advance_hint.clone());
        let arrived = self.go(&ends, &order, &mut report);
        report.end();
        // Whatever came of it, the tokens made for it are of no more use.
        ends.withdraw_tokens();
        Ok(report.arrived(&arrived?)?)
    }

    fn go(
        &self,
        ends: &Ends,
        order: &Order,
        report: &mut Report,
    ) -> Result<crate::orchestrate::Arrived, Failure> {
        let (okta, yubico) = (Okta::new(ends.okta()), Yubico::new(ends.yubico()));
        let between = crate::orchestrate::Ends {
            okta: okta.base().to_owned(),
            yubico: yubico.base().to_owned(),
        };
        let journey = Journey {
            okta: &okta,
            yubico: &yubico,
            order,
            patience: Patience {
                poll: Duration::from_secs(self.poll.seconds()),
                timeout: Duration::from_secs(self.timeout.seconds()),
            },
            saved: Saved::open(self.state.as_deref(), between)?,
            observer: report,
        };
        Ok(journey.run()?)
    }

    fn order(&self, ends: &Ends) -> Result<Order, Failure> {
        Ok(Order {
            login: self.user.clone(),
            rp_ids: self.rp_id.clone(),
            product_id: self.product_id,
            inventory_product_id: self.inventory_product_id,
            customization_id: Some(self.customization_id.clone()),
            express: self.express,
            address: self.address.resolve(ends.ships_for_real)?,
        })
    }
}

impl AddressArgs {
    /// A simulated parcel may go to a simulated address; a real one may not.
    fn resolve(&self, for_real: bool) -> Result<Address, Failure> {
        let needed = |given: &Option<String>, flag: &str, simulated: &str| match given {
            Some(text) => Ok(text.clone()),
            None if for_real => Err(Failure::Usage(format!(
                "{flag} is missing: the provider at that address ships for real"
            ))),
            None => Ok(simulated.to_owned()),
        };
        let simulated = |given: &Option<String>, text: &str| {
            let made_up = || Some(text.to_owned()).filter(|_| !for_real);
            given.clone().or_else(made_up)
        };
        Ok(Address {
            company: simulated(&self.company, "Acme"),
            telephone: simulated(&self.telephone, "5550100"),
            street: needed(&self.street, "--street", "1 Simulated Street")?,
            street2: self.street2.clone(),
            city: needed(&self.city, "--city", "Testville")?,
            region: self.region.clone(),
            postal_code: simulated(&self.postal_code, "00000"),
            country: needed(&self.country, "--country", "US")?,
        })
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Output(error) => error.into(),
            stop => Self::Refused {
                code: stop.code(),
                message: stop.to_string(),
            },
        }
    }
}
