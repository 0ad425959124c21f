/** The command line tool of publishers: `npx farthing`. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { Complaint, exits } from './complaint.js';
import { publisherCore } from './core.js';
import { doctor } from './doctor.js';
import { untilMoved } from './files.js';
import { help } from './help.js';
import { type Ask, init } from './init.js';
import { keys } from './keys.js';
import { didYouMean } from './nearest.js';
import { voice } from './progress.js';
import { seal } from './seal.js';
import { serve } from './serve.js';
import { type Flags, readSettings } from './settings.js';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;
const options = {
  keys: text, dir: text, out: text, config: text, origin: text, issuer: { type: 'string', multiple: true }, name: text, contact: text, currency: text,
  terms: text, days: text, base: text, selector: text, price: text, purse: yes, offline: yes, renew: yes, force: yes, json: yes, host: text, port: text, csp: text,
  help: { type: 'boolean', short: 'h' }, version: yes,
} as const;
const commands = ['init', 'seal', 'serve', 'doctor', 'keys', 'help'];
const usage = (message: string) => new Complaint(`${message}; see \`farthing --help\``, undefined, undefined, 'usage');

const read = () => {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const name = /'--?([^'=\s]+)/.exec(message)?.[1] ?? '';
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw usage(`there is no option \`--${name}\`${didYouMean(name, Object.keys(options), '--')}`);
    throw usage(message.split('. ')[0]!);
  }
};

const asking = (): { ask: Ask; end(): void } => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return { ask: async () => undefined, end() {} };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  lines.on('SIGINT', () => process.exit(130));
  // Ctrl-D, or the end of what was typed.
  lines.on('close', () => { if (!ended) { console.error('\nfarthing: nothing was written'); process.exit(130); } });
  let ended = false;
  return { ask: (question, usual) => lines.question(`${question}${usual.trim() ? ` [${usual}]` : ''} `), end: () => { ended = true; lines.close(); } };
};

const one = (place: string | undefined, more: string[], what: string): string => {
  if (place === undefined || more.length) throw usage(what);
  return place;
};

/** Where to show a site: at the origin it is sealed for, if that is on this machine, because only there it can be bought. */
const here = async (flags: Flags): Promise<{ host: string; port: number }> => {
  const origin = await readSettings(flags).then(({ publisher }) => new URL(publisher), () => undefined);
  // Not the port beside the issuer's usual one: its numbers are there.
  return origin?.protocol === 'http:' ? { host: origin.hostname.replace(/^\[|\]$/g, ''), port: Number(origin.port || 80) } : { host: '127.0.0.1', port: 8789 };
};

const say = (line: string) => console.log(line);

const run = async (): Promise<number> => {
  const { values, positionals: [command, place, ...more] } = read();
  if (values.version) {
    say(JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version);
    return 0;
  }
  if (values.help || command === undefined || command === 'help') {
    say(help);
    return values.help || command ? 0 : exits.usage;
  }
  if (!commands.includes(command)) throw usage(`there is no command \`${command}\`${didYouMean(command, commands)}`);
  const flags: Flags = { ...values, keys: values.keys ?? values.dir ?? values.out };
  const now = Math.floor(Date.now() / 1000);
  if ((command === 'keys' || command === 'init') && place !== undefined) throw usage(`${command} takes no \`${place}\``);
  if (command === 'keys') await keys(await publisherCore(), flags, say);
  else if (command === 'init') {
    const { ask, end } = asking();
    await init(await publisherCore(), flags, ask, now, say).finally(end);
  } else if (command === 'serve') {
    const usual = await here(flags);
    const port = Number(values.port ?? usual.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw usage(`--port ${values.port} is no port`);
    await serve(one(place, more, 'serve takes one folder: farthing serve SITE'), { host: values.host ?? usual.host, port, csp: values.csp }, say);
  } else if (command === 'doctor') {
    return doctor(await publisherCore(), one(place, more, 'doctor takes one address: farthing doctor https://your.site/article'), flags, now, { json: values.json === true, say, fetch });
  } else {
    const report = await seal(await publisherCore(), one(place, more, 'seal takes one folder: farthing seal SITE'), flags, now, values.json ? { say: (line) => console.error(line), step() {} } : voice(process.stdout, process.stderr));
    if (values.json) say(JSON.stringify(report));
  }
  return 0;
};

// What is half written beside the site is of no use to anybody; what moves into place is let finish.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => untilMoved().then(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
}

run().then((code) => (process.exitCode = code), (error: unknown) => {
  if (!(error instanceof Complaint)) console.error(error);
  else if (process.argv.includes('--json')) console.error(JSON.stringify({ code: error.code, message: error.message, file: error.file, line: error.line }));
  else console.error(`farthing: ${error.message}`);
  process.exitCode = error instanceof Complaint ? error.exit : 70;
});
