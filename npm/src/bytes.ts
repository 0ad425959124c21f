/** The published file in base64: the build puts it here, and only `./inline` and the classic script have it. */
export const base64: string = '';
