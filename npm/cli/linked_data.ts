/** Structured data that tells search engines which part of a page is not free, written and checked. */

export const sealedClass = 'farthing-sealed';

type Thing = Record<string, unknown>;

/** The types for which a search engine reads these marks (schema.org CreativeWork that can be paywalled). */
const sold = /^(?:https?:\/\/schema\.org\/)?(?:\w*Article|\w*Posting|Blog|Comment|Course|HowTo|Message|Review|WebPage|Report)$/;
const preferred = /(?:Article|Posting|Report)$/;

const typesOf = (thing: Thing): string[] => [thing['@type']].flat().filter((type): type is string => typeof type === 'string');
const isThing = (value: unknown): value is Thing => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The things of a block: itself, a list, or a graph. */
const things = (data: unknown): Thing[] =>
  Array.isArray(data) ? data.flatMap(things) : isThing(data) ? [data, ...(Array.isArray(data['@graph']) ? data['@graph'].flatMap(things) : [])] : [];

const marks = { isAccessibleForFree: false, hasPart: { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: `.${sealedClass}` } };

/** A block of a page with the marks put in, or `undefined` if it speaks of no article. */
export const marked = (text: string): unknown => {
  try {
    const data: unknown = JSON.parse(text);
    const article = things(data).find((thing) => typesOf(thing).some((type) => preferred.test(type)));
    if (article) Object.assign(article, marks);
    return article && data;
  } catch {
    return undefined; // Not ours to mend.
  }
};

export const freshData = (headline: string): object => ({ '@context': 'https://schema.org', '@type': 'Article', headline, ...marks });

/** What a search engine would not accept in the blocks of a sealed page; `classes` are those of the page's elements. */
export const complaints = (blocks: readonly string[], classes: ReadonlySet<string>): string[] => {
  const parsed: unknown[] = [];
  const wrong: string[] = [];
  for (const text of blocks) {
    try {
      parsed.push(JSON.parse(text));
    } catch {
      wrong.push('a block of JSON-LD is not JSON');
    }
  }
  const all = things(parsed);
  const paid = all.filter((thing) => thing.isAccessibleForFree !== undefined && typesOf(thing).some((type) => sold.test(type)));
  if (!all.some((thing) => typeof thing['@context'] === 'string' || isThing(thing['@context']))) wrong.push('no block of JSON-LD has an @context');
  if (paid.length === 0) return [...wrong, 'no article in JSON-LD says `isAccessibleForFree`'];
  for (const thing of paid) {
    const name = typesOf(thing)[0];
    if (thing.isAccessibleForFree !== false) wrong.push(`${name} has to say \`"isAccessibleForFree": false\`, a boolean`);
    const parts = [thing.hasPart].flat().filter(isThing);
    if (parts.length === 0) wrong.push(`${name} has no \`hasPart\` that names the sealed part`);
    for (const part of parts) {
      const selector = part.cssSelector;
      if (!typesOf(part).includes('WebPageElement')) wrong.push('`hasPart` has to be a WebPageElement');
      if (part.isAccessibleForFree !== false) wrong.push('`hasPart` has to say `"isAccessibleForFree": false`');
      if (typeof selector !== 'string' || !/^\.[\w-]+$/.test(selector)) wrong.push('`cssSelector` has to be one class, such as `.farthing-sealed`');
      else if (!classes.has(selector.slice(1))) wrong.push(`\`cssSelector\` ${selector} matches nothing in the page`);
    }
  }
  return wrong;
};
