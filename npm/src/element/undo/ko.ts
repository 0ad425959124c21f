/** 한국어: 구매 취소. */
import type { UndoWords } from './en.js';

const ko: UndoWords = {
  undo: '구매 취소',
  until: '{time}까지. {price}이(가) 주머니로 돌아옵니다.',
  undoing: '취소하는 중…',
  done: '취소했습니다. {price}이(가) 주머니로 돌아왔습니다.',
  over: '취소할 수 있는 시간이 지났습니다. 글은 계속 읽을 수 있습니다.',
  budget: '이 발행사는 오늘 더 이상 취소를 받지 않습니다. 글은 계속 읽을 수 있습니다.',
  gone: '이미 취소되었습니다.',
  cannot: '여기서는 취소할 수 없습니다. 글은 계속 읽을 수 있습니다.',
  unknown: '발행처에 연결하지 못해 취소되었는지 아직 알 수 없습니다. 다시 눌러 주세요. 잃는 것은 없습니다.',
};
export default ko;
