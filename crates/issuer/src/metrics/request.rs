//! Requests and connections.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// From 1 ms to 30 s, which is the deadline.
const SECONDS: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    endpoint: &'static str,
    method: &'static str,
    status: u16,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Endpoint {
    endpoint: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Why a request was turned away without being worked on to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// As many requests as are allowed were in work.
    Work,
    /// Bodies of other requests took all the memory that is set aside for them.
    Memory,
    /// It was in work for longer than is allowed.
    Deadline,
}

impl Shed {
    const fn word(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Memory => "memory",
            Self::Deadline => "deadline",
        }
    }
}

/// How a TLS handshake went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// Both sides agreed.
    Done,
    /// They did not, or it was no TLS.
    Failed,
    /// It took longer than is allowed.
    Timeout,
    /// As many as are allowed were waiting for their turn.
    Shed,
    /// Its client asks too often.
    Limited,
}

impl Handshake {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Shed => "shed",
            Self::Limited => "limited",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counts of requests and connections.
#[derive(Debug)]
pub(crate) struct Requests {
    answers: Family<Answer, Counter>,
    seconds: Family<Endpoint, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    shed: Family<Reason, Counter>,
    connections: Gauge,
    ended: Counter,
    handshakes: Family<Outcome, Counter>,
}

/// Counts as one while it lives.
#[derive(Debug)]
pub(crate) struct One(Gauge);

impl One {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let all = Self {
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            in_flight: Gauge::default(),
            shed: Family::default(),
            connections: Gauge::default(),
            ended: Counter::default(),
            handshakes: Family::default(),
        };
        registry.register(
            "requests",
            "Answered requests; code is that of the refusal, empty for none",
            all.answers.clone(),
        );
        registry.register_with_unit(
            "request",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            all.seconds.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests in work now",
            all.in_flight.clone(),
        );
        registry.register(
            "requests_shed",
            "Requests turned away to keep the others fast",
            all.shed.clone(),
        );
        registry.register(
            "connections",
            "Connections of readers open now",
            all.connections.clone(),
        );
        registry.register(
            "connections_ended",
            "Idle connections ended because others came",
            all.ended.clone(),
        );
        registry.register(
            "handshakes",
            "TLS handshakes by how they went",
            all.handshakes.clone(),
        );
        all
    }

    /// A request was answered.
    pub(crate) fn answered(
        &self,
        endpoint: &'static str,
        method: &'static str,
        status: u16,
        code: &'static str,
        took: Duration,
    ) {
        let answer = Answer {
            endpoint,
            method,
            status,
            code,
        };
        self.answers.get_or_create(&answer).inc();
        self.seconds
            .get_or_create(&Endpoint { endpoint })
            .observe(took.as_secs_f64());
    }

    /// A request is in work for as long as the value lives.
    pub(crate) fn in_work(&self) -> One {
        One::of(&self.in_flight)
    }

    /// A connection is open for as long as the value lives.
    pub(crate) fn connection(&self) -> One {
        One::of(&self.connections)
    }

    /// An idle connection was ended for another.
    pub(crate) fn connection_ended(&self) {
        self.ended.inc();
    }

    /// A handshake is over.
    pub(crate) fn handshake(&self, handshake: Handshake) {
        let outcome = handshake.word();
        self.handshakes.get_or_create(&Outcome { outcome }).inc();
    }

    /// A request was turned away.
    pub(crate) fn shed(&self, reason: Shed) {
        let reason = reason.word();
        self.shed.get_or_create(&Reason { reason }).inc();
    }
}
