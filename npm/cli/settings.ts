/** The publisher's settings: farthing.json, then the flags over it. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Complaint } from './complaint.js';
import { didYouMean, nearest } from './nearest.js';
import { readPrice } from './price.js';

export interface Settings {
  /** The site's origin, as offers name it. */
  publisher: string;
  name: string;
  contact: string;
  issuers: string[];
  currency: string;
  /** A text file with the publisher's terms; its hash stands in every offer. Empty for none. */
  terms: string;
  /** How long offers are valid. */
  days: number;
  /** Where in the origin the folder stands: `/` for the root. */
  base: string;
  /** The folder with the offer key, the content keys and what is known of issuers. Never published. */
  keys: string;
  /** Elements that are for sale although their pages do not say so. */
  sell: Rule[];
  /** Readers who have too little are offered to fill up from the purse that the issuer keeps for them. */
  purse: boolean;
  /** Of how many articles readers are told that they can begin with for nothing; 0 for none. */
  starter: number;
  /** Pages of articles that a reader owns are kept in the reader's browser, and open without a network. */
  offline: boolean;
  /** Where the panel's words stand on the site, if they are the publisher's own. Empty for the package's. */
  words: string;
}

/** What a CSS selector finds is for sale at this price, such as "0.20 EUR". */
export interface Rule { selector: string; price: string }

export const keyFolder = '.farthing';
export const settingsFile = 'farthing.json';

export const isOrigin = (text: unknown): boolean => {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)));
};

const isRule = (rule: unknown): boolean => {
  const { selector, price } = (rule ?? {}) as Record<string, unknown>;
  return typeof selector === 'string' && selector.trim() !== '' && typeof price === 'string' && readPrice(price) !== null;
};

export interface Flags {
  keys?: string | undefined; config?: string | undefined; origin?: string | undefined; name?: string | undefined;
  contact?: string | undefined; issuer?: string[] | undefined; currency?: string | undefined; terms?: string | undefined;
  days?: string | undefined; base?: string | undefined; renew?: boolean | undefined; force?: boolean | undefined; selector?: string | undefined; price?: string | undefined; purse?: boolean | undefined; offline?: boolean | undefined;
}

const readOptional = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Complaint(`cannot be read: ${(error as Error).message}`, file);
  }
};

/** Looks for farthing.json where it is told, else in the folder of keys, else here. */
const findFile = async ({ config, keys }: Flags): Promise<{ file: string; text: string; absent?: true }> => {
  const places = config ? [config] : [join(keys ?? keyFolder, settingsFile), settingsFile];
  for (const file of places) {
    const text = await readOptional(file);
    if (text !== undefined) return { file, text };
  }
  if (config) throw new Complaint('is not there', config);
  return { file: settingsFile, text: '{}', absent: true };
};

const known = ['publisher', 'name', 'contact', 'issuers', 'currency', 'terms', 'days', 'base', 'keys', 'sell', 'purse', 'starter', 'offline', 'words'];

/** Settings as they are in the file, and which file; its paths are resolved. */
export const readSettings = async (flags: Flags): Promise<Settings> => {
  const { file, text, absent } = await findFile(flags);
  if (absent && flags.origin === undefined) throw new Complaint('there are no settings here yet; make them with `farthing init`', file);
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(text);
    if (!given || typeof given !== 'object' || Array.isArray(given)) throw new Error('an object is wanted');
  } catch (error) {
    throw new Complaint(`is not JSON: ${(error as Error).message}`, file);
  }
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger) throw new Complaint(`does not know \`${stranger}\`${didYouMean(stranger, known)}${nearest(stranger, known) ? '' : `; it knows ${known.join(', ')}`}`, file);
  const beside = (path: string) => resolve(dirname(file), path);
  const settings = {
    publisher: flags.origin ?? given.publisher,
    name: flags.name ?? given.name,
    contact: flags.contact ?? given.contact ?? '',
    issuers: flags.issuer?.length ? flags.issuer : given.issuers,
    currency: flags.currency ?? given.currency ?? 'EUR',
    terms: flags.terms ? resolve(flags.terms) : given.terms ? beside(String(given.terms)) : '',
    days: flags.days ? Number(flags.days) : given.days ?? 365,
    base: flags.base ?? given.base ?? '/',
    sell: flags.selector ? [{ selector: flags.selector, price: flags.price ?? '' }] : given.sell ?? [],
    purse: flags.purse ?? given.purse ?? false,
    starter: given.starter ?? 0,
    offline: flags.offline ?? given.offline ?? false,
    words: given.words ?? '',
    keys: flags.keys ? resolve(flags.keys) : given.keys ? beside(String(given.keys)) : resolve(keyFolder),
  };
  const wrong = (what: string, flag: string) => new Complaint(`${what} (or give ${flag})`, file);
  if (!isOrigin(settings.publisher)) throw wrong('`publisher` has to be the site’s origin, such as https://post.example', '--origin');
  if (typeof settings.name !== 'string' || settings.name === '' || Buffer.byteLength(settings.name) > 200) throw wrong('`name` has to be the name readers know you by', '--name');
  if (typeof settings.contact !== 'string' || Buffer.byteLength(settings.contact) > 200) throw wrong('`contact` has to be an address readers can write to', '--contact');
  if (!Array.isArray(settings.issuers) || settings.issuers.length === 0 || settings.issuers.length > 16 || !settings.issuers.every(isOrigin)) {
    throw wrong('`issuers` has to list 1 to 16 origins of issuers', '--issuer');
  }
  if (!/^[A-Z]{3}$/.test(String(settings.currency))) throw wrong('`currency` has to be three capitals', '--currency');
  if (!(Number(settings.days) >= 1 && Number(settings.days) <= 400)) throw wrong('`days` has to be 1 to 400', '--days');
  if (typeof settings.base !== 'string' || !/^\/([^?#\s]*\/)?$/.test(settings.base)) throw wrong('`base` has to begin and end with /', '--base');
  if (!Array.isArray(settings.sell) || !settings.sell.every(isRule)) throw wrong('`sell` has to be a list like [{"selector": "article.paid", "price": "0.20 EUR"}]', '--selector and --price');
  if (typeof settings.purse !== 'boolean') throw wrong('`purse` has to be true or false', '--purse');
  if (typeof settings.offline !== 'boolean') throw wrong('`offline` has to be true or false', '--offline');
  if (!Number.isSafeInteger(settings.starter) || Number(settings.starter) < 0) throw new Complaint('`starter` has to be a number of articles, such as 3', file);
  if (typeof settings.words !== 'string' || /[\s"<>]/.test(settings.words)) throw new Complaint('`words` has to be the address of a JSON file on your site, such as /words/nl.json', file);
  return settings as Settings;
};
