import { writeFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Complaint, ofDisk } from './complaint.js';
import type { PublisherCore } from './core.js';
import { offerKeyFile, readOfferKey, writeSecret } from './secrets.js';
import { type Flags, keyFolder, settingsFile } from './settings.js';

/** The key that signs offers, in its folder; one that is there stays. */
export const makeOfferKey = async (core: PublisherCore, folder: string, say: (line: string) => void): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => { throw ofDisk(error); });
  let secret = await readOfferKey(folder);
  if (secret) {
    say(`${offerKeyFile(folder)} is there already and stays as it is.`);
  } else {
    ({ secret } = core.generateOfferKey());
    await writeSecret(offerKeyFile(folder), `${JSON.stringify({ secret: Buffer.from(secret).toString('base64url') })}\n`);
    say(`Made ${offerKeyFile(folder)}, readable by you only. It signs your prices: keep a copy, publish it never.`);
  }
  say(`Its public half, which \`farthing seal\` puts into /.well-known/farthing.json:\n  ${JSON.stringify(core.publicJwk(secret))}`);
};

/** Makes the key, and a farthing.json beside it where the flags say what belongs in it; `farthing init` without questions. */
export const keys = async (core: PublisherCore, flags: Flags, say: (line: string) => void): Promise<void> => {
  const folder = flags.keys ?? keyFolder;
  await makeOfferKey(core, folder, say);
  const file = join(folder, settingsFile);
  const exists = await stat(file).then(() => true, () => false);
  if (flags.origin && flags.issuer?.length && !exists) {
    const settings = { publisher: flags.origin, name: flags.name ?? new URL(flags.origin).host, contact: flags.contact ?? '', issuers: flags.issuer, currency: flags.currency ?? 'EUR', keys: '.' };
    await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
    say(`Wrote ${file}.`);
  } else if (!exists) {
    say(`Next, write ${settingsFile} beside your site:\n  {"publisher": "https://your.site", "name": "Your name", "contact": "you@your.site", "issuers": ["https://the.issuer"], "currency": "EUR"}`);
  }
  say('Then: mark what is for sale with <article data-farthing-price="0.20 EUR">, build your site, and run `farthing seal` on its folder.');
};

/** A key inside the published folder would be published. */
export const refuseInside = (keyPlace: string, site: string): void => {
  if (`${keyPlace}/`.startsWith(`${site}/`)) throw new Complaint(`the folder of keys lies inside of the site (${site}) and would be published; move it out`, keyPlace);
};
