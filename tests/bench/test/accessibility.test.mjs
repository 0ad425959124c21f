// An article page as Lighthouse sees it: nothing less than 100 for accessibility.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { Newspaper } from '../../harness/newspaper.mjs';

const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

let paper;
let chromium;
before(async () => {
  paper = await Newspaper.open();
  chromium = await launch({ chromePath: process.env.FARTHING_CHROMIUM ?? '/usr/bin/chromium', chromeFlags: FLAGS });
});
after(async () => { await chromium?.kill(); await paper?.close(); });

for (const form of ['mobile', 'desktop']) {
  test(`an article page has 100 for accessibility, ${form}`, async () => {
    const { path } = paper.at('0.20');
    const { lhr } = await lighthouse(paper.origin + path, {
      port: chromium.port, onlyCategories: ['accessibility'], formFactor: form, logLevel: 'error',
      screenEmulation: form === 'mobile' ? undefined : { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
    });
    assert.equal(lhr.runtimeError, undefined);
    const faults = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 1).map(({ id, details }) => `${id}: ${JSON.stringify(details?.items?.map(({ node }) => node?.snippet))}`);
    assert.equal(lhr.categories.accessibility.score, 1, faults.join('\n'));
  });
}
