import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mint } from '../src/mint.js';
import { Browser, kindOf, openShop, origin, type Shop } from './reader.js';

interface Answer { evaluations: { keyset: string; evaluated: string[]; proof: string }[] }

/** The next answer to a draw arrives changed. */
const garble = ({ issuer }: Shop, change: (answer: string) => string): void => {
  issuer.before = (path, body) => {
    if (!path.endsWith('/draw')) return undefined;
    issuer.before = () => undefined;
    return new Response(new ReadableStream({
      async start(controller) {
        const answer = await (await issuer.fetch(issuer.id + path, { body })).text();
        controller.enqueue(new TextEncoder().encode(change(answer)));
        controller.close();
      },
    }));
  };
};
const object = (change: (evaluations: Answer['evaluations']) => Answer['evaluations']) => (text: string): string =>
  JSON.stringify({ evaluations: change((JSON.parse(text) as Answer).evaluations) });

for (const [name, change, code] of [
  ['leaves a keyset out', object((all) => all.slice(1)), 'answer_invalid'],
  ['has one keyset twice', object(([first, ...rest]) => [first!, ...rest, first!]), 'answer_invalid'],
  ['has one keyset in place of another', object(([first, , ...rest]) => [first!, first!, ...rest]), 'answer_invalid'],
  ['has the keysets in another order', object((all) => all.reverse()), 'answer_invalid'],
  ['has a coin too few', object(([first, ...rest]) => [{ ...first!, evaluated: first!.evaluated.slice(1) }, ...rest]), 'answer_invalid'],
  ['proves another keyset', object(([first, second, ...rest]) => [{ ...first!, proof: second!.proof }, second!, ...rest]), 'proof_invalid'],
  ['fails in the last proof', object((all) => [...all.slice(0, -1), { ...all.at(-1)!, proof: all[0]!.proof }]), 'proof_invalid'],
  ['says a member twice', (text: string) => text.replace('{', '{"evaluations":[],'), 'answer_invalid'],
  ['says a member too many in one of them', (text: string) => text.replace('"proof"', '"more":"","proof"'), 'answer_invalid'],
] as const) {
  test(`money that arrives with an answer that ${name}: no coin is kept, and the honest answer brings all of them`, async () => {
    const shop = await openShop();
    const sealed = shop.seal();
    const browser = new Browser(shop);
    const page = await browser.visit(sealed);
    const load = await page.load(2_000_000, origin);
    assert.ok(load.kind === 'checkout');
    shop.issuer.settle(load.order);
    garble(shop, change);
    await assert.rejects((async () => {
      const [first] = await page.collect();
      if (first?.state === 'collected') throw new Error('collected');
    })(), { code });
    assert.deepEqual(await kindOf(browser, 'tokens'), []);
    assert.deepEqual((await page.collect()).map(({ state }) => state), ['collected']);
    assert.deepEqual((await page.balance()).map(({ amount }) => amount), [2_000_000]);
  });
}

test('coins are made keyset by keyset, with the page’s other work in between', async () => {
  const seen: string[][] = [];
  let between = 0;
  const elements = ['a', 'b', 'a', 'c', 'b'].map((keyset) => ({ keyset, blinded: '' }));
  const timer = setInterval(() => { between += 1; }, 0);
  const finishDraw = (_: unknown, __: unknown, request: string): never[] => {
    seen.push((JSON.parse(request) as { elements: { keyset: string }[] }).elements.map(({ keyset }) => keyset));
    const end = performance.now() + 5;
    while (performance.now() < end);
    return [];
  };
  const response = JSON.stringify({ evaluations: ['a', 'b', 'c'].map((keyset) => ({ keyset })) });
  await mint({ finishDraw }, {} as never, new Uint8Array(), { request: JSON.stringify({ elements }), counters: {} }, response);
  clearInterval(timer);
  assert.deepEqual(seen, [['a', 'a'], ['b', 'b'], ['c']]);
  assert.ok(between >= 2, 'other work came in between');
});
