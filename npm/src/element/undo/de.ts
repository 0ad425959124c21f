/** Deutsch, zum Rückgängigmachen. */
import type { UndoWords } from './en.js';

const de: UndoWords = {
  undo: 'Rückgängig machen',
  until: 'bis {time}. {price} kommen in Ihren Beutel zurück.',
  undoing: 'Wird zurückgegeben …',
  done: 'Zurückgegeben: {price} sind wieder in Ihrem Beutel.',
  over: 'Die Zeit für die Rückgabe ist vorbei. Der Text bleibt Ihrer.',
  budget: 'Dieser Verlag nimmt heute nichts mehr zurück. Der Text bleibt Ihrer.',
  gone: 'Das wurde schon zurückgegeben.',
  cannot: 'Das lässt sich hier nicht zurückgeben. Der Text bleibt Ihrer.',
  unknown: 'Die Ausgabestelle war nicht zu erreichen; noch ist offen, ob zurückgegeben ist. Drücken Sie noch einmal, verlieren können Sie dabei nichts.',
};
export default de;
