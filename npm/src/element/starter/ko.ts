import type { StarterWords } from './en.js';

const words: StarterWords = {
  free: { other: '무료로 읽기: 체험 {n}편' },
  gift: '이 사이트가 드리는 것으로, 돈이 아닙니다',
  getting: '체험분을 받고 있습니다…',
  opening: '체험분으로 여는 중입니다…',
  left: { other: '체험분으로 열었습니다. 여기에 {n}편 남았습니다.' },
  last: '마지막 체험분으로 열었습니다.',
  unknown: '발행자에 연결하지 못했습니다. 체험분은 사라지지 않았습니다. 다시 누르거나 나중에 다시 오세요.',
  none: '이 사이트의 오늘 체험분이 모두 나갔습니다. 청구된 금액은 없습니다.',
  over: '이 사이트는 지금 이 글에 체험분을 주지 않습니다. 청구된 금액은 없습니다.',
  used: '체험분이 다른 곳에서 쓰였거나 기한이 지났습니다. 청구된 금액은 없습니다.',
};
export default words;
