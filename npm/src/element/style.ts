/** The panel's looks: hairlines, one accent, the site's own type. Every colour can be set from outside. */
export const css = `
:host{display:block;font:inherit;color:inherit;--_accent:var(--farthing-accent,oklch(52% .12 50));--_on:var(--farthing-on-accent,#fff);--_line:var(--farthing-line,color-mix(in srgb,currentColor 22%,transparent));--_soft:var(--farthing-soft,color-mix(in srgb,currentColor 72%,transparent));--_wrong:var(--farthing-wrong,oklch(50% .17 27));--_sans:var(--farthing-font,system-ui,sans-serif)}
@supports(color:light-dark(#000,#fff)){:host{--_accent:var(--farthing-accent,light-dark(oklch(52% .12 50),oklch(76% .11 60)));--_on:var(--farthing-on-accent,light-dark(#fff,oklch(20% .02 60)));--_wrong:var(--farthing-wrong,light-dark(oklch(50% .17 27),oklch(76% .13 27)))}}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box}
.panel{font-family:var(--_sans);font-size:max(.85em,1rem);line-height:1.5;border-block:1px solid var(--_line);padding-block:20px;margin-block:8px 20px;max-inline-size:var(--farthing-measure,100%)}
p{margin:0 0 8px;text-wrap:pretty}
.size{color:var(--_soft);font-size:.85em;margin:0 0 4px}
.lead{font-family:inherit}
.money{font-variant-numeric:tabular-nums lining-nums}
.acts{display:flex;flex-wrap:wrap;gap:8px;margin-block:16px 12px}
button{font:inherit;font-weight:600;min-block-size:44px;padding:8px 20px;border-radius:6px;border:1px solid var(--_accent);background:var(--_accent);color:var(--_on);cursor:pointer;transition:filter .12s}
button.second{background:none;color:inherit;border-color:var(--_line)}
button:hover{filter:brightness(1.08)}
button:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--_accent);outline-offset:2px}
button[aria-disabled=true]{cursor:progress;filter:saturate(.4);opacity:.75}
.remains,details,.receipt{color:var(--_soft);font-size:.85em;margin:0}
summary{cursor:pointer;min-block-size:24px}
a{color:inherit}
.status{margin:12px 0 0}.status:empty{display:none}
.status.wrong{border-inline-start:3px solid var(--_wrong);padding-inline-start:12px}
code{font-size:.9em;overflow-wrap:anywhere}
.lines{block-size:var(--_lines,0);background:repeating-linear-gradient(currentColor 0 2px,transparent 2px 1.6em);opacity:.09;mask-image:linear-gradient(#000,transparent)}
.receipt{font-family:var(--_sans);border-block-start:1px solid var(--_line);padding-block-start:8px;margin-block-start:24px}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
@media(forced-colors:active){.lines{display:none}button{forced-color-adjust:none;background:ButtonText;color:ButtonFace;border-color:ButtonText}button.second{background:ButtonFace;color:ButtonText}}
@media print{.panel,.lines{display:none}}
`;
