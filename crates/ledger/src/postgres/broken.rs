//! Why a statement did not do its work, told apart by what helps.

use crate::StoreError;
use core::error::Error;
use tokio_postgres::error::SqlState;

/// Why a statement did not do its work.
#[derive(Clone, Debug)]
pub(super) enum Broken {
    /// Another transaction was in the way. Nothing was written; run the whole transaction again.
    Contended(String),
    /// The server or the way to it is gone, or it takes no writes. If a commit was under way, it may have counted:
    /// run the transaction again on another connection, and what it wrote will be found.
    Lost(String),
    /// Running it again would not help.
    Failed(String),
}

impl Broken {
    pub(super) fn inconsistent(what: &str) -> Self {
        Self::Failed(what.into())
    }
}

impl From<Broken> for StoreError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Contended(text) | Broken::Lost(text) => Self::Unavailable(text),
            Broken::Failed(text) => Self::Inconsistent(text),
        }
    }
}

/// Why a piece of work ended without its result: the answer is no, or there is none.
#[derive(Debug)]
pub(super) enum Trouble<E> {
    Refused(E),
    Broken(Broken),
}

impl<E> From<Broken> for Trouble<E> {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<tokio_postgres::Error> for Broken {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // The detail of such an error quotes the row, and with it tokens and payers: code and first line only.
            Some(said) => of_state(
                said.code(),
                format!("{} {}", said.code().code(), said.message()),
            ),
            None if error.is_closed() || is_of_the_network(&error) => Self::Lost(text(&error)),
            None => Self::Failed(text(&error)),
        }
    }
}

fn of_state(state: &SqlState, text: String) -> Broken {
    let class = state.code().get(..2).unwrap_or_default();
    match (class, state.code()) {
        // Rolled back for another's sake; a row that was not there a moment ago; an outcome that the server does not know.
        ("40", _) | (_, "23505" | "55P03") => Broken::Contended(text),
        // Connections, resources and disk, an operator's hand, the system below; a server that only reads; a plan that a
        // migration made stale.
        ("08" | "53" | "57" | "58", _) | (_, "25006" | "25P03" | "0A000") => Broken::Lost(text),
        _ => Broken::Failed(text),
    }
}

/// Whether the way to the server failed; a certificate that is not trusted does not become so by asking again.
fn is_of_the_network(error: &tokio_postgres::Error) -> bool {
    let causes = causes(error);
    let mut causes = causes.iter();
    let io = causes.find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| {
        !io.get_ref()
            .is_some_and(|cause| cause.is::<rustls::Error>())
    })
}

/// The error and what is behind it.
fn causes(error: &tokio_postgres::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}

/// What went wrong, and why.
fn text(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    for cause in causes(error).iter().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
