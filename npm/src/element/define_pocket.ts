/** Importing this defines `<farthing-pocket>`; on a server it does nothing. */
import { FarthingPocketElement } from './holdings.js';

FarthingPocketElement.define();

export { FarthingPocketElement };
