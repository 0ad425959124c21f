/** What the doctor found. */

/** Stable; scripts may rely on them. */
export type FindingCode =
  | 'page_status' | 'not_https' | 'article_missing' | 'offer_unreadable' | 'offer_refused' | 'offer_expired' | 'offer_ends_soon' | 'content_damaged'
  | 'document_missing' | 'document_type' | 'document_cors' | 'document_cache' | 'document_invalid'
  | 'issuer_unreachable' | 'issuer_refused' | 'sealing_key_ended' | 'sealing_key_ends_soon' | 'price_not_payable'
  | 'script_missing' | 'script_type' | 'script_elsewhere' | 'wasm_missing' | 'wasm_type' | 'offline_missing' | 'scripts_cached_long'
  | 'csp_script' | 'csp_wasm' | 'csp_connect' | 'csp_image' | 'csp_trusted_types' | 'page_not_cached' | 'opener_policy'
  | 'structured_data' | 'text_in_the_clear' | 'clear_text_not_checked';

/** `wrong`: readers cannot buy or read, or text is given away. `soon`: it works, and will not or not for everybody. `note`: good to know. */
export type Level = 'wrong' | 'soon' | 'note';
export interface Finding { level: Level; code: FindingCode; message: string; where: string }

export class Findings {
  readonly all: Finding[] = [];
  /** What was looked at and is right. */
  readonly right: string[] = [];

  add(level: Level, code: FindingCode, where: string, message: string): void {
    this.all.push({ level, code, message, where });
  }

  /** Notes a thing as right unless something was found since `before`. */
  good(before: number, what: string): void {
    if (this.all.slice(before).every(({ level }) => level === 'note')) this.right.push(what);
  }

  get wrong(): boolean {
    return this.all.some(({ level }) => level === 'wrong');
  }
}
