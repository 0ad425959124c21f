/** Where a reader stood who left for the checkout: of this tab alone, for one way back. */
const name = 'farthing-place';
const here = (): string => location.pathname + location.search;

export const keepPlace = (): void => {
  try {
    sessionStorage.setItem(name, `${Math.round(scrollY)} ${here()}`);
  } catch {
    // The page is then entered at its top.
  }
};

export const takePlace = (): void => {
  try {
    const [, top, path] = /^(\d+) (.*)$/.exec(sessionStorage.getItem(name) ?? '') ?? [];
    sessionStorage.removeItem(name);
    if (path === here()) scrollTo({ top: +top!, behavior: 'instant' });
  } catch {
    // As above.
  }
};
