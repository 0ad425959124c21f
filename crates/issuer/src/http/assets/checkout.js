// Keeps the reader's way back, which never reaches the server, across the form; writes money and times as the reader does.

const back = returnAddress(location.hash);
const kept = `farthing:decided:${location.pathname.split('/')[2] ?? ''}`;

/** The page named in `#return=`, if it is one: http and https only. */
function returnAddress(hash) {
  if (!hash.startsWith('#return=')) return null;
  try {
    const url = new URL(decodeURIComponent(hash.slice('#return='.length)));
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

/** Storage may be forbidden; then nobody is sent back unasked, and the link is there all the same. */
function remember(value) {
  try {
    if (value) sessionStorage.setItem(kept, value);
    else sessionStorage.removeItem(kept);
  } catch { /* no storage */ }
}

function remembered() {
  try {
    return sessionStorage.getItem(kept);
  } catch {
    return null;
  }
}

const form = document.querySelector('form');
form?.addEventListener('submit', (event) => {
  form.action = form.getAttribute('action').split('#')[0] + location.hash;
  remember(event.submitter?.value ?? '');
});

/** The reader's languages, without names that are none, such as the `C` of some Linux desktops. */
const languages = navigator.languages.filter((language) => {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
});

/** In English the sign follows the number, as on the page that the reader comes from; elsewhere it stands as it is used to. */
function money(value, currency) {
  const digits = (value.split('.')[1] ?? '').length;
  const parts = new Intl.NumberFormat(languages, {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).formatToParts(Number(value));
  const text = (kept) => parts.filter(kept).map((part) => part.value).join('');
  if (!/^en\b/i.test(navigator.language)) return text(() => true);
  return `${text(({ type }) => type !== 'currency' && type !== 'literal')}\u00a0${text(({ type }) => type === 'currency')}`;
}

for (const element of document.querySelectorAll('data.money')) {
  element.textContent = money(element.value, element.dataset.currency);
}

for (const element of document.querySelectorAll('time')) {
  element.textContent = new Intl.DateTimeFormat(languages, { dateStyle: 'medium', timeStyle: 'short' })
    .format(new Date(element.dateTime));
}

const link = document.querySelector('#back');
if (link && back) {
  link.href = back.href;
  document.querySelector('#back-host').textContent = back.host;
  document.querySelector('#returning').hidden = false;
  document.querySelector('#close').hidden = true;
  // Only in the tab in which the button was pressed: a link to a finished order sends nobody anywhere.
  if (document.body.dataset.go === remembered()) {
    remember('');
    setTimeout(() => location.replace(back.href), 900);
  }
}
