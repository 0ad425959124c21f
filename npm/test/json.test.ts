import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromB64u, readStrict } from '../src/json.js';

const shape = { order: 'string', state: 'string' } as const;
const read = (text: string) => readStrict(text, shape, 'answer_invalid');

test('an answer with exactly its members is read', () => {
  assert.deepEqual(read(' {"order": "a", "state": ""} \n'), { order: 'a', state: '' });
  assert.deepEqual(read('{"order": "\\"x\\": {", "state": "a:b"}'), { order: '"x": {', state: 'a:b' });
});

for (const [name, text] of Object.entries({
  'a member twice': '{"order":"a","order":"b","state":"c"}',
  'a member twice, once escaped': '{"order":"a","\\u006frder":"b","state":"c"}',
  'a member too many': '{"order":"a","state":"c","more":"d"}',
  'a member missing': '{"order":"a"}',
  'a member of another kind': '{"order":1,"state":"c"}',
  'null for a member': '{"order":null,"state":"c"}',
  'a list': '["order","state"]',
  'null': 'null',
  'a text cut off': '{"order":"a","sta',
  'something after it': '{"order":"a","state":"c"} x',
  'nothing': '',
  '__proto__ for a member': '{"__proto__":{"order":"a"},"state":"c"}',
})) {
  test(`${name} is refused`, () => {
    assert.throws(() => read(text), { code: 'answer_invalid' });
  });
}

test('a member twice deep inside is refused as well', () => {
  assert.throws(() => readStrict('{"wraps":[{"kid":"a","kid":"b"}]}', { wraps: 'object' }, 'malformed'), { code: 'malformed' });
});

test('base64url is read in one spelling only', () => {
  assert.deepEqual([...fromB64u('-_8', 'malformed')], [0xfb, 0xff]);
  assert.deepEqual([...fromB64u('', 'malformed')], []);
  for (const wrong of ['+/8', '-_8=', '-_9', 'A', 'AB', 'A A', 'AA\n', 'é']) assert.throws(() => fromB64u(wrong, 'malformed'), { code: 'malformed' }, wrong);
});
