// What has to be true of an example, whichever generator built it: sealed, sellable, and readable by a buyer in a real browser.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Issuer } from '../../harness/issuer.mjs';
import { Site } from '../../harness/site.mjs';
import { fund, isOpen, launch, pay, Reader } from '../../e2e/harness/reader.mjs';
import { everything } from './workshop.mjs';

export const last = 'Trusts sold the right to collect by auction, and whoever won it had a year to earn the price back.';
const secrets = ['The keeper was paid by the wheel', 'Trusts sold the right', 'M10 10v45M110 10v45'];

/** `build` is the generator's command, `out` the folder it writes, `article` the file of the article and `path` its address. */
export async function sellsAndReads(workshop, name, { build, out, article, path }) {
  const [site, issuer, browser] = [await Site.listen(), await Issuer.start(), await launch()];
  try {
    const folder = await workshop.example(name);
    await workshop.shell(`npx farthing init --origin ${site.origin} --issuer ${issuer.origin} --name "The gatehouse"`, folder);
    const said = await workshop.shell(build, folder);
    assert.match(said, /Sealed 1 article, \d+ words.*1 file sealed with them; no sealed text is left in the clear/);
    const whole = await everything(join(folder, out));
    for (const secret of secrets) assert.ok(!whole.includes(secret), secret);
    const page = await readFile(join(folder, out, article), 'utf8');
    assert.match(page, /mended by whoever used them[\s\S]*<farthing-paywall class="farthing-sealed" purse>/);
    assert.match(page, /"isAccessibleForFree":false/);
    const before = page;
    await workshop.shell(build, folder);
    assert.equal(await readFile(join(folder, out, article), 'utf8'), before, 'built again, it keeps its bytes');

    site.folder = join(folder, out);
    await issuer.addPublisher(site.origin);
    const reader = await Reader.sit(browser, { origin: site.origin });
    const tab = await fund(reader, { path });
    await pay(tab).click();
    await isOpen(tab, { path, last });
    const image = tab.locator('article img');
    assert.match(await image.getAttribute('src'), /^blob:/);
    await tab.waitForFunction(() => document.querySelector('article img').naturalWidth > 0);
    await tab.reload();
    await isOpen(tab, { path, last });
    assert.deepEqual(reader.said.filter((line) => !line.includes('/favicon.ico')), []);
    await reader.leave();

    // A text that cannot be sold stops the build, so that nothing readable is published.
    await rm(join(folder, out), { recursive: true });
    await writeFile(join(folder, 'farthing.json'), '{"publisher": "nowhere"}');
    await assert.rejects(workshop.shell(build, folder), /`publisher` has to be the site/);
  } finally {
    await browser.close();
    await issuer.stop();
    await site.close();
  }
}
