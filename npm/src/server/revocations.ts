/** The grants that an issuer's readers gave back or gave up, by its signed list (spec R53). */
import type { Fetch } from '../issuer.js';
import { fromB64u, readStrict } from '../json.js';
import type { IssuerKeys } from './issuer_keys.js';
import { b64u, isSigned, sha256, takeApart, utf8 } from './jws.js';

/** Seconds for which the list is not asked for again; and for which the last one counts while the issuer is silent. */
const [FRESH, SILENT] = [300, 3600];
/** Most pages: 1.6 million grants. */
const PAGES = 200;

export class Revocations {
  private list: { at: number; ids: Set<string> } | undefined;
  private asking: Promise<void> | undefined;

  constructor(private readonly issuer: string, private readonly keys: IssuerKeys, private readonly fetch: Fetch, private readonly now: () => number) {}

  /** Rejects if the issuer is silent, or says what it has not signed, and what was known is too old. */
  async has(jti: string): Promise<boolean> {
    const age = () => this.now() - (this.list?.at ?? -Infinity);
    if (age() > FRESH) {
      await (this.asking ??= this.ask().finally(() => {
        this.asking = undefined;
      })).catch((thrown: unknown) => {
        if (age() > SILENT) throw thrown;
      });
    }
    return this.list!.ids.has(jti);
  }

  private async ask(): Promise<void> {
    const at = this.now();
    const ids = new Set<string>();
    for (let after = '', pages = 0; ; pages++) {
      const page = await this.page(after);
      for (const id of page.ids) ids.add(id);
      if (!page.more) break;
      after = page.ids.at(-1)!;
      if (pages >= PAGES) throw new Error(`${this.issuer}: a list without end`);
    }
    this.list = { at, ids };
  }

  private async page(after: string): Promise<{ ids: string[]; more: boolean }> {
    const response = await this.fetch(`${this.issuer}/v1/revocations${after && `?after=${after}`}`, { redirect: 'error', signal: AbortSignal.timeout(5000) });
    const text = await response.text();
    if (!response.ok || text.length > 262_144) throw new Error(`${this.issuer}: ${response.status}`);
    const { head, revoked } = readStrict(text, { head: 'string', revoked: 'string' }, 'malformed');
    const taken = takeApart(head, 'farthing-revoked+jwt');
    const said = readStrict(taken.payload, { iss: 'string', iat: 'number', after: 'string', more: 'boolean', revoked: 'string' }, 'malformed');
    const bytes = fromB64u(revoked, 'malformed');
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, bytes.length / 16);
    const key = await this.keys.find(taken.kid);
    const holds = bytes.length % 16 === 0 && said.iss === this.issuer && said.after === after && (bytes.length > 0 || !said.more)
      && said.revoked === b64u(await sha256(utf8('farthing/v1/revoked'), count, bytes)) && key !== undefined && (await isSigned(taken, key));
    if (!holds) throw new Error(`${this.issuer}: not its list`);
    return { ids: Array.from({ length: bytes.length / 16 }, (_, place) => b64u(bytes.slice(16 * place, 16 * place + 16))), more: said.more };
  }
}
