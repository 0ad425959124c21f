// Rendered while the site is built: the core verifies here too.
import * as farthing from 'farthing';
import { FarthingPaywall } from 'farthing/react';
import { check } from '../../../../check.js';
import { vectors } from '../../../../vectors.js';
import Reader from './reader.js';

export default async function Page() {
  const { hash, code } = await check(farthing);
  return <main data-built={`${hash} ${code}`}><FarthingPaywall sealed={vectors.sealed}>free</FarthingPaywall><Reader /></main>;
}
