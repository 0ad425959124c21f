/** What is wrong with a site or its settings, said to the publisher with file and line; ends the tool with 1. */
export class Complaint extends Error {
  constructor(message: string, readonly file?: string, readonly line?: number) {
    super([file && (line ? `${file}:${line}` : file), message].filter(Boolean).join(': '));
  }
}

export const lineOf = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};
