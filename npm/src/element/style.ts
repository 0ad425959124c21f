/** The panel's looks: hairlines, one accent, the site's own type. Every colour can be set from outside. */
export const css = `
:host{display:block;--_a:var(--farthing-accent,light-dark(oklch(52% .12 50),oklch(76% .11 60)));--_on:var(--farthing-on-accent,light-dark(#fff,oklch(20% .02 60)));--_l:var(--farthing-line,color-mix(in srgb,currentColor 22%,transparent));--_s:var(--farthing-soft,color-mix(in srgb,currentColor 72%,transparent))}
:host([hidden]){display:none}
section{font:max(.85em,1rem)/1.5 var(--farthing-font,system-ui,sans-serif);font-variant-numeric:tabular-nums lining-nums;border-block:1px solid var(--_l);padding-block:20px;margin-block:8px 20px}
section.open{border-block-end:0;padding-block:8px;margin-block:24px 0}
section:has(div:empty+p:empty){visibility:hidden}
p{margin:0 0 8px;text-wrap:pretty}
.soft,details{color:var(--_s);font-size:.85em;margin:0}
.acts{display:flex;flex-wrap:wrap;gap:8px;margin-block:16px 12px}
button{max-inline-size:100%;font:inherit;font-weight:600;min-block-size:44px;padding:8px 20px;border-radius:6px;border:1px solid var(--_a);background:var(--_a);color:var(--_on);cursor:pointer}
button+button{background:none;color:inherit;border-color:var(--_l)}
button:hover{filter:brightness(1.08)}
:focus-visible{outline:2px solid var(--_a);outline-offset:2px}
[aria-disabled=true]{cursor:progress;opacity:.7}
summary{cursor:pointer;min-block-size:24px}
.status{margin:12px 0 0}.status:empty{display:none}
.wrong{border-inline-start:3px solid var(--farthing-wrong,light-dark(oklch(50% .17 27),oklch(76% .13 27)));padding-inline-start:12px}
code{overflow-wrap:anywhere}
.lines{background:repeating-linear-gradient(currentColor 0 2px,transparent 2px 1.6em);opacity:.09;mask-image:linear-gradient(#000,transparent)}
@media(forced-colors:active){.lines{display:none}button{forced-color-adjust:none;background:ButtonText;color:ButtonFace}}
@media print{:host{display:none}}`;
