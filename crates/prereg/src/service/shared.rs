//! Everything that listeners and workers share, and what they are made of.

use std::sync::Arc;

use relying_party::clock::Clock as _;

use super::listeners::Listeners;
use super::tasks::Tasks;
use super::{Running, ServiceError, housekeeping, parts};
use crate::admin::{self, Access, Page, Session, Traffic};
use crate::auth::oauth::{AccessTokens, OAuth};
use crate::auth::{Guard, Limiter};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::hook::{self, Hook};
use crate::http::{CpuPool, Listener, guarded};
use crate::mail::{self, Route};
use crate::next_fault::NextFault;
use crate::okta::{self, Okta};
use crate::store::{Database, TokenKind};
use crate::telemetry::Metrics;
use crate::trust::{Trust, attestation_roots};
use crate::yubico::{self, Simulator, Yubico};

/// What listeners and workers share.
pub(super) struct Shared {
    database: Database,
    provider: Arc<Simulator>,
    trust: Arc<Trust>,
    metrics: Metrics,
    traffic: Traffic,
    next_fault: NextFault,
    /// Who may see the page.
    access: Access,
    access_tokens: AccessTokens,
    okta_url: String,
    issuer: String,
}

impl Shared {
    /// Both ends, as the settings and the database say.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub(super) async fn open(
        settings: &Settings,
        running: &Running,
        database: Database,
        metrics: Metrics,
    ) -> Result<Self, ServiceError> {
        let provider = yubico::open(&database, &settings.provider).await?;
        let provider = Arc::new(provider);
        let roots = attestation_roots(
            &[provider.trust_anchor()],
            &settings.trust.attestation_roots,
        )?;
        let issuer = settings.server.issuer.as_ref();
        let issuer = issuer.map_or(running.okta_url.as_str(), |issuer| issuer.as_str());
        let policy = parts::policy(&settings.policy, issuer, roots);
        let source = parts::trust_source(&settings.trust.keys, &provider);
        let trust = Trust::open(source, policy, database.clone()).await?;
        let rendered = metrics.clone();
        Ok(Self {
            access: Access::at(settings.server.admin_listen, &database, SystemClock.now()).await?,
            traffic: Traffic::new(move || rendered.render()),
            next_fault: NextFault::default(),
            access_tokens: AccessTokens::open(&database, issuer).await?,
            trust: Arc::new(trust),
            okta_url: running.okta_url.clone(),
            issuer: issuer.to_owned(),
            database,
            provider,
            metrics,
        })
    }

    /// Answers the three sockets.
    ///
    /// # Errors
    /// [`ServiceError::System`].
    pub(super) fn answer(
        &self,
        settings: &Settings,
        listeners: Listeners,
        tasks: &mut Tasks,
    ) -> Result<(), ServiceError> {
        let limits = &settings.limits;
        let limiter = Arc::new(Limiter::new(parts::allowance(&settings.rate_limit)));
        let cpu = CpuPool::new()?;
        let okta = okta::router(self.okta(settings, limiter, cpu.clone()));
        tasks.serve("the relying party's API", listeners.okta, okta, limits);
        let yubico = yubico::router(self.yubico(settings, cpu));
        tasks.serve("the provider's API", listeners.yubico, yubico, limits);
        let health = admin::health_router(admin::Health {
            database: self.database.clone(),
            metrics: self.metrics.clone(),
            stopping: tasks.draining(),
        });
        let admin = health.merge(admin::page_router(self.page(settings.lab)?));
        let admin = guarded(admin, Listener::Admin, limits, admin::refuse);
        tasks.serve_to_the_end(listeners.admin, admin, limits);
        Ok(())
    }

    /// Starts what works without being called.
    pub(super) fn work(&self, route: Route, hooks: Vec<Hook>, tasks: &mut Tasks) {
        let mails = mail::Worker::new(self.database.clone(), route);
        tasks.work("the mail worker", |stop| mails.run(stop));
        let events = hook::Worker::new(self.database.clone(), hooks, &self.issuer);
        tasks.work("the hook worker", |stop| events.run(stop));
        let trust = Arc::clone(&self.trust);
        tasks.work("the refresh of signing keys", |stop| trust.run(stop));
        let provider = Arc::clone(&self.provider);
        tasks.work("the shipments", |stop| yubico::tick(provider, stop));
        let traffic = self.traffic.clone();
        tasks.work("the traffic of the page", |stop| traffic.run(stop));
        let (access_tokens, database) = (self.access_tokens.clone(), self.database.clone());
        tasks.work("the keys of access tokens", |stop| {
            access_tokens.follow(database, stop)
        });
        let metrics = self.metrics.clone();
        tasks.work("the metrics", |stop| housekeeping::upkeep(metrics, stop));
    }

    fn okta(&self, settings: &Settings, limiter: Arc<Limiter>, cpu: CpuPool) -> Okta {
        let guard = Guard::new(self.database.clone(), TokenKind::Okta);
        let base_urls = [self.okta_url.clone()];
        Okta {
            trust: Arc::clone(&self.trust),
            db: self.database.clone(),
            guard: guard.with_access_tokens(self.access_tokens.clone()),
            oauth: OAuth::new(
                self.database.clone(),
                self.access_tokens.clone(),
                Arc::clone(&limiter),
                &base_urls,
            ),
            limiter,
            cpu,
            limits: settings.limits.clone(),
        }
    }

    fn yubico(&self, settings: &Settings, cpu: CpuPool) -> Yubico {
        Yubico {
            provider: Arc::clone(&self.provider),
            next_fault: self.next_fault.clone(),
            db: self.database.clone(),
            guard: Guard::new(self.database.clone(), TokenKind::Yubico),
            cpu,
            limits: settings.limits.clone(),
        }
    }

    fn page(&self, lab: bool) -> Result<Page, ServiceError> {
        Ok(Page::new(admin::Parts {
            party: self.trust.party(),
            database: self.database.clone(),
            provider: Arc::clone(&self.provider),
            next_fault: self.next_fault.clone(),
            traffic: self.traffic.clone(),
            lab,
            access: self.access.clone(),
            session: Session::new()?,
        }))
    }
}
