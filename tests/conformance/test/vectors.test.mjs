// The static vectors of tests/vectors, answered by this client.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { checks, single } from '../client/checks.mjs';
import { Refused } from '../client/strict.mjs';

const FOLDER = fileURLToPath(new URL('../../vectors/v1/', import.meta.url));
const folders = readdirSync(FOLDER);

test('every check is known, and every folder has an accepted vector', () => {
  assert.deepEqual(folders.sort(), Object.keys(checks).sort());
  for (const folder of folders) {
    assert.ok(readdirSync(FOLDER + folder).some((name) => name.startsWith('good_')), folder);
  }
});

for (const folder of folders) {
  test(`vectors: ${folder}`, async (context) => {
    for (const name of readdirSync(FOLDER + folder)) {
      await context.test(name, async () => {
        const { check, input, expect } = JSON.parse(readFileSync(`${FOLDER}${folder}/${name}`, 'utf8'));
        assert.equal(check, folder);
        if (!('refused' in expect)) {
          const found = (await checks[check](input)) ?? {};
          for (const [member, value] of Object.entries(expect)) assert.deepEqual(found[member], value, member);
          return;
        }
        for (const one of single(check, input)) {
          await assert.rejects(async () => checks[check](one), (error) => {
            assert.ok(error instanceof Refused, error.stack);
            assert.equal(error.code, expect.refused, error.message);
            return true;
          }, JSON.stringify(one).slice(0, 200));
        }
      });
    }
  });
}
