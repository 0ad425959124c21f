//! rebind: a gift becomes somebody's own, or the giver's again; whoever is first (spec section 13, R51).
//!
//! In this order: the grant is ours; the signatures; what was answered before; is it a gift, and does its access last; the
//! new grant; one durable transaction; only then does anything leave.

use super::grant_keys::counting_keys;
use crate::issuer::Issuer;
use farthing_core::answer::PackedRebind;
use farthing_core::grant::{Grant, GrantClaims};
use farthing_core::jwk::Kid;
use farthing_core::request::{RebindRequest, RebindResponse};
use farthing_ledger::{Hour, Ledger, Rebind, RebindError, Rebound, SealedAnswer};
use std::sync::Arc;

/// Why a gift is not bound to another key. Nothing was done, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebindRefusal {
    /// It is no grant of this issuer by a key that counts, or no gift that the named key may bind.
    GrantInvalid,
    /// The gift's key or the giver's did not sign, or the new one did not.
    Signature,
    /// The access that was given is over.
    Expired,
    /// Another replica has made the signing key, and it has not come here yet.
    KeyLacking,
    /// The ledger refused: somebody was first.
    Rebind(RebindError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// A request whose grant and signatures are good.
struct Authentic {
    request: RebindRequest,
    gift: GrantClaims,
}

/// Binds a gift to another key. The same request gets the same bytes for as long as the access lasts.
///
/// # Errors
/// [`RebindRefusal`].
pub async fn rebind<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: RebindRequest,
) -> Result<RebindResponse, RebindRefusal> {
    let check = {
        let issuer = Arc::clone(issuer);
        move || authenticate(&issuer, request)
    };
    let authentic = issuer.compute().run(check).await;
    let authentic =
        authentic.map_err(|_| RebindRefusal::Internal("a rebind was not checked"))??;
    let (grant, binding) = (authentic.gift.id, *authentic.request.binding());
    let stored = issuer.ledger().rebound(grant, binding).await;
    if let Some(sealed) = stored.map_err(RebindRefusal::Rebind)? {
        return repeat(&authentic, &sealed);
    }
    let now = issuer.now();
    let access = authentic.gift.access_until;
    if access.is_some_and(|until| now >= until) {
        return Err(RebindRefusal::Expired);
    }
    let sign = {
        let issuer = Arc::clone(issuer);
        move || {
            let fields = authentic.request.fields();
            let claims = authentic.gift.rebound(&binding, fields.cnf, now);
            let in_force = issuer.in_force();
            let signer = in_force.signer(now).ok_or(RebindRefusal::KeyLacking)?;
            let packed = signer.sign_rebound(&claims);
            let sealed = packed
                .as_ref()
                .and_then(|p| p.seal(&fields.memory, &binding));
            let made = packed.zip(sealed);
            let (packed, sealed) = made.ok_or(RebindRefusal::Internal("a grant was not signed"))?;
            Ok::<_, RebindRefusal>((packed.text(&claims), SealedAnswer::new(sealed), authentic))
        }
    };
    let signed = issuer.compute().run(sign).await;
    let (text, answer, authentic) =
        signed.map_err(|_| RebindRefusal::Internal("a grant was not made"))??;
    let rebind = Rebind {
        grant,
        ends: access.map(Hour::from_then_on),
        binding,
        answer,
    };
    match issuer.ledger().rebind(rebind).await {
        Ok(Rebound::Done) => Ok(RebindResponse { grant: text }),
        // The same request came twice at once; the other one was first, and what it was answered is the answer.
        Ok(Rebound::Replayed(sealed)) => repeat(&authentic, &sealed),
        Err(error) => Err(RebindRefusal::Rebind(error)),
    }
}

/// What costs least first; three signatures at most.
fn authenticate<L: Ledger>(
    issuer: &Issuer<L>,
    request: RebindRequest,
) -> Result<Authentic, RebindRefusal> {
    let in_force = issuer.in_force();
    let fields = request.fields();
    let keys = counting_keys(in_force.body());
    let grant = Grant::verify(&fields.grant, issuer.id(), &keys);
    let gift = grant.map_err(|_| RebindRefusal::GrantInvalid)?;
    let gift = gift.claims().clone();
    let giver = gift.giver.ok_or(RebindRefusal::GrantInvalid)?;
    let by = match fields.giver {
        Some(key) if Kid::of(&key) == giver => key,
        Some(_) => return Err(RebindRefusal::GrantInvalid),
        None => gift.cnf,
    };
    let ops = in_force.keys().ops();
    for (key, signature) in [(by, request.signature()), (fields.cnf, request.proof())] {
        let signed = ops.verify(&key, request.binding().bytes(), signature);
        let unchecked = RebindRefusal::Internal("a signature was not checked");
        if !signed.map_err(|_| unchecked)? {
            return Err(RebindRefusal::Signature);
        }
    }
    Ok(Authentic { request, gift })
}

/// Answers from what was stored: the same text as at first, whichever key signs now.
fn repeat(authentic: &Authentic, sealed: &SealedAnswer) -> Result<RebindResponse, RebindRefusal> {
    let (fields, binding) = (authentic.request.fields(), authentic.request.binding());
    let packed = PackedRebind::open(&fields.memory, binding, sealed.bytes());
    let packed = packed.ok_or(RebindRefusal::Internal("a stored answer does not open"))?;
    let claims = authentic.gift.rebound(binding, fields.cnf, packed.iat());
    Ok(RebindResponse {
        grant: packed.text(&claims),
    })
}
