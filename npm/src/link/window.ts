/** The way to the purse: a window of its own, opened in the press itself, or this page goes there and comes back. */
import { type Kind, type Message, type Messages, readAnswer, readMessage, toFragment } from './messages.js';

const pageOf = (issuer: string): string => `${issuer}/wallet/`;

/**
 * Whether a window that this page opens can speak with it. A page under `Cross-Origin-Opener-Policy: same-origin` is cut off from all
 * that it opens, and only its own headers say so.
 */
export const mayOpen = async (): Promise<boolean> => {
  const answer = await fetch(location.href, { method: 'HEAD', cache: 'force-cache' }).catch(() => null);
  return !/^\s*(same-origin(?!-allow)|noopener)/.test(answer?.headers.get('cross-origin-opener-policy') ?? '');
};

/** To be called in the press itself, or the browser blocks it; `null` if it did. */
export const openPurse = (issuer: string, kind: 'fill' | 'return'): Window | null =>
  open(`${pageOf(issuer)}#${kind}`, 'farthing-purse', 'popup,width=460,height=720');

/** Leaves for the purse; the answer comes in the fragment of this page's address. */
export const goToPurse = <K extends 'fill' | 'return' | 'returned'>(issuer: string, kind: K, message: Messages[K], back = location.href.split('#')[0]): void =>
  location.assign(`${pageOf(issuer)}#${kind}=${toFragment({ farthing: 1, kind, ...message, return: back })}`);

/** The answer that this page was entered with, taken out of its address: a reload does not bring it again. */
export const takeAnswer = (): Message | null => {
  const answer = readAnswer(location.hash);
  if (/^#farthing-(filled|elements|refused)=/.test(location.hash)) history.replaceState(history.state, '', location.href.split('#')[0]);
  return answer;
};

/**
 * Speaks with the purse in its window until `step` ends it: `step` gets every message that comes from that window and from the
 * issuer's origin, and gives what is to be answered, or `done`. Kept as `false` when the window was closed before.
 */
export const speak = (
  opened: Window, issuer: string, step: (message: Message) => Promise<{ farthing: 1; kind: Kind } | 'done' | undefined>,
): Promise<boolean> => {
  const { origin } = new URL(issuer);
  return new Promise((resolve, reject) => {
    let working: Promise<unknown> = Promise.resolve();
    const end = (result: boolean) => {
      removeEventListener('message', heard);
      clearInterval(watch);
      resolve(result);
    };
    const heard = ({ source, origin: from, data }: MessageEvent) => {
      const message = source === opened && from === origin && readMessage(data);
      if (!message) return;
      // One after another; the purse may say that it is ready again, after it was at a checkout.
      working = working.then(async () => {
        const answer = await step(message);
        if (answer === 'done') end(true);
        else if (answer) opened.postMessage(answer, origin);
      }).catch((thrown: unknown) => {
        end(false);
        reject(thrown);
      });
    };
    addEventListener('message', heard);
    let gone = 0;
    // What was sent in the last moment still arrives.
    const watch = setInterval(() => {
      if (opened.closed && ++gone > 2) working.finally(() => end(false));
    }, 300);
  });
};
