export const help = `farthing: seal articles of a static site, sell them one by one

  farthing init                 asks who you are and whose coins you take; writes farthing.json and your key
  farthing seal SITE            seals what is for sale in the built site's folder; again after each build
  farthing serve SITE           shows the folder on this machine, with the headers it should have
  farthing doctor ADDRESS       looks at an article on the web as readers and search engines get it
  farthing keys                 makes only the key, and farthing.json beside it if the flags say enough

In a page:
  <article data-farthing-price="0.20 EUR">   is for sale, at this price with tax
  <hr data-farthing-cut>                     inside of it: what follows is sealed (else: what follows the second paragraph)
  data-farthing-version, data-farthing-access="30d", data-farthing-refund="24h"   beside the price

Settings stand in farthing.json (in the folder of keys, or here); flags go first:
  --keys, --dir, --out FOLDER   the folder of keys (.farthing); never published
  --config FILE                 another farthing.json
  --origin ORIGIN               your site, such as https://post.example
  --issuer ORIGIN               an issuer you accept; may be given again
  --name TEXT, --contact TEXT   who you are
  --currency CODE               for farthing.json; prices name their own
  --terms FILE                  your terms; their hash stands in each offer
  --days N                      how long an offer holds (365, at most 400)
  --base PATH                   where the folder stands on the origin (/)
  --purse                       readers may fill up from the purse that your issuer keeps for them
  --offline                     what readers bought here opens without a network, too: a service worker of the site
  --selector CSS --price PRICE  what is for sale, where pages do not say it themselves
init:    --force                writes farthing.json anew; keys are never written over
seal:    --renew                new offers, also where the old ones still hold
serve:   --port N, --host ADDRESS (your origin's, if that is on this machine; else 8789, 127.0.0.1), --csp POLICY or none
seal, doctor: --json            what was done or found, for programs

Ends with 0: done. 1: something of yours to put right. 2: wrongly called. 3: somebody could not be reached.
4: another farthing is at work. 5: the disk refuses. 130, 143: interrupted.
`;
