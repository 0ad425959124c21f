//! By which keys a grant that is shown must be signed.

use farthing_core::jwk::PublicJwk;
use farthing_core::manifest::Body;

/// The keys whose grants count: a revoked one's may be a thief's.
pub(super) fn counting_keys(body: &Body) -> Vec<PublicJwk> {
    let revoked = |key: &&PublicJwk| body.revoked_keys.iter().any(|r| r.key == **key);
    let keys = body.signing_keys.iter();
    keys.filter(|key| !revoked(key)).copied().collect()
}
