/** Who asks the purse for something, and how it is answered: a window that opened this one, or an address to go back to (spec 10.1). */
import type { Frame } from './frame.js';
import { type Message, type Messages, readMessage, readQuestion, toFragment } from '../../link/messages.js';

type Kind = 'fill' | 'return' | 'returned';

/** One question with the way back for its answer. */
export interface Asked {
  message: Extract<Message, { kind: Kind }>;
  /** What the reader is shown before a press. */
  origin: string;
  /** Whether the page waits behind this window; else the answer goes there with the reader. */
  behind: boolean;
  /** Whether the page behind this window was closed: nobody would hear an answer. */
  gone(): boolean;
  answer<K extends 'filled' | 'elements' | 'refused'>(kind: K, members: Messages[K]): void;
  /** Without an answer. */
  goBack(): void;
}

const questionName = 'farthing-question';
const windowName = 'farthing-window';

const opener = (): Window | null => window.opener as Window | null;

/** Forgets what this window was opened for. */
export const endQuestion = (): void => {
  sessionStorage.removeItem(questionName);
  sessionStorage.removeItem(windowName);
};

/** For whoever presses for a page that was closed meanwhile: nothing leaves, and nothing is waited for. */
export const unlessGone = ({ voice: { say } }: Frame, asked: Asked, home: () => Promise<void>, work: () => Promise<string>) => async (): Promise<string> => {
  if (!asked.gone()) return work();
  endQuestion();
  await home();
  return say('noOpener');
};

/** The question in this page's address, or the one that stood there before a checkout. It is taken out of the address: it is for this visit. */
const questionInAddress = (): Asked | null => {
  const text = location.hash.includes('=') ? location.hash : sessionStorage.getItem(questionName);
  const question = text && readQuestion(text);
  if (!question || !/^(fill|return|returned)$/.test(question.message.kind)) return null;
  sessionStorage.setItem(questionName, text);
  const { message, back } = question;
  const leave = (fragment: string) => {
    endQuestion();
    location.replace(back.href + fragment);
  };
  return {
    message: message as Asked['message'], origin: back.origin, behind: false, gone: () => false, goBack: () => leave(''),
    answer: (kind, members) => leave(`#farthing-${kind}=${toFragment({ farthing: 1, kind, ...members })}`),
  };
};

/** Which kind of question the window that opened this one has, if one did. */
const kindOfWindow = (): Kind | null => {
  const [, kind] = /^#(fill|return)$/.exec(location.hash) ?? [];
  const known = kind ?? sessionStorage.getItem(windowName);
  if (known) sessionStorage.setItem(windowName, known);
  return known as Kind | null;
};

/**
 * Listens to the window that opened this one, and says `ready` to it: nothing secret, to whoever that is. What comes from another window,
 * from no origin, or in another form is not looked at.
 */
const listen = (from: Window, heard: (asked: Asked) => void): void => {
  addEventListener('message', ({ source, origin, data }: MessageEvent) => {
    const message = source === from && /^https?:/.test(origin) ? readMessage(data) : null;
    if (!message || !/^(fill|return|returned)$/.test(message.kind)) return;
    const post = (kind: string, members: object) => from.postMessage({ farthing: 1, kind, ...members }, origin);
    heard({ message: message as Asked['message'], origin, behind: true, gone: () => from.closed, answer: post, goBack: () => close() });
  });
};

/** What this page was opened for; `waiting`: a page behind it has not asked yet. `gone`: that page cannot be reached any more. */
export type Opened = Asked | 'waiting' | 'gone' | null;

export class Door {
  private listening = false;

  /** To be called at each start and whenever the address has changed. */
  look(heard: (asked: Asked) => void): Opened {
    const kind = kindOfWindow();
    const inAddress = kind && !location.hash.includes('=') ? null : questionInAddress();
    if (location.hash) history.replaceState(null, '', location.pathname);
    if (inAddress) return inAddress;
    if (!kind) return null;
    const from = opener();
    if (!from || from.closed) return 'gone';
    if (!this.listening) listen(from, heard);
    this.listening = true;
    from.postMessage({ farthing: 1, kind: 'ready' }, '*');
    return 'waiting';
  }
}
