/** Whether this device's clock is more than five minutes from that of the page's own server. */
export const clockIsWrong = async (): Promise<boolean> => {
  const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  return Math.abs(Date.parse(answer?.headers.get('date') ?? '') - Date.now()) > 300_000;
};
