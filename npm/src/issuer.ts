/** HTTP to an issuer and to publishers' documents (spec section 10): no cookies, no referrer, bounded in size and time. */
import { type Code, failure, type FarthingError, isCode, type RefusalMembers } from './errors.js';
import { readStrict } from './json.js';

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

const responseLimit = 262_144;
const patience = 20_000;

/** After these the outcome is not known, or nothing was decided: repeat the same bytes (spec R28). */
const undecided = new Set<Code>([
  'issuer_unreachable', 'answer_invalid', 'internal', 'unavailable', 'rate_limited', 'timeout',
]);
export const isUndecided = (code: Code): boolean => undecided.has(code);

const readBounded = async (response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> => {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part; reader && !(part = await reader.read()).done; ) {
    length += part.value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw failure('answer_invalid', `the answer is longer than ${limit} bytes`);
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw failure('answer_invalid', 'the answer is not UTF-8');
  }
};

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.filter(Number.isSafeInteger) : []);

/** A problem document becomes the error of its code; what is none is no decision (spec section 11). */
const refusal = (response: Response, text: string): FarthingError => {
  let problem: Record<string, unknown> = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    // A proxy's page, not the issuer's word.
  }
  const { code, detail, spent, elements, index } = problem;
  const retryAfter = Number(response.headers.get('retry-after'));
  const members: RefusalMembers = {
    ...(spent !== undefined && { spent: numbers(spent) }),
    ...(elements !== undefined && { elements: numbers(elements) }),
    ...(Number.isSafeInteger(index) && { index: index as number }),
    ...(retryAfter > 0 && { retryAfter }),
  };
  if (isCode(code)) return failure(code, typeof detail === 'string' ? detail : `HTTP ${response.status}`, members);
  return response.status < 500
    ? failure('answer_invalid', `HTTP ${response.status} without a known code`, members)
    : failure('issuer_unreachable', `HTTP ${response.status}`, members);
};

export const request = async (
  fetch: Fetch, address: string, silent: Code, init: RequestInit = {}, limit = responseLimit,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; response: Response }> => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(address, {
      mode: 'cors', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', signal: stop.signal, ...init,
    });
    return { response, bytes: await readBounded(response, limit) };
  } catch (thrown) {
    const { name, message } = thrown as Error;
    if (isCode((thrown as FarthingError).code)) throw thrown;
    throw failure(silent, stop.signal.aborted ? `no answer from ${address} within ${patience / 1000} s` : `${address}: ${name}: ${message}`);
  } finally {
    clearTimeout(timer);
  }
};

/** The publisher's document as it stands at its origin (spec section 7.1); the core reads it. */
export const publisherDocument = async (fetch: Fetch, publisher: string): Promise<Uint8Array<ArrayBuffer>> => {
  const address = `${publisher}/.well-known/farthing.json`;
  const { response, bytes } = await request(fetch, address, 'publisher_unreachable', { cache: 'no-cache' });
  if (response.ok) return bytes;
  throw response.status < 500
    ? failure('publisher_unknown', `${address} answers ${response.status}`)
    : failure('publisher_unreachable', `${address} answers ${response.status}`);
};

export type OrderState = 'quoted' | 'settled' | 'declined' | 'expired' | 'closed';
const orderStates: readonly string[] = ['quoted', 'settled', 'declined', 'expired', 'closed'] satisfies OrderState[];

/** One issuer's answers, as text where the core reads them. Each call throws a FarthingError: a refusal, or silence. */
export class Issuer {
  constructor(readonly id: string, private readonly fetch: Fetch) {}

  private async ask(path: string, init: RequestInit = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { response, bytes } = await request(this.fetch, this.id + path, 'issuer_unreachable', { cache: 'no-store', ...init });
    if (!response.ok) throw refusal(response, new TextDecoder().decode(bytes));
    return bytes;
  }

  private async post(path: string, body: string): Promise<string> {
    return decode(await this.ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }));
  }

  /** Heads from number `from` on, page after page (spec section 10). */
  async heads(from: number): Promise<string[]> {
    const all: string[] = [];
    for (;;) {
      const { heads } = readStrict(decode(await this.ask(`/v1/manifests?from=${from + all.length}`)), { heads: 'object' }, 'answer_invalid');
      if (!Array.isArray(heads) || heads.some((head) => typeof head !== 'string')) throw failure('answer_invalid', 'heads are not texts');
      all.push(...(heads as string[]));
      if (heads.length < 200) return all;
    }
  }

  /** The exact bytes of a body, by its hash. */
  body(hash: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.ask(`/v1/manifests/bodies/${hash}`, { cache: 'default' });
  }

  async order(body: string): Promise<{ order: string; state: string; disclosure: string; checkout: string }> {
    return readStrict(
      await this.post('/v1/orders', body),
      { order: 'string', state: 'string', disclosure: 'string', checkout: 'string' },
      'answer_invalid',
    );
  }

  async orderState(order: string): Promise<OrderState> {
    const { state } = readStrict(decode(await this.ask(`/v1/orders/${order}`)), { state: 'string' }, 'answer_invalid');
    if (!orderStates.includes(state)) throw failure('answer_invalid', `unknown order state \`${state}\``);
    return state as OrderState;
  }

  draw(order: string, body: string): Promise<string> {
    return this.post(`/v1/orders/${order}/draw`, body);
  }

  redeem(body: string): Promise<string> {
    return this.post('/v1/redemptions', body);
  }

  answer(body: string): Promise<string> {
    return this.post('/v1/answers', body);
  }
}
