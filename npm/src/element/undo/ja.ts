/** 日本語：購入の取り消し。 */
import type { UndoWords } from './en.js';

const ja: UndoWords = {
  undo: '購入を取り消す',
  until: '{time}まで。{price}がポケットに戻ります。',
  undoing: '取り消しています…',
  done: '取り消しました。{price}がポケットに戻りました。',
  over: '取り消せる期間が過ぎました。記事はあなたのものです。',
  budget: 'この発行者は本日これ以上の取り消しを受け付けません。記事はあなたのものです。',
  gone: 'すでに取り消されています。',
  cannot: 'ここでは取り消せません。記事はあなたのものです。',
  unknown: '発行元に接続できず、取り消せたかどうかまだ分かりません。もう一度押してください。失うものはありません。',
};
export default ja;
