/** `farthing seal DIR`: what is for sale in a built site is sealed, and nothing of it is left in the clear. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Complaint, ofDisk } from './complaint.js';
import type { PublisherCore } from './core.js';
import { encloseFiles, restoreFiles } from './enclosed.js';
import { listFiles, publish, sweep } from './files.js';
import { findArticles, type Found, type Sealed } from './find.js';
import { type KnownIssuer, meetIssuer } from './issuers.js';
import { refuseInside } from './keys.js';
import { SealedRuns, type SealedText, textOf } from './leaks.js';
import { locked } from './lock.js';
import { type OfferClaims, offerFor, pricesAt, readClaims, type Shop } from './offers.js';
import { openPart } from './open.js';
import { hashOf, mediaTypes, pack, type Site, textOfContent } from './packed.js';
import { resealedPage, sealedPage } from './page.js';
import type { Voice } from './progress.js';
import {
  type ContentKey, type KeptOffer, offerKeyFile, partFile, readContentKeys, readOfferKey, readOffers, readTrust, writeContentKeys, writeOffers,
  writeSecret, writeTrust,
} from './secrets.js';
import { type Flags, readSettings, type Settings } from './settings.js';

/** `new`: never sealed before. `changed`: another text, under another key. `offer`: the same ciphertext, offered anew. */
export type Change = 'new' | 'changed' | 'offer' | 'unchanged';
export interface Report { articles: { file: string; resource: string; version: string; change: Change }[]; words: number }

/** Where the site's own copy of the page's scripts stands. */
const scripts = 'farthing';
const worker = 'farthing-offline.js';
const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

export const seal = async (core: PublisherCore, site: string, flags: Flags, now: number, voice: Voice): Promise<Report> => {
  const settings = await readSettings(flags);
  const folder = resolve(site);
  refuseInside(settings.keys, folder);
  const secret = await readOfferKey(settings.keys);
  if (!secret) throw new Complaint('there is no offer key; make one with `farthing init`', offerKeyFile(settings.keys));
  await listFiles(folder);
  return locked(join(settings.keys, 'lock'), settings.keys, () =>
    locked(join(dirname(folder), `.${basename(folder)}.farthing-lock`), folder, () => new Sealing(core, settings, secret, folder, site, flags, now, voice).run())
      .catch((error: unknown) => { throw ofDisk(error); }));
};

class Sealing {
  private readonly files = new Map<string, Uint8Array>();
  private readonly output = new Map<string, string | Uint8Array>();
  private readonly parts = new Map<string, Uint8Array>();
  private readonly articles: Report['articles'] = [];
  private known: ContentKey[] = [];
  private offers: KeptOffer[] = [];
  /** The parts that a page carries itself. */
  private readonly inPages = new Set<string>();
  private readonly texts: SealedText[] = [];
  /** What the sealed halves of now carry. */
  private readonly enclosed: { path: string; hash: string }[] = [];

  constructor(
    private readonly core: PublisherCore, private readonly settings: Settings, private readonly secret: Uint8Array, private readonly folder: string,
    private readonly site: string, private readonly flags: Flags, private readonly now: number, private readonly voice: Voice,
  ) {}

  async run(): Promise<Report> {
    const { core, settings, files, folder, voice } = this;
    await sweep(folder);
    for (const path of await listFiles(folder)) files.set(path, await readFile(join(folder, path)));
    const { found, before } = findArticles(core, settings, files, this.site);
    const trust = await readTrust(settings.keys);
    const shop = await this.openShop(trust);
    this.known = await readContentKeys(settings.keys);
    this.offers = await readOffers(settings.keys);
    const terms = hashOf(settings.terms ? await readFile(settings.terms).catch(() => Promise.reject(new Complaint('the terms cannot be read', settings.terms))) : '');

    const place: Site = { origin: settings.publisher, base: settings.base, files };
    const restored = await restoreFiles(found, place, this.known, (content) => this.partOf(content));
    const all: Site = { ...place, files: new Map([...files, ...restored]) };
    const carried = await this.carried(before);
    const { inside, open } = encloseFiles(found, all, this.site, carried.map(({ path }) => path).filter((path) => files.has(path)));
    for (const { path, file, line } of open) voice.say(`${path} stays in the clear, because ${file}:${line} names it, too`);

    // What the pages need stands before them: each page that is there can be bought.
    await this.addScripts();
    this.output.set('.well-known/farthing.json', `${JSON.stringify({
      v: 1, publisher: settings.publisher, name: settings.name, contact: settings.contact, keys: [core.publicJwk(this.secret)], issuers: settings.issuers,
    })}\n`);
    const pages = new Map<string, string>();
    for (const [done, one] of found.entries()) {
      voice.step(done, found.length, one.path);
      pages.set(one.path, await this.sealOne(one, all, inside, terms, shop));
    }
    for (const one of before) pages.set(one.path, await this.offerAgain(one, terms, shop));
    voice.step(found.length, found.length, '');
    await this.keepParts();
    for (const [path, page] of pages) this.output.set(path, page);

    const gone = this.enclosed.filter(({ path, hash }) => inside.has(path) && files.has(path) && hashOf(files.get(path)!) === hash).map(({ path }) => path);
    const result = new Map<string, string | Uint8Array>([...files, ...this.output]);
    for (const path of gone) result.delete(path);
    this.refuseLeaks(result);
    for (const [path, data] of this.output) if (files.has(path) && Buffer.from(files.get(path)!).equals(Buffer.from(data))) this.output.delete(path);

    // Keys first: a published text whose key is lost could never be sold again under it.
    for (const [ctHash, part] of this.parts) await writeSecret(partFile(settings.keys, ctHash), part);
    await writeContentKeys(settings.keys, this.known);
    await writeOffers(settings.keys, this.offers);
    await writeTrust(settings.keys, trust);
    await publish(folder, this.output, gone);
    const words = found.reduce((sum, { article }) => sum + article.words, 0);
    this.tell(words, gone.length, before.length, found.length);
    return { articles: this.articles, words };
  }

  private async openShop(trust: Awaited<ReturnType<typeof readTrust>>): Promise<Shop> {
    const issuers: KnownIssuer[] = [];
    for (const id of this.settings.issuers) {
      const issuer = await meetIssuer(this.core, id, trust[id], this.now);
      if (issuer.first) this.voice.say(`First contact with ${id}: from now on manifest ${issuer.pin.n} with key ${issuer.trust.kids[0]} is trusted`);
      trust[id] = issuer.trust;
      issuers.push(issuer);
    }
    return { core: this.core, secret: this.secret, kid: this.core.publicJwk(this.secret).kid, issuers, now: this.now, days: this.settings.days, renew: this.flags.renew === true };
  }

  private async partOf({ ct_hash }: ContentKey): Promise<Uint8Array | undefined> {
    return this.parts.get(ct_hash) ?? (await readFile(partFile(this.settings.keys, ct_hash)).catch(() => undefined));
  }

  /** What the pages that are sealed already carry of files. */
  private async carried(before: readonly Sealed[]): Promise<{ path: string; hash: string }[]> {
    const files = before.flatMap((one) => this.contentOf(one)?.content.files ?? []);
    this.enclosed.push(...files);
    return files;
  }

  private async sealOne({ path, file, source, page, article, resource }: Found, site: Site, inside: ReadonlySet<string>, terms: string, shop: Shop): Promise<string> {
    const { settings, core } = this;
    const { publisher } = settings;
    const prices = pricesAt(article.amount, article.currency, shop.issuers, file, article.line);
    // What is promised before paying has to be kept by whoever is paid.
    const without = article.refund ? shop.issuers.find(({ undo }) => !undo) : undefined;
    if (without) this.voice.say(`${file}:${article.line}: no undo is promised, because ${without.id} gives nothing back; its operator can, with [undo] in farthing.toml`);
    const refund = without ? 0 : article.refund;
    const { plain, mediaType, files } = pack(article, source, path, file, site, inside);
    this.enclosed.push(...files);
    const text = hashOf(plain);
    const version = article.version ?? text.slice(0, 16);
    const earlier = this.known.some((one) => one.publisher === publisher && one.resource === resource);
    let content = this.known.find((one) => one.publisher === publisher && one.resource === resource && one.version === version && one.text === text);
    let part = content && (await this.partOf(content));
    const kept = content !== undefined && part !== undefined;
    if (!content || !part) {
      // A new text is a new key; the same text keeps key and ciphertext, so that readers who bought it own it still (spec R18).
      const key = core.newContentKey();
      const sealed = core.sealPart({ publisher, resource, version }, plain, key);
      part = sealed.part;
      content = { publisher, resource, version, text, key: b64u(key), ct_hash: sealed.ct_hash, ...(files.length ? { files } : {}) };
      this.known.push(content);
      this.parts.set(content.ct_hash, part);
    }
    const inPage = mediaType === mediaTypes.alone;
    if (inPage) this.inPages.add(content.ct_hash);
    const stands = inPage ? 'page' : `${settings.base}${scripts}/parts/${content.ct_hash}`;
    const { offer, fresh } = this.offered({
      iss: publisher, resource, version, title: article.title, words: article.words, sold: { kind: 'article' }, access: article.access, refund, terms,
      content: [{ ct_hash: content.ct_hash, length: plain.length, media_type: mediaType, place: stands }],
      key_commit: core.keyCommit(new Uint8Array(Buffer.from(content.key, 'base64url'))), prices, embedders: [],
    }, content, this.offers.find((one) => one.publisher === publisher && one.resource === resource), shop);
    this.articles.push({ file: path, resource, version, change: kept ? (fresh ? 'offer' : 'unchanged') : earlier ? 'changed' : 'new' });
    this.texts.push({ file, html: article.html, free: source.slice(article.tag.end, article.start) });
    return sealedPage(source, page, article, { v: 1, offer: offer.offer, wraps: offer.wraps, part: inPage ? b64u(part) : '' }, `${settings.base}${scripts}`, settings);
  }

  private offered(about: Omit<OfferClaims, 'iat' | 'exp' | 'pins'>, content: ContentKey, kept: Pick<KeptOffer, 'offer' | 'wraps'> | undefined, shop: Shop) {
    const result = offerFor(about, content, kept, shop);
    const place = this.offers.findIndex((one) => one.publisher === about.iss && one.resource === about.resource);
    this.offers.splice(place === -1 ? this.offers.length : place, 1, result.offer);
    return result;
  }

  private contentOf({ page, file }: Sealed): { claims: OfferClaims; envelope: { v: 1; offer: string; wraps: KeptOffer['wraps']; part: string }; content: ContentKey } | undefined {
    try {
      const envelope = JSON.parse(page.sealed!.text);
      const { claims } = readClaims(envelope.offer);
      const content = this.known.find(({ ct_hash }) => ct_hash === claims.content[0]?.ct_hash);
      return content && { claims, envelope, content };
    } catch {
      throw new Complaint('holds a <farthing-paywall> whose content is damaged; build the site again and seal it again', file);
    }
  }

  /** A page that is sealed already is offered anew if price list, terms or keys of the issuer have changed, or its time runs out. */
  private async offerAgain(one: Sealed, terms: string, shop: Shop): Promise<string> {
    const about = this.contentOf(one);
    if (!about) return one.source; // Sealed with keys that are not ours to use.
    const { claims, envelope, content } = about;
    if (claims.iss !== this.settings.publisher) {
      throw new Complaint(`was sealed for ${claims.iss}, and this is ${this.settings.publisher}; build the site again and seal it again`, one.file);
    }
    if (envelope.part) this.inPages.add(content.ct_hash);
    const part = await this.partOf(content);
    if (part) {
      const html = textOfContent(openPart(part, Buffer.from(content.key, 'base64url')), claims.content[0]!.media_type);
      this.texts.push({ file: one.file, html, free: one.source });
    }
    const { currency, amount } = claims.prices[0]!;
    const { offer, fresh } = this.offered({ ...claims, terms, prices: pricesAt(amount, currency, shop.issuers, one.file) }, content, envelope, shop);
    this.articles.push({ file: one.path, resource: claims.resource, version: claims.version, change: fresh ? 'offer' : 'unchanged' });
    return fresh ? resealedPage(one.source, one.page, { ...envelope, offer: offer.offer, wraps: offer.wraps }) : one.source;
  }

  /** Parts that stand apart, and those of former versions: who bought one can always fetch it again (spec section 7.2). */
  private async keepParts(): Promise<void> {
    for (const content of this.known) {
      const path = `${scripts}/parts/${content.ct_hash}`;
      if (content.publisher !== this.settings.publisher || this.inPages.has(content.ct_hash) || this.files.has(path)) continue;
      const part = await this.partOf(content);
      if (part) this.output.set(path, part);
    }
  }

  private refuseLeaks(all: ReadonlyMap<string, string | Uint8Array>): void {
    const sealed = new SealedRuns(this.texts);
    const leaks = [...all].flatMap(([path, data]) => {
      const text = typeof data === 'string' ? data : textOf(path, data);
      const leak = text === undefined ? undefined : sealed.find(join(this.site, path), text);
      return leak ? [leak] : [];
    });
    if (leaks.length === 0) return;
    throw new Complaint([
      'nothing was sealed, because text that is for sale also stands in the clear:',
      ...leaks.map(({ file, line, of, words }) => `  ${file}:${line}: “${words} …” of ${of}`),
      'Take it out there (feeds, search indexes, descriptions and source maps are the usual places), build again and seal again.',
    ].join('\n'), undefined, undefined, 'text_leaks');
  }

  /** The site serves its own copy of the scripts; there is nobody else to ask or to trust. */
  private async addScripts(): Promise<void> {
    const dist = new URL('./', import.meta.url);
    // element.js is for bundlers; a page begins with define.js, which brings what it needs.
    const names = (await readdir(new URL('element/', dist), { recursive: true })).map((name) => name.replaceAll('\\', '/')).filter((name) => /\.(js|json)$/.test(name) && name !== 'element.js');
    // The purse's core: for pockets that give back or renew what they hold.
    for (const file of [...names.map((name) => `element/${name}`), 'purse/core.js', 'purse/farthing_purse_bg.wasm', 'farthing_bg.wasm', ...(this.settings.offline ? ['offline/keep.js'] : [])]) this.output.set(`${scripts}/${file}`, await readFile(new URL(file, dist)));
    // A worker answers for what lies beside it and below, so it lies on top.
    if (this.settings.offline) this.output.set(worker, await readFile(new URL('offline/worker.js', dist)));
  }

  private tell(words: number, hidden: number, before: number, found: number): void {
    const { voice, site } = this;
    const said: Record<Change, string> = { new: 'sealed', changed: 'sealed again, under a new key', offer: 'offered anew, with the key it had', unchanged: '' };
    for (const { file, change } of this.articles) if (said[change]) voice.say(`  ${file}: ${said[change]}`);
    const unchanged = this.articles.filter(({ change }) => change === 'unchanged').length;
    const offered = this.articles.filter(({ change }) => change === 'offer').length;
    if (found === 0) {
      voice.say(`${site} is sealed already: ${count(before, 'article')}${offered ? `, ${offered} offered anew` : ', nothing to do'}`);
      return;
    }
    voice.say([
      `Sealed ${count(found, 'article')}, ${words} words, in ${site}`,
      unchanged + offered ? `; ${unchanged + offered} with the key they had${unchanged ? `, ${unchanged} of them unchanged` : ''}` : '',
      before ? `; ${before} were sealed before` : '', hidden ? `; ${count(hidden, 'file')} sealed with them` : '', '; no sealed text is left in the clear',
    ].join(''));
  }
}
