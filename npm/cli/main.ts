/** The command line tool of publishers: `npx farthing`. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Complaint } from './complaint.js';
import { publisherCore } from './core.js';
import { keys } from './keys.js';
import { seal } from './seal.js';

const help = `farthing: seal articles of a static site, sell them one by one

  farthing keys [--dir FOLDER] [--origin ORIGIN --issuer ORIGIN --name NAME]
      makes the key that signs your offers, in FOLDER (.farthing), outside of the site
  farthing seal SITE
      seals every <article data-farthing-price="0.20 EUR"> in the built site's folder

Settings stand in farthing.json (in the folder of keys, or here); flags go first:
  --keys, --dir, --out FOLDER  the folder of keys; never published
  --config FILE                another farthing.json
  --origin ORIGIN              your site, such as https://post.example
  --issuer ORIGIN              an issuer you accept; may be given again
  --name TEXT, --contact TEXT  who you are
  --currency CODE              for farthing.json; prices name their own
  --terms FILE                 your terms; their hash stands in each offer
  --days N                     how long an offer holds (365, at most 400)
  --base PATH                  where the folder stands on the origin (/)

In a page, inside of the marked element:
  data-farthing-cut            on an element: what follows is sealed (else: what follows the second paragraph)
beside data-farthing-price:
  data-farthing-version, data-farthing-access="30d", data-farthing-refund="24h"
`;

const options = {
  keys: { type: 'string' }, dir: { type: 'string' }, out: { type: 'string' }, config: { type: 'string' }, origin: { type: 'string' },
  issuer: { type: 'string', multiple: true }, name: { type: 'string' }, contact: { type: 'string' }, currency: { type: 'string' },
  terms: { type: 'string' }, days: { type: 'string' }, base: { type: 'string' }, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' },
} as const;

const run = async (): Promise<number> => {
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Complaint(`${(error as Error).message}; see \`farthing --help\``);
  }
  const { values, positionals: [command, site, ...more] } = parsed;
  if (values.version) {
    console.log(JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version);
    return 0;
  }
  if (values.help || command === undefined || command === 'help') {
    console.log(help);
    return values.help || command ? 0 : 1;
  }
  const flags = { ...values, keys: values.keys ?? values.dir ?? values.out };
  const say = (line: string) => console.log(line);
  if (command === 'keys' && site === undefined) await keys(await publisherCore(), flags, say);
  else if (command === 'seal' && site !== undefined && more.length === 0) await seal(await publisherCore(), site, flags, Math.floor(Date.now() / 1000), say);
  else throw new Complaint(command === 'seal' ? 'seal takes one folder: farthing seal SITE' : `there is no \`${[command, site].filter(Boolean).join(' ')}\`; see \`farthing --help\``);
  return 0;
};

run().then((code) => (process.exitCode = code), (error: unknown) => {
  console.error(error instanceof Complaint ? `farthing: ${error.message}` : error);
  process.exitCode = 1;
});
