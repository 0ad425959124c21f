/** Reading what was bought: from the store alone, without network, and checked again each time. */
import type { GrantView, OfferView } from './core.js';
import { failure } from './errors.js';
import { request } from './issuer.js';
import { laterPart } from './load.js';
import { keptManifest } from './manifest.js';
import type { KeptGrant } from './store.js';
import { seedOf, type Wallet } from './wallet.js';

export interface Text {
  /** Files of the article, such as pictures, stand in it as `blob:` addresses. */
  html: string; offer: OfferView; grant: GrantView; bought: KeptGrant;
  /** Gives back the memory of the article's files; their addresses in `html` end. */
  release(): void;
}

/** What an article's plaintext can be (spec section 6.1). */
export const textAlone = 'text/html';
export const textWithFiles = 'application/vnd.farthing.article';

export const read = async (wallet: Wallet, bought: KeptGrant): Promise<Text> => {
  const { core } = wallet;
  const manifest = await keptManifest(wallet, bought.issuer);
  if (!manifest) throw failure('manifest_unknown', 'not kept');
  const offer = core.Offer.open(bought.offer, bought.publisherDocument, bought.origin, bought.path);
  const { grant, key, binding, lead } = bought;
  const reading = await core.Reading.open(manifest, offer, await seedOf(wallet, bought.of), { grant, key, binding, lead, now: wallet.now() });
  const text = await wallet.store.read(({ texts }) => texts.get(bought.binding));
  const view = offer.view();
  const shown = text && view.content[0]!.media_type === textAlone
    ? { html: new TextDecoder().decode(await reading.decrypt(text.part)), release() {} }
    : await (await laterPart(import('./files.js'))).openMore(request, wallet, bought, reading, view, text);
  return { ...shown, offer: view, grant: reading.grant(), bought };
};
