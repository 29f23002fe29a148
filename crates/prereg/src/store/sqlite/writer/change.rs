//! Changes that wait for the writer, whatever they give.

use relying_party::store::StoreError;
use tokio::sync::oneshot;

use super::Scope;
use crate::store::sqlite::failure::{Failed, Failure};

/// A change of any result type.
pub(super) trait Change: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work.
    fn apply(&mut self, scope: &mut Scope) -> Applied;
    /// Tells the caller, after the commit.
    fn acknowledge(self: Box<Self>);
    /// Tells the caller that nothing came of it.
    fn fail(self: Box<Self>, words: &str);
}

/// What became of a change within the transaction.
pub(super) enum Applied {
    /// It is to be committed.
    Kept,
    /// It must not be made.
    Refused,
    /// It could not be made, for this reason.
    Failed(String),
}

/// A change whose caller waits.
pub(super) struct Awaited<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

/// A change that nobody waits for.
pub(super) struct Unattended<F>(Option<F>);

impl<T, E, F> Awaited<T, E, F> {
    /// The change, and where its result comes.
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        let change = Self {
            work: Some(work),
            result: None,
            reply,
        };
        (change, answer)
    }
}

impl<F> Unattended<F> {
    /// The change.
    pub(super) const fn new(work: F) -> Self {
        Self(Some(work))
    }
}

impl<T, E, F> Change for Awaited<T, E, F>
where
    T: Send + 'static,
    E: From<Failure> + Send + 'static,
    F: FnOnce(&mut Scope) -> Result<T, Failed<E>> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn apply(&mut self, scope: &mut Scope) -> Applied {
        let Some(work) = self.work.take() else {
            return Applied::Refused;
        };
        let (applied, result) = match work(scope) {
            Ok(value) => (Applied::Kept, Ok(value)),
            Err(Failed::Refused(refusal)) => (Applied::Refused, Err(refusal)),
            Err(Failed::Failure(failure)) => {
                let words = failure.text();
                (Applied::Failed(words), Err(failure.into()))
            }
        };
        self.result = Some(result);
        applied
    }

    fn acknowledge(self: Box<Self>) {
        if let Some(result) = self.result {
            // The caller may have gone away.
            let _ = self.reply.send(result);
        }
    }

    fn fail(self: Box<Self>, words: &str) {
        let failure = Failure::Words(words.to_owned());
        let _ = self.reply.send(Err(failure.into()));
    }
}

impl<F> Change for Unattended<F>
where
    F: FnOnce(&mut Scope) -> Result<(), Failed<StoreError>> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        false
    }

    fn apply(&mut self, scope: &mut Scope) -> Applied {
        match self.0.take().map(|work| work(scope)) {
            Some(Ok(())) => Applied::Kept,
            None | Some(Err(Failed::Refused(_))) => Applied::Refused,
            Some(Err(Failed::Failure(failure))) => Applied::Failed(failure.text()),
        }
    }

    fn acknowledge(self: Box<Self>) {}

    fn fail(self: Box<Self>, _: &str) {}
}
