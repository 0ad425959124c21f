//! A connection to the issuer, kept alive, one request at a time.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// The connection gave no whole answer: refused, reset, ended, or silent for too long. The outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer: {}", self.0)
    }
}

impl std::error::Error for Broken {}

fn broken(error: impl fmt::Display) -> Broken {
    Broken(error.to_string())
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, if there was one.
    pub media_type: Option<String>,
    /// `Retry-After` in seconds, if there was one.
    pub retry_after: Option<u64>,
    /// The body's exact bytes.
    pub body: Bytes,
}

impl Reply {
    /// The code of the problem document, if it is one.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        if self.media_type.as_deref() != Some("application/problem+json") {
            return None;
        }
        let document: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        Some(document.get("code")?.as_str()?.to_owned())
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// [`Broken`] if nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self, Broken> {
        let stream = TcpStream::connect(address).await.map_err(broken)?;
        stream.set_nodelay(true).map_err(broken)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // How it ends is seen by whoever waits for an answer.
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_string(),
        })
    }

    /// Whether the other side has ended it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a JSON body and waits for the whole answer.
    ///
    /// # Errors
    /// [`Broken`]; the connection is of no more use then.
    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<Reply, Broken> {
        self.send(Method::POST, path, "application/json", body)
            .await
    }

    /// Sends a form, as a checkout page does.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn form(&mut self, path: &str, form: &'static str) -> Result<Reply, Broken> {
        let (media_type, body) = ("application/x-www-form-urlencoded", Bytes::from(form));
        self.send(Method::POST, path, media_type, body).await
    }

    /// Gets.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn get(&mut self, path: &str) -> Result<Reply, Broken> {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        media_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, Broken> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host);
        if !media_type.is_empty() {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let request = request.body(Full::new(body)).map_err(broken)?;
        self.sender.ready().await.map_err(broken)?;
        let response = self.sender.send_request(request).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        let text = |name| head.headers.get(name)?.to_str().ok().map(str::to_owned);
        let body = body.collect().await.map_err(broken)?;
        Ok(Reply {
            status: head.status.as_u16(),
            media_type: text(CONTENT_TYPE),
            retry_after: text(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()),
            body: body.to_bytes(),
        })
    }
}

/// Sends the same bytes on new connections until an answer comes that is not 429 or 503, as a wallet does that does not
/// know the outcome.
///
/// # Errors
/// [`Broken`] with the last failure once `patience` is over.
pub async fn ask(
    address: SocketAddr,
    path: &str,
    body: Bytes,
    patience: Duration,
) -> Result<Reply, Broken> {
    insist(address, patience, async |connection| {
        connection.post(path, body.clone()).await
    })
    .await
}

/// Sends a form in the same way.
///
/// # Errors
/// [`Broken`] with the last failure once `patience` is over.
pub async fn press(
    address: SocketAddr,
    path: &str,
    form: &'static str,
    patience: Duration,
) -> Result<Reply, Broken> {
    insist(address, patience, async |connection| {
        connection.form(path, form).await
    })
    .await
}

async fn insist(
    address: SocketAddr,
    patience: Duration,
    send: impl AsyncFn(&mut Connection) -> Result<Reply, Broken>,
) -> Result<Reply, Broken> {
    const PAUSE: Duration = Duration::from_millis(20);
    let begun = Instant::now();
    loop {
        let once = async {
            let mut connection = Connection::open(address).await?;
            send(&mut connection).await
        };
        let left = patience.saturating_sub(begun.elapsed());
        let failure = match tokio::time::timeout(left, once).await {
            Ok(Ok(reply)) if !matches!(reply.status, 429 | 503) => return Ok(reply),
            Ok(Ok(reply)) => broken(format!("{} {}", reply.status, reply.text())),
            Ok(Err(failure)) => failure,
            Err(_) => return Err(broken("silence")),
        };
        if begun.elapsed() >= patience {
            return Err(failure);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
