/** The SHA-384 of the file that is published, in base64: the build puts it here. In the sources, beside a file that is still being worked on, there is none. */
export const stamp: string = '';
