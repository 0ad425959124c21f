/** Reading what was bought: from the store alone, without network, and checked again each time. */
import type { GrantView, OfferView } from './core.js';
import { failure } from './errors.js';
import { keptManifest } from './manifest.js';
import type { KeptGrant } from './store.js';
import { seedOf, type Wallet } from './wallet.js';

export interface Text { html: string; offer: OfferView; grant: GrantView; bought: KeptGrant }

export const read = async (wallet: Wallet, bought: KeptGrant): Promise<Text> => {
  const { core } = wallet;
  const manifest = await keptManifest(wallet, bought.issuer);
  if (!manifest) throw failure('manifest_unknown', 'the manifest of this grant is not kept');
  const offer = core.Offer.open(bought.offer, bought.publisherDocument, bought.origin, bought.path);
  const { grant, key, binding, lead } = bought;
  const reading = await core.Reading.open(manifest, offer, await seedOf(wallet), { grant, key, binding, lead, now: wallet.now() });
  const text = await wallet.store.read(({ texts }) => texts.get(bought.binding));
  if (!text) throw failure('storage_unavailable', 'the text of this grant is not kept');
  const bytes = await reading.decrypt(text.part);
  return { html: new TextDecoder().decode(bytes), offer: offer.view(), grant: reading.grant(), bought };
};
