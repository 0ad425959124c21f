/** The keys by which an issuer signs now, from its `/.well-known/jwks.json`, which names no revoked one (spec R21). */
import type { Fetch } from '../issuer.js';
import { type Jwk, thumbprint } from './jws.js';

/** Seconds for which a list is not asked for again. */
const FRESH = 300;
/** Seconds after which a strange key is looked for again: made-up names ask the issuer for nothing more often. */
const PATIENCE = 10;
/** Seconds for which the last list counts while the issuer is silent. */
const SILENT = 3600;

interface List { at: number; keys: Map<string, Jwk> }

export class IssuerKeys {
  private list: List | undefined;
  private asking: Promise<void> | undefined;
  private askedAt = -Infinity;

  constructor(private readonly issuer: string, private readonly fetch: Fetch, private readonly now: () => number) {}

  /** `undefined`: the issuer has no such key. Rejects if the issuer is silent and what was known is too old. */
  async find(kid: string): Promise<Jwk | undefined> {
    const age = () => this.now() - (this.list?.at ?? -Infinity);
    if (age() > FRESH || (!this.list?.keys.has(kid) && this.now() - this.askedAt > PATIENCE)) {
      await (this.asking ??= this.ask().finally(() => {
        this.asking = undefined;
      })).catch((thrown: unknown) => {
        if (age() > SILENT) throw thrown;
      });
    }
    return this.list?.keys.get(kid);
  }

  private async ask(): Promise<void> {
    this.askedAt = this.now();
    const response = await this.fetch(`${this.issuer}/.well-known/jwks.json`, { redirect: 'error', signal: AbortSignal.timeout(5000) });
    const text = await response.text();
    if (!response.ok || text.length > 262_144) throw new Error(`${this.issuer}: ${response.status}`);
    const { keys } = JSON.parse(text) as { keys: Jwk[] };
    const named = keys.filter(({ kty, crv, x, y }) => kty === 'EC' && crv === 'P-256' && [x, y].every((part) => /^[\w-]{43}$/.test(part)));
    this.list = { at: this.now(), keys: new Map(await Promise.all(named.map(async (key): Promise<[string, Jwk]> => [await thumbprint(key), key]))) };
  }
}
