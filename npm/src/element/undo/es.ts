/** Español, para deshacer una compra. */
import type { UndoWords } from './en.js';

const es: UndoWords = {
  undo: 'Deshacer la compra',
  until: 'hasta el {time}. {price} vuelve a su bolsillo.',
  undoing: 'Devolviendo…',
  done: 'Devuelto: {price} vuelve a estar en su bolsillo.',
  over: 'El plazo para devolverlo ha pasado. Sigue siendo suyo.',
  budget: 'Este editor no acepta más devoluciones hoy. Sigue siendo suyo.',
  gone: 'Esto ya se devolvió antes.',
  cannot: 'Esto no se puede devolver aquí. Sigue siendo suyo.',
  unknown: 'No se pudo contactar con el emisor y aún no se sabe si está devuelto. Pulse de nuevo: no puede perder nada.',
};
export default es;
