import type { PurseWords } from './en.js';
import en from './en.js';
const words: PurseWords = en;
export default words;
