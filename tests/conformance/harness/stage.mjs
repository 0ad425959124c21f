// An issuer, a publisher it knows and a wallet with money: where every test against a running issuer begins.
import { randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { Http } from '../client/http.mjs';
import { walk } from '../client/manifest.mjs';
import { Publisher } from '../client/publisher.mjs';
import { Wallet, checkDisclosure } from '../client/wallet.mjs';
import { press } from '../../harness/checkout.mjs';
import { Issuer, serveDocument } from '../../harness/issuer.mjs';

export const now = () => Math.floor(Date.now() / 1000);

export class Stage {
  static async set(before) {
    const issuer = await Issuer.start(before);
    let publisher;
    const site = await serveDocument(() => publisher.document());
    publisher = new Publisher(site.origin, [issuer.origin]);
    const stage = new Stage();
    Object.assign(stage, { issuer, site, publisher, claims: 0, resources: 0 });
    stage.http = new Http(issuer.origin, site.origin);
    stage.jwks = jose.createLocalJWKSet(await stage.http.get('/.well-known/jwks.json'));
    stage.manifest = await walk(stage.http, issuer.origin, null, now());
    await issuer.addPublisher(site.origin);
    stage.wallet = new Wallet({
      http: stage.http, issuer: issuer.origin, manifest: stage.manifest, seed: new Uint8Array(randomBytes(32)), now,
    });
    return stage;
  }

  async strike() {
    await this.site.close();
    await this.issuer.stop();
  }

  /** Orders, pays and gives what a draw needs to know. */
  async load(amount, button = /approve|pay/i) {
    const claim = this.claims;
    this.claims += 1;
    const order = await this.http.post('/v1/orders', this.wallet.orderRequest(claim, 'EUR', amount));
    const disclosure = await checkDisclosure(order.disclosure, this.jwks, this.issuer.origin, { order: order.order, currency: 'EUR', amount });
    if (button) await press(order.checkout, button);
    return { claim, order, disclosure };
  }

  async draw(claim, pouch, mix) {
    const { coins, request } = this.wallet.drawRequest(claim, pouch, mix);
    const answer = await this.http.post(`/v1/orders/${this.wallet.orderId(claim)}/draw`, request);
    return this.wallet.keep(coins, answer);
  }

  /** The smallest pouch there is, paid and drawn. */
  async fund() {
    const [{ mix, amount }] = this.manifest.currencies.find((each) => each.currency === 'EUR').mixes;
    const { claim } = await this.load(amount);
    return this.draw(claim, 0, mix);
  }

  article(options = {}) {
    this.resources += 1;
    return this.publisher.article(this.manifest, {
      resource: `/letters/${this.resources}`, html: `<p>Letter ${this.resources}: paid by the penny.</p>`, amount: 20_000, now: now(), ...options,
    });
  }

  async buy(article) {
    const attempt = this.wallet.redemption(article);
    const body = JSON.stringify(attempt.request);
    const answer = await this.http.text('/v1/redemptions', { method: 'POST', body });
    return { attempt, body, answer, bought: await this.wallet.finish(attempt, article.claims, JSON.parse(answer)) };
  }

  balance() {
    return this.wallet.tokens.reduce((sum, token) => sum + token.amount, 0);
  }
}
