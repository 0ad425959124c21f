/** Reading what is more than a text in the page: files of an article, such as pictures (spec section 6.1). Loaded only then. */
import type { OfferView, Reading } from './core.js';
import type { Fetch, request } from './issuer.js';
import type { KeptGrant, KeptText } from './store.js';
import type { Wallet } from './wallet.js';

/** One file of an article; the text names it `cid:` and `name`. */
interface Entry { name: string; type: string; length: number }

// By its code alone, as the core's errors are: this file is loaded beside the others and shares no class with them.
const invalid = () => Object.assign(new Error('the list of files does not fit the content'), { code: 'content_corrupt' });

/** The entries and their bytes; the first is the text. */
export const unpack = (plain: Uint8Array): (Entry & { bytes: Uint8Array<ArrayBuffer> })[] => {
  const listed = plain.length < 4 ? 0 : new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  let entries: Entry[];
  try {
    entries = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain.subarray(4, 4 + listed)));
    if (!Array.isArray(entries) || entries[0]?.type !== 'text/html') throw invalid();
  } catch {
    throw invalid();
  }
  let at = 4 + listed;
  const files = entries.map((entry) => {
    const { name, type, length } = entry ?? {};
    if (typeof name !== 'string' || typeof type !== 'string' || !Number.isSafeInteger(length) || length < 0) throw invalid();
    return { name, type, length, bytes: plain.slice(at, (at += length)) as Uint8Array<ArrayBuffer> };
  });
  if (at !== plain.length) throw invalid();
  return files;
};

/** What may be looked at or listened to keeps its type; all else could run script in the publisher's name, and is only for keeping. */
const shown = /^(image|audio|video|font)\//;

interface Shown { html: string; release(): void }
/** By purchase: however often a text is read, its files are in memory once. */
const open = new Map<string, Shown>();

/** The text with addresses in place of the names of its files. They hold until `release`, or until the page goes. */
export const withAddresses = (binding: string, plain: Uint8Array): Shown => {
  const known = open.get(binding);
  if (known) return known;
  const [text, ...files] = unpack(plain);
  const addresses = files.map(({ type, bytes }) => URL.createObjectURL(new Blob([bytes], { type: shown.test(type) ? type : 'application/octet-stream' })));
  const result = {
    html: files.reduce((html, { name }, place) => html.replaceAll(`cid:${name}`, addresses[place]!), new TextDecoder().decode(text!.bytes)),
    release() {
      open.delete(binding);
      for (const address of addresses.splice(0)) URL.revokeObjectURL(address);
    },
  };
  open.set(binding, result);
  return result;
};

/** A sealed part that stands in a file of its own. The signed offer says how long its text is; header and tags come to less than is added. */
export const partAt = async (get: typeof request, fetch: Fetch, address: string, { length }: { length: number }): Promise<Uint8Array<ArrayBuffer>> => {
  const { response, bytes } = await get(fetch, address, 'publisher_unreachable', { cache: 'default' }, length + length / 4000 + 4096);
  if (!response.ok) throw Object.assign(new Error(`${address}: ${response.status}`), { code: 'content_mismatch' });
  return bytes;
};

/** The text of a purchase whose content carries files, or whose bytes this browser has lost: its publisher keeps them (section 7.2). */
export const openMore = async (
  get: typeof request, { store, fetch }: Wallet, { binding, origin, content }: KeptGrant, reading: Reading, view: OfferView, text: KeptText | undefined,
): Promise<Shown> => {
  const part = text?.part ?? (await partAt(get, fetch, `${origin}/farthing/parts/${content}`, view.content[0]!));
  const plain = await reading.decrypt(part);
  if (!text) await store.write(({ texts }) => texts.put({ binding, part }));
  return view.content[0]!.media_type === 'text/html' ? { html: new TextDecoder().decode(plain), release() {} } : withAddresses(binding, plain);
};
