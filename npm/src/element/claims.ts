/** What the page says about itself, unverified: good enough to show, never to pay by. The core verifies it before that. */

export interface Shown {
  publisher: string; resource: string; words: number; refund: number; access: number; length: number;
  prices: { issuer: string; currency: string; amount: number }[];
}

export const shownClaims = (sealed: string): Shown | null => {
  try {
    const payload = (JSON.parse(sealed).offer as string).split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const { iss, resource, words, refund, access, content, prices } = JSON.parse(new TextDecoder().decode(bytes));
    const shown: Shown = { publisher: String(iss), resource: String(resource), words, refund, access, length: content[0].length, prices };
    return [words, refund, access, shown.length, prices[0].amount].every(Number.isSafeInteger) ? shown : null;
  } catch {
    return null;
  }
};
