import { createHash } from 'node:crypto';
import type { ResponseObject, ResponseToolkit } from '@hapi/hapi';
import { html, Markup } from './markup.ts';

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6472;--back:#f3f4f6;--card:#fff;--line:#d9dde3;--do:#1f5fd0;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a0a8b4;--back:#14171a;--card:#1e2226;--line:#343a41;--do:#6ea0ff;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);color:var(--ink);font:17px/1.5 system-ui,sans-serif}
main{width:100%;max-width:28rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.5rem}
h1{font-size:1.25rem;line-height:1.35;margin:0 0 .75rem;overflow-wrap:anywhere}
p{margin:.5rem 0;overflow-wrap:anywhere}.note{white-space:pre-line}.soft{color:var(--soft);font-size:.9rem}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.2rem;overflow-wrap:anywhere}li{margin:.4rem 0}
code{font:.9em ui-monospace,monospace;background:var(--back);border-radius:.3rem;padding:.1em .35em}
.code{font:600 1.7rem ui-monospace,monospace;letter-spacing:.1em;text-align:center;border:1px solid var(--line);border-radius:.6rem;padding:.7rem}
label{display:block;margin:1rem 0 .25rem}
input{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.6rem;padding:.7rem}
button{width:100%;margin-top:1rem;font:inherit;font-weight:600;color:var(--card);background:var(--do);border:0;border-radius:.6rem;padding:.85rem;cursor:pointer}
button:focus-visible,input:focus-visible{outline:3px solid var(--do);outline-offset:2px}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Nothing from elsewhere, no script, no frame; forms lead back here. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Answers with a page for whoever follows a link: works without script, on a phone as well. */
export const sendPage = (
  h: ResponseToolkit,
  status: number,
  { title, body }: { title: string; body: Markup },
): ResponseObject =>
  h
    .response(
      html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${new Markup(style)}</style></head><body><main>${body}</main></body></html>`
        .text,
    )
    .code(status)
    .type('text/html')
    .header('content-security-policy', policy)
    .header('x-robots-tag', 'noindex, nofollow');
