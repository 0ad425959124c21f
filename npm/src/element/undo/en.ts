/** English, of giving a purchase back. Loaded where that is possible. */
const en = {
  undo: 'Undo',
  until: 'until {time}. {price} comes back to your pocket.',
  undoing: 'Giving it back …',
  done: 'Given back: {price} is in your pocket again.',
  over: 'The time to give this back is over. It stays yours.',
  budget: 'This publisher gives nothing more back today. It stays yours.',
  gone: 'This was given back before.',
  cannot: 'This cannot be given back here. It stays yours.',
  unknown: 'We could not reach the issuer, so it is not known yet whether this is given back. Press again; you cannot lose anything by it.',
};
export default en;
export type UndoWords = Record<keyof typeof en, string>;
