// Section 10, as a browser on a publisher's page would speak it.
import { exact } from './bytes.mjs';

export class Refusal extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.code}: ${problem.detail ?? problem.title}`);
    Object.assign(this, { status, problem, code: problem.code });
  }
}

export class Http {
  constructor(base, origin) {
    this.base = base;
    this.origin = origin;
  }

  async send(path, { method = 'GET', body, headers = {} } = {}) {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const origin = this.origin ? { origin: this.origin } : {};
    const response = await fetch(new URL(path, this.base), {
      method, headers: { ...type, ...origin, ...headers }, redirect: 'manual',
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const raw = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, raw, string: Buffer.from(raw).toString('utf8') };
  }

  /** The body of an answer that is no refusal, as text. */
  async text(path, options) {
    const answer = await this.send(path, options);
    if (answer.status >= 400) throw refusal(answer);
    return answer.string;
  }

  async get(path) {
    return JSON.parse(await this.text(path));
  }

  async post(path, body) {
    return JSON.parse(await this.text(path, { method: 'POST', body }));
  }

  async bytes(path) {
    const answer = await this.send(path);
    if (answer.status >= 400) throw refusal(answer);
    return answer.raw;
  }
}

/** Section 11: a problem document, with what every one of them has. */
export function refusal({ status, headers, string }) {
  if (headers.get('content-type') !== 'application/problem+json') {
    return new Error(`${status} without a problem document: ${headers.get('content-type')} ${string.slice(0, 200)}`);
  }
  const problem = JSON.parse(string);
  const { type, title, status: said, code } = problem;
  exact({ type, title, status: said, code }, 'type', 'title', 'status', 'code');
  if (said !== status) return new Error(`status ${status}, problem says ${said}`);
  if (type !== `https://farthing.example/problems/${code}`) return new Error(`type ${type} of ${code}`);
  if (!title) return new Error(`no title for ${code}`);
  return new Refusal(status, problem);
}
