/** The cache with the pages of articles that a reader owns. */
export const kept = 'farthing-bought';
