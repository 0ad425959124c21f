/** HTTP to an issuer and to publishers' documents (spec section 10): no cookies, no referrer, bounded in size and time. */
import { type Code, failure, faultOf, isCode } from './errors.js';
import { readStrict } from './json.js';

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

type Bytes = Uint8Array<ArrayBuffer>;

/** After these the outcome is not known, or nothing was decided: repeat the same bytes (spec R28). */
export const isUndecided = (code: Code): boolean => faultOf(code) === 'network';

/** One request. `silent` is the code for no answer; a longer answer than `limit` bytes is `answer_invalid`. */
export const request = async (
  fetch: Fetch, address: string, silent: Code, init: RequestInit = {}, limit = 262_144,
): Promise<{ bytes: Bytes; response: Response }> => {
  try {
    const response = await fetch(address, {
      mode: 'cors', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', signal: AbortSignal.timeout(20_000), ...init,
    });
    const parts: Bytes[] = [];
    const reader = response.body?.getReader();
    for (let length = 0, part; reader && !(part = await reader.read()).done; parts.push(part.value)) {
      if ((length += part.value.length) > limit) {
        reader.cancel().catch(() => {});
        throw failure('answer_invalid', `${address}: longer than ${limit} bytes`);
      }
    }
    return { response, bytes: new Uint8Array(await new Blob(parts).arrayBuffer()) };
  } catch (thrown) {
    if (isCode((thrown as { code: unknown }).code)) throw thrown;
    throw failure(silent, `${address}: ${thrown}`);
  }
};

/** The publisher's document as it stands at its origin (spec section 7.1); the core reads it. */
export const publisherDocument = async (fetch: Fetch, publisher: string): Promise<Bytes> => {
  const address = `${publisher}/.well-known/farthing.json`;
  const { response, bytes } = await request(fetch, address, 'publisher_unreachable', { cache: 'no-cache' });
  if (response.ok) return bytes;
  throw failure(response.status < 500 ? 'publisher_unknown' : 'publisher_unreachable', `${address}: ${response.status}`);
};

const orderStates = ['quoted', 'settled', 'declined', 'expired', 'closed'] as const;
export type OrderState = (typeof orderStates)[number];

/** One issuer's answers, as text where the core reads them. Each call throws a FarthingError: a refusal, or silence. */
export class Issuer {
  constructor(readonly id: string, private readonly fetch: Fetch) {}

  private async ask(path: string, init?: RequestInit): Promise<Bytes> {
    const { response, bytes } = await request(this.fetch, this.id + path, 'issuer_unreachable', { cache: 'no-store', ...init });
    if (response.ok) return bytes;
    // A problem document becomes the error of its code; what is none, such as a proxy's page, is no decision (spec section 11).
    let problem: Record<string, unknown> = {};
    try {
      problem = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      // So it is none.
    }
    const { status, headers } = response;
    throw failure(
      isCode(problem?.code) ? problem.code : status < 500 ? 'answer_invalid' : 'issuer_unreachable', `${path}: ${status} ${problem?.detail ?? ''}`,
      { ...problem, retryAfter: Number(headers.get('retry-after')) },
    );
  }

  /** An answer as text; a POST if there is a body. For the calls of issuer_calls.ts. */
  async text(path: string, body?: string): Promise<string> {
    const bytes = await this.ask(path, body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw failure('answer_invalid', `${path}: not UTF-8`);
    }
  }

  /** Heads from number `from` on, page after page (spec section 10). */
  async heads(from: number): Promise<string[]> {
    const all: string[] = [];
    for (;;) {
      const { heads } = readStrict(await this.text(`/v1/manifests?from=${from + all.length}`), { heads: 'object' }, 'answer_invalid');
      if (!Array.isArray(heads) || heads.some((head) => typeof head !== 'string')) throw failure('answer_invalid', 'heads');
      all.push(...heads);
      if (heads.length < 200 || all.length > 9999) return all;
    }
  }

  /** The exact bytes of a body, by its hash. */
  body(hash: string): Promise<Bytes> {
    return this.ask(`/v1/manifests/bodies/${hash}`, { cache: 'default' });
  }

  async order(body: string): Promise<{ order: string; state: string; disclosure: string; checkout: string }> {
    return readStrict(await this.text('/v1/orders', body), { order: 'string', state: 'string', disclosure: 'string', checkout: 'string' }, 'answer_invalid');
  }

  async orderState(order: string): Promise<OrderState> {
    const { state } = readStrict(await this.text(`/v1/orders/${order}`), { state: 'string' }, 'answer_invalid');
    if (!orderStates.includes(state as OrderState)) throw failure('answer_invalid', state);
    return state as OrderState;
  }

  draw(order: string, body: string): Promise<string> {
    return this.text(`/v1/orders/${order}/draw`, body);
  }

  redeem(body: string): Promise<string> {
    return this.text('/v1/redemptions', body);
  }

  answer(body: string): Promise<string> {
    return this.text('/v1/answers', body);
  }
}
