//! As many open files as the connections need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections: the ledger and its readers, connections to a database, the listeners, the log.
const OTHERS: u64 = 128;

/// Raises this process's own limit as far as it may, and gives how many of `connections` there may then be. Says so in
/// the log if these are fewer: beyond the system's limit nothing can be accepted, not even to end another for it.
pub(crate) fn allow(connections: usize) -> usize {
    let needed = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return connections;
    }
    let reach = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = Rlimit {
        current: Some(reach),
        maximum: limit.maximum,
    };
    // If it may not be raised, what there is must do.
    let _ = setrlimit(Resource::Nofile, raised);
    let allowed = getrlimit(Resource::Nofile).current;
    let fits = allowed.map_or(connections, |allowed| {
        let fits = allowed.saturating_sub(OTHERS).max(1);
        usize::try_from(fits).map_or(connections, |fits| fits.min(connections))
    });
    if fits < connections {
        tracing::warn!(
            connections = fits,
            "too few open files for http.max_connections: raise the limit (LimitNOFILE= in systemd, --ulimit nofile in a container)"
        );
    }
    fits
}
