//! Opening a part with the platform's AES, which is faster than ours and costs no bytes.

use crate::errors::Failure;
use crate::record::Made;
use farthing_core::content::{self, Chunk, ContentError, ContentKey, Opening, SealedPart};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Crypto;
    type SubtleCrypto;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<Crypto>;

    // Missing where a page came over plain http from another host than this one.
    #[wasm_bindgen(method, getter)]
    fn subtle(this: &Crypto) -> Option<SubtleCrypto>;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    async fn import_key(
        this: &SubtleCrypto,
        format: &str,
        key: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        uses: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn decrypt(
        this: &SubtleCrypto,
        algorithm: &JsValue,
        key: &JsValue,
        data: &Uint8Array,
    ) -> Result<JsValue, JsValue>;
}

/// A part's key inside the platform.
struct PlatformKey {
    subtle: SubtleCrypto,
    key: JsValue,
}

impl PlatformKey {
    /// `None` where the platform has no AES for us.
    async fn import(key: &[u8; 32]) -> Option<Self> {
        let subtle = CRYPTO.with(|crypto| crypto.as_ref().and_then(Crypto::subtle))?;
        let raw = Uint8Array::from(key.as_slice());
        let uses = Array::of1(&"decrypt".into());
        let key = subtle
            .import_key("raw", &raw, "AES-GCM", false, &uses)
            .await;
        raw.fill(0, 0, raw.length());
        Some(Self {
            key: key.ok()?,
            subtle,
        })
    }

    async fn open(&self, chunk: &Chunk<'_>, aad: &[u8]) -> Result<Uint8Array, ContentError> {
        let algorithm = Made::new()
            .text("name", "AES-GCM")
            .bytes("iv", &chunk.nonce)
            .bytes("additionalData", aad)
            .into();
        let sealed = Uint8Array::from(chunk.ciphertext);
        let opened = self.subtle.decrypt(&algorithm, &self.key, &sealed);
        let opened = opened.await.map_err(|_| ContentError::Corrupt)?;
        Ok(Uint8Array::new(&opened))
    }
}

/// Opens a part chunk by chunk; with the core's own AES where the platform has none.
pub(crate) async fn decrypt(
    part: &SealedPart<'_>,
    key: &ContentKey,
) -> Result<Uint8Array, Failure> {
    let opening = Opening::new(part, key);
    let Some(platform) = PlatformKey::import(opening.key()).await else {
        return Ok(Uint8Array::from(content::open(part, key)?.as_slice()));
    };
    // The bytes of the part are at hand, so its plaintext is shorter than 2^32.
    let length = u32::try_from(part.header().length()).map_err(|_| ContentError::Mismatch)?;
    let plaintext = Uint8Array::new_with_length(length);
    let mut at = 0_u32;
    for chunk in opening.chunks() {
        let opened = platform.open(&chunk, opening.aad()).await?;
        plaintext.set(&opened, at);
        at = at.saturating_add(opened.length());
    }
    Ok(plaintext)
}
