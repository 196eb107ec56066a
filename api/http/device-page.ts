import { createHash } from 'node:crypto';
import { isUserCode, showUserCode } from '../../src/accounts/user-code.ts';

const style = `
:root{color-scheme:light dark}
body{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.4rem}code{font:.95em ui-monospace,monospace;background:#8882;border-radius:.3rem;padding:.1em .35em}
.code{font:600 1.9rem ui-monospace,monospace;letter-spacing:.12em;text-align:center;border:1px solid #8886;border-radius:.6rem;padding:.7rem}
li{margin:.6rem 0}small{color:#777}`;

/** Content-Security-Policy of the page: its own style, and nothing else. */
export const devicePagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * The page to which a device sends its person: says how to approve. It approves nothing itself and asks for nothing, so
 * there is nothing in it to trick anyone with.
 *
 * @param userCode shown if it can be one.
 */
export function devicePage(userCode: string | undefined): string {
  const code = userCode !== undefined && isUserCode(userCode) ? showUserCode(userCode) : undefined;
  const shown = code ?? 'CODE';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Approve a sign-in</title><style>${style}</style></head><body>
<h1>A device wants to sign in to this locker</h1>
${code === undefined ? '<p>It shows a code of eight letters, such as <code>BCDF-GHJK</code>.</p>' : `<p class="code">${code}</p><p>Compare it with what the device shows.</p>`}
<p>Approve it only if you started this yourself, from where you are signed in already:</p>
<ul><li>in your chat with the locker: <code>/approve ${shown}</code></li>
<li>with a signed-in client: <code>POST /v1/device/approve</code> with <code>{"user_code":"${shown}"}</code>; <code>GET /v1/device/${shown}</code> shows before what it is and what it may do</li></ul>
<p><small>If somebody sent you here, do not approve it: they would get into your files.</small></p>
</body></html>`;
}
