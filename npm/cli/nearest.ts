/** Which of the known names somebody probably meant. */

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
};

/** The nearest name, or `undefined` if none is near. */
export const nearest = (given: string, known: readonly string[]): string | undefined => {
  const [best] = known.map((name) => ({ name, far: distance(given.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(given.length > 3 ? 2 : 1, Math.floor(given.length / 3)) ? best.name : undefined;
};

/** “; did you mean `x`?”, or nothing. */
export const didYouMean = (given: string, known: readonly string[], prefix = ''): string => {
  const name = nearest(given, known);
  return name === undefined ? '' : `; did you mean \`${prefix}${name}\`?`;
};
