/** Where a reader stood who left for the checkout, and the price that was pressed: of this tab alone, for one way back. */
const name = 'farthing-place';
const here = (): string => location.pathname + location.search;

export const keepPlace = (price: number): void => {
  try {
    sessionStorage.setItem(name, `${Math.round(scrollY)} ${price} ${here()}`);
  } catch {
    // The page is then entered at its top.
  }
};

/** Stands there again; gives the price. */
export const takePlace = (): number | undefined => {
  try {
    const [, top, price, path] = /^(\d+) (\d+) (.*)$/.exec(sessionStorage.getItem(name) ?? '') ?? [];
    sessionStorage.removeItem(name);
    if (path === here()) {
      scrollTo({ top: +top!, behavior: 'instant' });
      return +price!;
    }
  } catch {
    // As above.
  }
  return undefined;
};
