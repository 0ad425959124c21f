/** `farthing init`: the publisher's settings and the key that signs offers, asked for or from flags. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Complaint, ofDisk } from './complaint.js';
import type { PublisherCore } from './core.js';
import { meetIssuer } from './issuers.js';
import { makeOfferKey } from './keys.js';
import { readPrice } from './price.js';
import { type Flags, isOrigin, keyFolder, settingsFile } from './settings.js';

/** Asks one question; `usual` is taken for an empty answer. `undefined` where there is nobody to ask. */
export type Ask = (question: string, usual: string) => Promise<string | undefined>;

interface Question { flag: keyof Flags & string; ask: string; usual: () => string; wrong(answer: string): string | null }

const there = (file: string): Promise<boolean> => stat(file).then(() => true, () => false);

/** An address as people write it: with a path, or without a scheme. */
const toOrigin = (text: string): string => {
  const address = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(address) ? new URL(address).origin : text;
};
const originOrWhy = (answer: string): string | null => (isOrigin(toOrigin(answer)) ? null : 'an origin is wanted, such as https://post.example (http only on this machine)');

const answerTo = async ({ flag, ask: question, usual, wrong }: Question, given: string | undefined, ask: Ask): Promise<string> => {
  if (given !== undefined) {
    const why = wrong(given);
    if (why) throw new Complaint(`--${flag} ${given}: ${why}`, undefined, undefined, 'usage');
    return given;
  }
  for (;;) {
    const answer = await ask(question, usual());
    if (answer === undefined) {
      if (wrong(usual()) === null) return usual();
      throw new Complaint(`nobody can be asked here, so --${flag} is needed: ${question}`, undefined, undefined, 'usage');
    }
    const why = wrong(answer.trim() || usual());
    if (why === null) return answer.trim() || usual();
    await ask(`  ${why}. Press Enter`, ' ');
  }
};

export const init = async (core: PublisherCore, flags: Flags, ask: Ask, now: number, say: (line: string) => void): Promise<void> => {
  const file = flags.config ?? settingsFile;
  if ((await there(file)) && !flags.force) throw new Complaint('is there already and stays as it is; change it by hand, or say --force to write it anew', file);
  const origin = toOrigin(await answerTo({ flag: 'origin', ask: 'Where will your site be? (its origin)', usual: () => '', wrong: originOrWhy }, flags.origin, ask));
  const host = new URL(origin).host;
  const tooLong = (text: string) => (text !== '' && Buffer.byteLength(text) <= 200 ? null : '1 to 200 bytes');
  const name = await answerTo({ flag: 'name', ask: 'By which name do readers know you?', usual: () => host, wrong: tooLong }, flags.name, ask);
  const contact = await answerTo({ flag: 'contact', ask: 'Where can readers write to you? (may stay empty)', usual: () => '', wrong: (text) => (Buffer.byteLength(text) <= 200 ? null : 'at most 200 bytes') }, flags.contact, ask);
  const asked = flags.issuer?.length ? flags.issuer : [await answerTo({ flag: 'issuer', ask: 'Whose coins do you take? (the origin of an issuer)', usual: () => '', wrong: originOrWhy }, undefined, ask)];
  const issuers = asked.map(toOrigin);
  const bad = issuers.find((id) => !isOrigin(id));
  if (bad !== undefined) throw new Complaint(`--issuer ${bad}: ${originOrWhy(bad)}`, undefined, undefined, 'usage');
  const selector = await answerTo({ flag: 'selector', ask: 'Which elements are for sale, as a CSS selector? (empty: those marked data-farthing-price)', usual: () => '', wrong: () => null }, flags.selector, ask);
  const price = selector && (await answerTo({ flag: 'price', ask: 'At which price, with tax?', usual: () => '0.20 EUR', wrong: (text) => (readPrice(text) ? null : 'a price like "0.20 EUR" is wanted') }, flags.price, ask));

  const keys = resolve(flags.keys ?? keyFolder);
  await makeOfferKey(core, keys, say);
  const beside = relative(dirname(resolve(file)), keys);
  const purse = (await Promise.all(issuers.map(keepsPurses))).every(Boolean);
  const settings = {
    publisher: origin, name, contact, issuers, currency: flags.currency ?? 'EUR', keys: isAbsolute(beside) ? keys : beside.replaceAll('\\', '/') || '.',
    ...(flags.base ? { base: flags.base } : {}), ...(flags.days ? { days: Number(flags.days) } : {}), ...(flags.terms ? { terms: flags.terms } : {}),
    ...(selector ? { sell: [{ selector, price }] } : {}), ...(purse ? { purse } : {}),
  };
  await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`).catch((error: unknown) => { throw ofDisk(error); });
  say(`Wrote ${file}.`);
  await keepOutOfRepository(dirname(resolve(file)), keys, say);
  for (const id of issuers) {
    await meetIssuer(core, id, undefined, now).then(
      ({ view }) => say(`${id} answers; it deals in ${view.currencies.map(({ currency }) => currency).join(', ')}.`),
      ({ message }: Error) => say(`Note: ${message}${/[.?]$/.test(message) ? '' : '.'} It is asked again when you seal.`),
    );
  }
  if (purse) say('Your issuer keeps purses for readers; pages will offer to fill up from there ("purse" in farthing.json).');
  say([
    '', 'Next:',
    selector ? `  1. Build your site: what \`${selector}\` finds is for sale at ${price}, from after its second paragraph or from data-farthing-cut on.`
      : '  1. Mark what is for sale: <article data-farthing-price="0.20 EUR">, and <hr data-farthing-cut> where the free half ends. Build your site.',
    '  2. npx farthing seal SITE            SITE is the folder your generator writes, such as dist or _site;',
    '                                       not needed with the plugins for Vite, Astro and Eleventy',
    '     npx farthing serve SITE           shows it on this machine',
    `  3. Put SITE on the web as ${origin}, and ask whoever runs ${issuers[0]} to let you in:`,
    `       farthing-issuer publisher add ${origin}`,
    `  4. npx farthing doctor ${origin}/…   looks at an article as readers get it`,
  ].join('\n'));
};

/** Whether the issuer says that it serves its readers a purse; one that is silent is asked by nobody else. */
const keepsPurses = async (id: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${id}/.well-known/farthing-issuer.json`, { signal: AbortSignal.timeout(5000) });
    const { wallet } = answer.ok ? ((await answer.json()) as { wallet?: unknown }) : {};
    return Array.isArray(wallet) && wallet.length > 0;
  } catch {
    return false;
  }
};

const keepOutOfRepository = async (folder: string, keys: string, say: (line: string) => void): Promise<void> => {
  const line = `${relative(folder, keys).replaceAll('\\', '/')}/`;
  const file = join(folder, '.gitignore');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  // Also where there is no repository yet, or it begins further up.
  if (line.startsWith('..') || text?.split(/\r?\n/).some((one) => [line, line.slice(0, -1), `/${line}`].includes(one.trim()))) return;
  await writeFile(file, `${text ?? ''}${text && !text.endsWith('\n') ? '\n' : ''}${line}\n`).catch((error: unknown) => { throw ofDisk(error); });
  say(`Put ${line} into .gitignore: keys do not belong into a repository.`);
};
