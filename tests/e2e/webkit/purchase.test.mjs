// One purchase in WebKit, the relative of Safari's engine that runs here: load, buy, read, come back, come back without the issuer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { By } from 'selenium-webdriver';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { launch } from './driver.mjs';

const PATIENCE = 30_000;

test('load, unlock, read, reload, and reload without the issuer', async () => {
  const paper = await Newspaper.open();
  let browser;
  try {
    browser = await launch();
    const { driver } = browser;
    const article = paper.at('0.20');
    /** Presses the panel's button with these words; this driver's pointer and keys do not reach into a shadow, so the page does. */
    const press = (words) => driver.wait(() => driver.executeScript((source) => {
      const buttons = [...(document.querySelector('farthing-paywall')?.shadowRoot?.querySelectorAll('button') ?? [])];
      const button = buttons.find((one) => new RegExp(source).test(one.textContent));
      button?.click();
      return Boolean(button);
    }, words.source), PATIENCE, `no button ${words}`).catch(async (error) => {
      throw new Error(`${error.message}: ${await driver.executeScript(() => document.querySelector('farthing-paywall').shadowRoot.textContent)}`);
    });
    const says = (words) => driver.wait(
      async () => words.test(await driver.executeScript(() => document.querySelector('farthing-paywall')?.shadowRoot?.querySelector('.status')?.textContent ?? '')), PATIENCE, `never says ${words}`,
    );
    const isOpen = () => driver.wait(
      async () => (await driver.executeScript(() => document.querySelector('article').innerText)).replace(/\s+/g, ' ').includes(article.last.replace(/\s+/g, ' ').slice(0, 60)),
      PATIENCE, 'the end of the article is not in the page',
    );

    await driver.get(paper.origin + article.path);
    await press(/^Pay .* and read/);
    await press(/^Add .*2/);
    await driver.wait(async () => /checkout/.test(await driver.getCurrentUrl()), PATIENCE, 'no checkout');
    await driver.wait(async () => {
      for (const one of await driver.findElements(By.css('button'))) if (/approve|^pay/i.test(await one.getText())) return one.click().then(() => true);
      return false;
    }, PATIENCE, 'nothing to approve');
    await driver.wait(async () => (await driver.getCurrentUrl()) === paper.origin + article.path, PATIENCE, 'no way back').catch(async (error) => { throw new Error(`${error.message}: ${await driver.getCurrentUrl()} ${await driver.executeScript(() => document.body.innerText)}`); });
    await says(/arrived/);
    await press(/^Pay .* and read/);
    await isOpen();
    await driver.navigate().refresh();
    await isOpen();
    await paper.issuer.pause();
    await driver.navigate().refresh();
    await isOpen();
    const buttons = await driver.executeScript(() => document.querySelector('farthing-paywall').shadowRoot.querySelectorAll('button').length);
    assert.equal(buttons, 0, 'what is owned is not offered for sale');
    await paper.issuer.serve();
    await balanced(paper);
  } finally {
    await browser?.close();
    await paper.close();
  }
});
