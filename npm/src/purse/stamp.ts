/** The SHA-384 of the purse's file that is published, in base64: the build puts it here. In the sources there is none. */
export const purseStamp: string = '';
