/** What the tool says while it works: a bar at a terminal, plain lines everywhere else. */

export interface Voice {
  say(line: string): void;
  /** So many of so many are done; nothing is kept of it. */
  step(done: number, of: number, what: string): void;
}

export const quiet: Voice = { say: () => {}, step: () => {} };

interface Terminal { isTTY?: boolean; columns?: number; write(text: string): unknown }

export const voice = (out: { write(text: string): unknown }, terminal: Terminal): Voice => {
  const clear = terminal.isTTY ? () => terminal.write('\r\u001b[K') : () => {};
  return {
    say(line) {
      clear();
      out.write(`${line}\n`);
    },
    step(done, of, what) {
      if (!terminal.isTTY) return;
      const width = 24;
      const full = Math.round((done / Math.max(of, 1)) * width);
      const text = `${'█'.repeat(full)}${'░'.repeat(width - full)} ${done}/${of} ${what}`;
      terminal.write(`\r\u001b[K${[...text].slice(0, (terminal.columns ?? 80) - 1).join('')}`);
      if (done >= of) clear();
    },
  };
};
