//! Requests on their way through a connection: run, run again when that helps, then answered.

use super::broken::{Broken, Trouble};
use super::connect::Connector;
use super::patience::Patience;
use super::session::Session;
use crate::StoreError;
use core::pin::Pin;
use core::time::Duration;
use std::rc::Rc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;

/// How long one attempt may take: less than a request's whole time, so that another host can be asked.
const ATTEMPT: Duration = Duration::from_secs(4);

/// A unit of work with the caller that waits for it.
pub(super) trait Errand: Send {
    /// Does the work, which may be asked for more than once.
    fn run<'a>(
        &'a mut self,
        session: &'a Session,
    ) -> Pin<Box<dyn Future<Output = Result<(), Broken>> + 'a>>;
    /// Tells the caller, with `failure` if there is no result.
    fn answer(self: Box<Self>, failure: Option<Broken>);
}

struct Task<T, E, W> {
    work: W,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, W> Errand for Task<T, E, W>
where
    T: Send,
    E: From<StoreError> + Send,
    W: AsyncFn(&Session) -> Result<T, Trouble<E>> + Send,
{
    fn run<'a>(
        &'a mut self,
        session: &'a Session,
    ) -> Pin<Box<dyn Future<Output = Result<(), Broken>> + 'a>> {
        Box::pin(async {
            self.result = match (self.work)(session).await {
                Ok(result) => Some(Ok(result)),
                Err(Trouble::Refused(refusal)) => Some(Err(refusal)),
                Err(Trouble::Broken(broken)) => return Err(broken),
            };
            Ok(())
        })
    }

    fn answer(self: Box<Self>, failure: Option<Broken>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            (Some(failure), _) => Err(StoreError::from(failure).into()),
            (None, None) => Err(StoreError::Unavailable("the request was not run".into()).into()),
        };
        // The caller may have gone; what was committed stays.
        let _ = self.caller.send(result);
    }
}

/// Makes an errand of `work`, and the receiver of its result.
pub(super) fn errand<T, E, W>(work: W) -> (Box<dyn Errand>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    W: AsyncFn(&Session) -> Result<T, Trouble<E>> + Send + 'static,
{
    let (caller, received) = oneshot::channel();
    let task = Task {
        work,
        result: None,
        caller,
    };
    (Box::new(task), received)
}

/// One connection, made when it is needed and made anew when it broke.
pub(super) struct Line {
    connector: Connector,
    session: Option<Session>,
}

impl Line {
    pub(super) const fn new(connector: Connector, session: Option<Session>) -> Self {
        Self { connector, session }
    }

    pub(super) fn into_session(self) -> Option<Session> {
        self.session
    }

    /// Runs `work` once. A connection that was lost, or gave no answer in time, is not used again.
    pub(super) async fn attempt<T>(
        &mut self,
        patience: &Patience,
        work: impl AsyncFnOnce(&Session) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        let kept = self.session.take();
        let attempt = async {
            let session = match kept {
                Some(session) => session,
                None => self.connector.connect().await?,
            };
            let result = work(&session).await;
            Ok::<_, Broken>((session, result))
        };
        let late = || Broken::Lost("the database gives no answer".into());
        let (session, result) = timeout(patience.left().min(ATTEMPT), attempt)
            .await
            .map_err(|_| late())??;
        if !matches!(result, Err(Broken::Lost(_))) {
            self.session = Some(session);
        }
        result
    }

    async fn run(&mut self, mut errand: Box<dyn Errand>) {
        let mut patience = Patience::new();
        let failure = loop {
            let attempt = self.attempt(&patience, async |session| errand.run(session).await);
            match attempt.await {
                Ok(()) => break None,
                Err(Broken::Failed(text)) => break Some(Broken::Failed(text)),
                Err(broken) if !patience.wait().await => break Some(broken),
                Err(_) => {}
            }
        };
        errand.answer(failure);
    }
}

/// The queue that all lines share.
pub(super) type Queue = Rc<Mutex<mpsc::Receiver<Box<dyn Errand>>>>;

/// Works until all senders are gone.
pub(super) async fn serve(mut line: Line, queue: Queue) {
    loop {
        // Whoever holds the lock waits for the next errand; the others wait for the lock.
        let next = queue.lock().await.recv().await;
        let Some(errand) = next else { return };
        line.run(errand).await;
    }
}
