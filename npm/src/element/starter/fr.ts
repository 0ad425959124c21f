import type { StarterWords } from './en.js';

const words: StarterWords = {
  free: { one: 'Lire gratuitement : {n} lecture offerte', other: 'Lire gratuitement : {n} lectures offertes' },
  gift: 'offert par ce site, sans argent',
  getting: 'Vos lectures offertes arrivent…',
  opening: 'Ouverture avec une lecture offerte…',
  left: { one: 'Ouvert avec une lecture offerte. Il vous en reste {n} ici.', other: 'Ouvert avec une lecture offerte. Il vous en reste {n} ici.' },
  last: 'Ouvert avec votre dernière lecture offerte.',
  unknown: 'L’émetteur est injoignable. Aucune lecture offerte n’est perdue : appuyez de nouveau, ou revenez plus tard.',
  none: 'Ce site n’offre plus de lectures aujourd’hui. Rien n’a été débité.',
  over: 'Ce site n’offre pas de lectures pour cet article en ce moment. Rien n’a été débité.',
  used: 'Ces lectures offertes ont été utilisées ailleurs, ou leur délai est passé. Rien n’a été débité.',
};
export default words;
