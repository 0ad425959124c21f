//! What the log says of a panic. A process of its own, because it has one hook for all its threads.

#![expect(
    clippy::unwrap_used,
    reason = "tests: what fails here should say so at once"
)]

use farthing_issuer::config::{Log, LogFormat};
use farthing_issuer::log;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_panic_is_logged_by_its_place_and_never_by_its_words() {
    let lines = Lines::default();
    let writer = lines.clone();
    let json = Log {
        format: LogFormat::Json,
        level: tracing::Level::INFO,
    };
    tracing_subscriber::registry()
        .with(log::layer(json, move || writer.clone(), false))
        .init();
    log::panics();
    let worker = std::thread::spawn(|| {
        let nonce = "AAECAwQFBgcICQoL";
        panic!("cannot spend {nonce}");
    });
    assert!(worker.join().is_err());
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["fields"]["message"], "panicked");
    assert!(
        line["fields"]["file"]
            .as_str()
            .unwrap()
            .ends_with("panics.rs")
    );
    assert!(line["fields"]["line"].as_u64() > Some(0));
    assert!(!text.contains("AAECAwQF"), "{text}");
}
