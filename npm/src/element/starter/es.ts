import type { StarterWords } from './en.js';

const words: StarterWords = {
  free: { one: 'Leer gratis: {n} lectura de regalo', other: 'Leer gratis: {n} lecturas de regalo' },
  gift: 'regalo de este sitio, sin dinero',
  getting: 'Pidiendo sus lecturas de regalo…',
  opening: 'Abriendo con una lectura de regalo…',
  left: { one: 'Abierto con una lectura de regalo. Le queda {n} aquí.', other: 'Abierto con una lectura de regalo. Le quedan {n} aquí.' },
  last: 'Abierto con su última lectura de regalo.',
  unknown: 'No pudimos contactar con el emisor. No se ha perdido ninguna lectura de regalo: pulse otra vez o vuelva más tarde.',
  none: 'Este sitio no regala más lecturas hoy. No se cobró nada.',
  over: 'Este sitio no regala ahora lecturas para este artículo. No se cobró nada.',
  used: 'Estas lecturas de regalo se usaron en otro lugar, o su plazo terminó. No se cobró nada.',
};
export default words;
