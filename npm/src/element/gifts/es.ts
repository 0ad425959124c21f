import type { GiftWords } from './en.js';

/** Spanish. */
const words: GiftWords = {
  give: 'Regalar este artículo',
  note: 'Lo paga una vez más y recibe un enlace. Quien lo abra primero y acepte el regalo se lo queda; hasta entonces puede recuperarlo.',
  pay: 'Pagar {price} y crear un enlace',
  making: 'Creando el enlace …',
  link: 'Enlace del regalo',
  copy: 'Copiar el enlace',
  copied: 'El enlace se ha copiado.',
  open: 'aún no aceptado',
  claimed: 'fue aceptado',
  back: 'recuperado',
  takeBack: 'Recuperarlo',
  wasBack: 'El regalo vuelve a ser suyo y se abre aquí.',
  wasClaimed: 'Alguien ya lo ha aceptado.',
  cannot: 'Este artículo no se puede regalar aquí.',
  shortOf: 'Aquí no hay suficiente: tiene {held}.',
  offered: 'Alguien le regala este artículo.',
  offeredNote: 'No le cuesta nada. Se acepta cuando usted pulsa, una sola vez, y desde entonces es suyo en este dispositivo.',
  take: 'Aceptar y leer',
  taking: 'Aceptando el regalo …',
  yours: 'Se lo han regalado. Puede volver a leerlo.',
  gone: 'Alguien ha aceptado este regalo, o quien lo hizo lo recuperó. No se ha cobrado nada.',
  over: 'El tiempo de este regalo ha terminado. No se ha cobrado nada.',
  invalid: 'Este enlace está dañado o no es de un regalo de este sitio. No se ha cobrado nada.',
  unknown: 'No hemos podido contactar con el emisor. El regalo no se ha perdido: pulse de nuevo.',
};
export default words;
