// The sandbox payment provider's page, used as a person with a browser and no script would: read it, press a button.

/** Presses the button whose words match; follows the redirect to where the page sends the reader. */
export async function press(checkout, words) {
  const page = await fetch(checkout);
  const html = await page.text();
  if (!page.ok) throw new Error(`checkout ${page.status}: ${html.slice(0, 200)}`);
  for (const [, attributes, inside] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)) {
    for (const [, of, label] of inside.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)) {
      if (!words.test(label)) continue;
      const fields = new URLSearchParams();
      for (const [input] of inside.matchAll(/<input\b[^>]*>/gi)) {
        if (value(input, 'name')) fields.append(value(input, 'name'), value(input, 'value') ?? '');
      }
      if (value(of, 'name')) fields.append(value(of, 'name'), value(of, 'value') ?? '');
      const action = value(of, 'formaction') ?? value(attributes, 'action') ?? '';
      const answer = await fetch(new URL(action, checkout), {
        method: (value(attributes, 'method') ?? 'get').toUpperCase(), body: fields, redirect: 'manual',
        headers: { origin: new URL(checkout).origin },
      });
      if (answer.status >= 400) throw new Error(`checkout form ${answer.status}: ${await answer.text()}`);
      return;
    }
  }
  throw new Error(`no button ${words} on the checkout page:\n${html}`);
}

function value(tag, name) {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  const raw = found && (found[1] ?? found[2] ?? found[3]);
  return raw?.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
}
