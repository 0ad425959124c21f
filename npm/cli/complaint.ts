/** What is wrong, said to the publisher with file and line; ends the tool. */

/** Stable; scripts may rely on them. */
export type ComplaintCode = 'site_invalid' | 'text_leaks' | 'checks_failed' | 'usage' | 'unreachable' | 'busy' | 'disk';

/** 1: something of the publisher's to put right. 3 and 4: try again later. */
export const exits: Record<ComplaintCode, number> = { site_invalid: 1, text_leaks: 1, checks_failed: 1, usage: 2, unreachable: 3, busy: 4, disk: 5 };

export class Complaint extends Error {
  constructor(message: string, readonly file?: string, readonly line?: number, readonly code: ComplaintCode = 'site_invalid') {
    super([file && (line ? `${file}:${line}` : file), message].filter(Boolean).join(': '));
  }

  get exit(): number {
    return exits[this.code];
  }
}

const refused = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENOTDIR', 'EISDIR']);

/** A refusal of the file system becomes a complaint; anything else is a mistake of ours and stays what it is. */
export const ofDisk = (thrown: unknown): unknown => {
  const { code, path, message } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof Complaint || !code || !refused.has(code)) return thrown;
  const why = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? 'there is no room to write' : 'the file system refuses';
  return new Complaint(`${why} (${message}); nothing of the site was changed`, path, undefined, 'disk');
};

export const lineOf = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};
