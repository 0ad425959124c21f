/** The panel's looks: hairlines, one accent, the site's own type. Every colour can be set from outside. */
export const css = `
:host{display:block;--_a:var(--farthing-accent,light-dark(oklch(52% .12 50),oklch(76% .11 60)));--_on:var(--farthing-on-accent,light-dark(#fff,oklch(20% .02 60)));--_l:var(--farthing-line,color-mix(in srgb,currentColor 22%,transparent));--_s:var(--farthing-soft,color-mix(in srgb,currentColor 72%,transparent));--_r:var(--farthing-radius,6px)}
:host([hidden]){display:none}
section{font-size:max(.85em,1rem);line-height:1.5;font-variant-numeric:tabular-nums lining-nums;border-block:1px solid var(--_l);padding-block:20px;margin-block:8px 20px}
section.open{border-block-end:0;padding-block:8px;margin-block:24px 0}
section:has(>div:empty+p:empty:last-child){visibility:hidden}
p{margin:0;text-wrap:pretty}
details{margin-block:4px 0}
section>:not(div),div>:not([part=lead]){font-family:var(--farthing-font,system-ui,sans-serif)}
[part=lead]{font-size:1.3em;line-height:1.35;margin-block:2px}
.soft,details{line-height:1.5;color:var(--_s);font-size:.85em}
.acts{display:flex;flex-wrap:wrap;gap:8px;margin-block:14px 10px}
button,select{font:inherit;line-height:1.4;max-inline-size:100%;border-radius:var(--_r);border:1px solid var(--_l)}
button{font-weight:600;text-wrap:balance;min-block-size:44px;padding:8px 20px;border-color:var(--_a);background:var(--_a);color:var(--_on);cursor:pointer}
button+button{background:none;color:inherit;border-color:var(--_l)}
button:hover{filter:brightness(1.08)}
small{font-size:.8em;font-weight:400;white-space:nowrap;margin-inline-start:6px}
:focus-visible{outline:2px solid var(--_a);outline-offset:2px}
[aria-disabled=true]{cursor:progress;opacity:.7}
summary{cursor:pointer;min-block-size:24px;inline-size:fit-content}
details>:not(summary){margin:4px 0 8px}
a{color:inherit;text-underline-offset:2px}
.limit{display:grid;gap:8px;justify-items:start}
select{margin-inline-start:4px;padding:4px 8px;min-block-size:32px;background:Field;color:FieldText}
.status{margin:12px 0 0}.open .status{margin:0}.status:empty,.limit p:empty{min-block-size:0;margin:0}
.wrong{border-inline-start:3px solid var(--farthing-wrong,light-dark(oklch(50% .17 27),oklch(76% .13 27)));padding-inline-start:12px}
code{overflow-wrap:anywhere}
.lines{background:repeating-linear-gradient(currentColor 0 2px,transparent 2px 1.6em);opacity:.09;mask-image:linear-gradient(#000,transparent)}
@media(forced-colors:active){.lines{background:none}button{forced-color-adjust:none;background:ButtonText;color:ButtonFace}button+button{background:ButtonFace;color:ButtonText;border-color:ButtonText}}
@media print{:host{display:none}}`;
