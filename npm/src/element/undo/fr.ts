/** Français, pour annuler un achat. */
import type { UndoWords } from './en.js';

const fr: UndoWords = {
  undo: 'Annuler l’achat',
  until: 'jusqu’au {time}. {price} reviennent dans votre poche.',
  undoing: 'Annulation en cours…',
  done: 'Achat annulé : {price} sont de nouveau dans votre poche.',
  over: 'Le délai d’annulation est passé. Le texte reste à vous.',
  budget: 'Cet éditeur ne reprend plus rien aujourd’hui. Le texte reste à vous.',
  gone: 'Cet achat a déjà été annulé.',
  cannot: 'Cet achat ne peut pas être annulé ici. Le texte reste à vous.',
  unknown: 'L’émetteur n’a pas répondu ; on ne sait pas encore si l’achat est annulé. Appuyez de nouveau, vous n’y perdez rien.',
};
export default fr;
