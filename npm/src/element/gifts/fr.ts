import type { GiftWords } from './en.js';

/** French. */
const words: GiftWords = {
  give: 'Offrir cet article',
  note: 'Vous le payez une fois de plus et recevez un lien. Le premier qui l’ouvre et prend le cadeau le garde ; d’ici là, vous pouvez le reprendre.',
  pay: 'Payer {price} et créer un lien',
  making: 'Création du lien …',
  link: 'Lien du cadeau',
  copy: 'Copier le lien',
  copied: 'Le lien est copié.',
  open: 'pas encore pris',
  claimed: 'a été pris',
  back: 'repris',
  takeBack: 'Le reprendre',
  wasBack: 'Le cadeau est de nouveau à vous et s’ouvre ici.',
  wasClaimed: 'Quelqu’un l’a déjà pris.',
  cannot: 'Cet article ne peut pas être offert ici.',
  shortOf: 'Il n’y a pas assez ici : vous avez {held}.',
  offered: 'Quelqu’un vous offre cet article.',
  offeredNote: 'Il ne vous coûte rien. Il est pris quand vous appuyez, une seule fois, et il est alors à vous sur cet appareil.',
  take: 'Le prendre et lire',
  taking: 'Le cadeau est en train d’être pris …',
  yours: 'On vous l’a offert. Vous pourrez le relire.',
  gone: 'Quelqu’un a pris ce cadeau, ou il a été repris. Rien n’a été débité.',
  over: 'Le temps de ce cadeau est écoulé. Rien n’a été débité.',
  invalid: 'Ce lien est abîmé, ou n’est pas un cadeau de ce site. Rien n’a été débité.',
  unknown: 'Nous n’avons pas pu joindre l’émetteur. Le cadeau n’est pas perdu : appuyez de nouveau.',
};
export default words;
