import type { GiftWords } from './en.js';

/** Korean. */
const words: GiftWords = {
  give: '이 기사 선물하기',
  note: '한 번 더 결제하면 링크가 만들어집니다. 링크를 처음 열어 받은 사람의 것이 되며, 그 전까지는 되찾을 수 있습니다.',
  pay: '{price} 결제하고 링크 만들기',
  making: '링크를 만드는 중 …',
  link: '선물 링크',
  copy: '링크 복사',
  copied: '링크를 복사했습니다.',
  open: '아직 받지 않음',
  claimed: '받아 갔음',
  back: '되찾음',
  takeBack: '되찾기',
  wasBack: '선물이 다시 내 것이 되었으며 여기에서 열립니다.',
  wasClaimed: '이미 누군가 받아 갔습니다.',
  cannot: '이 기사는 여기에서 선물할 수 없습니다.',
  shortOf: '잔액이 부족합니다. 현재 {held}입니다.',
  offered: '누군가 이 기사를 선물했습니다.',
  offeredNote: '비용은 들지 않습니다. 누르면 한 번 받아지고, 이 기기에서 내 것이 됩니다.',
  take: '받아서 읽기',
  taking: '선물을 받는 중 …',
  yours: '선물받은 기사입니다. 언제든 다시 읽을 수 있습니다.',
  gone: '이미 누군가 이 선물을 받았거나 보낸 사람이 되찾았습니다. 청구된 금액은 없습니다.',
  over: '이 선물의 기간이 끝났습니다. 청구된 금액은 없습니다.',
  invalid: '링크가 손상되었거나 이 사이트의 선물이 아닙니다. 청구된 금액은 없습니다.',
  unknown: '발행자에 연결하지 못했습니다. 선물은 사라지지 않았습니다. 다시 눌러 주세요.',
};
export default words;
