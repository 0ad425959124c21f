/** Files that are never published: readable by their owner only. */
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Complaint, ofDisk } from './complaint.js';

/** Written whole or not at all. */
export const writeSecret = async (file: string, data: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  try {
    await writeFile(draft, data, { mode: 0o600, flag: 'wx' });
    await chmod(draft, 0o600);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw ofDisk(error);
  }
};

const readJson = async (file: string): Promise<Record<string, unknown> | undefined> => {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && mode & 0o077) throw new Complaint('can be read by others; do `chmod 600` on it', file);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Complaint('is not a JSON object; put back the copy you keep', file);
};

export const offerKeyFile = (folder: string): string => join(folder, 'offer-key.json');

export const readOfferKey = async (folder: string): Promise<Uint8Array | undefined> => {
  const file = offerKeyFile(folder);
  const kept = await readJson(file);
  if (!kept) return undefined;
  const secret = Buffer.from(typeof kept.secret === 'string' ? kept.secret : '', 'base64url');
  if (secret.length !== 32) throw new Complaint('holds no key of 32 bytes', file);
  return new Uint8Array(secret);
};

/** The key and the ciphertext of one text: the same text keeps them, whatever its price becomes. */
export interface ContentKey {
  publisher: string; resource: string; version: string; text: string; key: string; ct_hash: string;
  /** Files of the site that are sealed with the text, by path and hash. */
  files?: SealedFile[];
}
export interface SealedFile { path: string; hash: string }

/** A list under a name, or none if the file is not there. */
const readList = async <T>(file: string, name: string): Promise<T[]> => {
  const kept = await readJson(file);
  if (kept && !Array.isArray(kept[name])) throw new Complaint(`has no list \`${name}\`; put back the copy you keep, or seal with another folder of keys`, file);
  return (kept?.[name] as T[] | undefined) ?? [];
};

export const readContentKeys = (folder: string): Promise<ContentKey[]> => readList(join(folder, 'keys.json'), 'keys');

export const writeContentKeys = (folder: string, keys: ContentKey[]): Promise<void> =>
  writeSecret(join(folder, 'keys.json'), `${JSON.stringify({ keys }, null, 1)}\n`);

/** The newest offer of an article, kept so that a site built again gets the same bytes. */
export interface KeptOffer { publisher: string; resource: string; offer: string; wraps: { issuer: string; kid: string; wrap: string }[] }

export const readOffers = (folder: string): Promise<KeptOffer[]> => readList(join(folder, 'offers.json'), 'offers');

export const writeOffers = (folder: string, offers: KeptOffer[]): Promise<void> =>
  writeSecret(join(folder, 'offers.json'), `${JSON.stringify({ offers }, null, 1)}\n`);

export const partFile = (folder: string, ctHash: string): string => join(folder, 'parts', ctHash);

export interface IssuerTrust { n: number; hash: string; kids: string[] }

export const readTrust = async (folder: string): Promise<Record<string, IssuerTrust>> =>
  ((await readJson(join(folder, 'issuers.json'))) as Record<string, IssuerTrust> | undefined) ?? {};

export const writeTrust = (folder: string, trust: Record<string, IssuerTrust>): Promise<void> =>
  writeSecret(join(folder, 'issuers.json'), `${JSON.stringify(trust, null, 1)}\n`);
