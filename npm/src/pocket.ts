/** The pocket: what is in it. Loading it is in topup.ts, drawing what was paid for in drawing.ts. */
import { spendable } from './coins.js';
import type { Wallet } from './wallet.js';

/** What can be spent now, in micro, of one issuer and currency. */
export interface Balance { issuer: string; currency: string; amount: number }

export const balance = ({ store }: Wallet): Promise<Balance[]> =>
  store.read(async (shelves) => {
    const sums: Balance[] = [];
    for (const { issuer, currency, amount } of await spendable(shelves)) {
      const sum = sums.find((one) => one.issuer === issuer && one.currency === currency);
      if (sum) sum.amount += amount;
      else sums.push({ issuer, currency, amount });
    }
    return sums;
  });
