'use client';
import * as farthing from 'farthing';
import { useEffect } from 'react';
import { check } from '../../../../check.js';
import { checkElements } from '../../../../elements.js';

export default function Reader() {
  useEffect(() => {
    globalThis.result = Promise.all([check(farthing), checkElements()]).then(([library, elements]) => ({ library, elements }));
  }, []);
  return null;
}
