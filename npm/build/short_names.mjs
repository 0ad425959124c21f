// Between the generated script and the WebAssembly file stand some fifty import names, each with a hash of 16 digits that no
// compression can shorten, and as many exports that are called in one place. They are given short names on both sides, which saves
// every reader more than a kilobyte.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const leb = (bytes, at) => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
};
const toLeb = (value) => {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
};

/** The end of an import's description: what kind it is and of which type. */
const skipDescription = (bytes, at) => {
  const kind = bytes[at++];
  const limits = () => {
    const flags = bytes[at++];
    [, at] = leb(bytes, at);
    if (flags & 1) [, at] = leb(bytes, at);
  };
  if (kind === 0) [, at] = leb(bytes, at);
  else if (kind === 1) (at++, limits());
  else if (kind === 2) limits();
  else if (kind === 3) at += 2;
  else if (kind === 4) (at++, ([, at] = leb(bytes, at)));
  else throw new Error(`an import of unknown kind ${kind}`);
  return at;
};

const shortenImports = (section, shorten) => {
  const out = [];
  let [count, at] = leb(section, 0);
  out.push(...toLeb(count));
  for (; count > 0; count--) {
    let length;
    [length, at] = leb(section, at);
    const module = section.subarray(at, (at += length));
    [length, at] = leb(section, at);
    const name = encoder.encode(shorten(decoder.decode(section.subarray(at, (at += length)))));
    const start = at;
    at = skipDescription(section, at);
    out.push(...toLeb(module.length), ...module, ...toLeb(name.length), ...name, ...section.subarray(start, at));
  }
  return Uint8Array.from(out);
};

const shortenExports = (section, shorten) => {
  const out = [];
  let [count, at] = leb(section, 0);
  out.push(...toLeb(count));
  for (; count > 0; count--) {
    let length;
    [length, at] = leb(section, at);
    const name = encoder.encode(shorten(decoder.decode(section.subarray(at, (at += length)))));
    const start = at++;
    [, at] = leb(section, at);
    out.push(...toLeb(name.length), ...name, ...section.subarray(start, at));
  }
  return Uint8Array.from(out);
};

/** Both sides with short names. Fails if a name is in one of them only. */
export const shortNames = (script, wasm) => {
  const names = new Map();
  const shorten = (name) => {
    if (!/_[0-9a-f]{16}$/.test(name)) return name;
    if (!names.has(name)) names.set(name, `$${names.size.toString(36)}`);
    return names.get(name);
  };
  let text = script;
  let exported = 0;
  // The memory and what wasm-bindgen itself calls keep the names by which build.mjs knows them.
  const shortenExport = (name) => {
    if (/^(memory$|__wbindgen_)/.test(name)) return name;
    const called = new RegExp(`\\bwasm\\.${name}\\b`, 'g');
    if (!called.test(text)) return name;
    const short = `$${(exported++).toString(36)}`;
    text = text.replace(called, () => `wasm.${short}`);
    return short;
  };
  const parts = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at++];
    let length;
    [length, at] = leb(wasm, at);
    let section = wasm.subarray(at, (at += length));
    if (id === 2) section = shortenImports(section, shorten);
    if (id === 7) section = shortenExports(section, shortenExport);
    parts.push(Uint8Array.of(id, ...toLeb(section.length)), section);
  }
  for (const [name, short] of names) {
    const [before, after, ...more] = text.split(new RegExp(`\\b${name}\\b`));
    if (after === undefined || more.length > 0) throw new Error(`the generated script names \`${name}\` not exactly once`);
    text = before + short + after;
  }
  if (names.size === 0 || exported === 0) throw new Error('the WebAssembly file has no names to shorten: is it one of wasm-bindgen’s?');
  return { script: text, wasm: Buffer.concat(parts) };
};
