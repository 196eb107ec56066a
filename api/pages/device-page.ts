import { isUserCode, showUserCode } from '../../src/accounts/user-code.ts';
import { html, type Markup } from './markup.ts';

/**
 * The page to which a device sends its person: says how to approve. It approves nothing itself and asks for nothing, so
 * there is nothing in it to trick anyone with.
 *
 * @param userCode shown if it can be one.
 */
export function devicePage(userCode: string | undefined): { title: string; body: Markup } {
  const code = userCode !== undefined && isUserCode(userCode) ? showUserCode(userCode) : undefined;
  const shown = code ?? 'CODE';
  return {
    title: 'Approve a sign-in',
    body: html`<h1>A device wants to sign in to this locker</h1>
${
  code === undefined
    ? html`<p>It shows a code of eight letters, such as <code>BCDF-GHJK</code>.</p>`
    : html`<p class="code">${code}</p><p>Compare it with what the device shows.</p>`
}
<p>Approve it only if you started this yourself, from where you are signed in already:</p>
<ul><li>in your chat with the locker: <code>/approve ${shown}</code></li>
<li>with a signed-in client: <code>POST /v1/device/approve</code> with <code>{"user_code":"${shown}"}</code>; <code>GET /v1/device/${shown}</code> shows before what it is and what it may do</li></ul>
<p class="soft">If somebody sent you here, do not approve it: they would get into your files.</p>`,
  };
}
