import type { LinkedFile, UploadPageView } from '../../src/links/show-link.ts';
import type { Receipt } from '../../src/links/receive.ts';
import { formatKind, formatSize, formatTime } from './format.ts';
import { html, type Markup } from './markup.ts';

interface Page {
  readonly title: string;
  readonly body: Markup;
}

/** The one page of all links that are no good: it depends on nothing. */
export const deadPage: Page = {
  title: 'This link is not good',
  body: html`<h1>This link is not good</h1>
<p>It was never made, has ended, or was used up.</p>
<p class="soft">Check that you have all of it, or ask whoever gave it to you for another one.</p>`,
};

/** Says what a link leads to. Fetching it is another request, which only a person makes. */
export const downloadPage = ({ name, mediaType, sizeBytes, owner, expiresAt }: LinkedFile): Page => ({
  title: name,
  body: html`<h1>${name}</h1>
<dl><dt>Size</dt><dd>${formatSize(sizeBytes)}</dd><dt>Type</dt><dd>${formatKind(name, mediaType)}</dd><dt>From</dt><dd>${owner}</dd>${
    expiresAt === null ? null : html`<dt>Until</dt><dd>${formatTime(expiresAt)}</dd>`
  }</dl>
<form method="post"><button>Download</button></form>`,
});

/** Asks for the password, and says nothing of the file. */
export const passwordPage = (problem: string | null): Page => ({
  title: 'A password is needed',
  body: html`<h1>A password is needed</h1>
${problem === null ? html`<p>Whoever gave you this link has it.</p>` : html`<p class="bad" role="alert">${problem}</p>`}
<form method="post"><label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="256" autocomplete="off" autofocus>
<button>Download</button></form>`,
});

/** Asks for files. */
export const uploadPage = (view: UploadPageView, problem: string | null = null): Page => {
  const title = view.kind === 'upload' ? `Upload a file to ${view.owner}` : view.title;
  const one = view.filesLeft === 1;
  return {
    title,
    body: html`<h1>${title}</h1>
${view.note === '' ? null : html`<p class="note">${view.note}</p>`}
${problem === null ? null : html`<p class="bad" role="alert">${problem}</p>`}
<dl><dt>Goes to</dt><dd>${view.owner}</dd>${limits(view).map(([what, limit]) => html`<dt>${what}</dt><dd>${limit}</dd>`)}</dl>
<form method="post" enctype="multipart/form-data"><label for="file">${one ? 'File' : 'Files'}</label>
${one ? html`<input id="file" name="file" type="file" required>` : html`<input id="file" name="file" type="file" required multiple>`}
<button>Send</button></form>
<p class="soft">It is encrypted as it arrives. You will not see what is there already.</p>`,
  };
};

function limits({ filesLeft, maxBytes, maxFileBytes, expiresAt }: UploadPageView): [string, string][] {
  return [
    ...(filesLeft === null
      ? []
      : [['At most', `${filesLeft} file${filesLeft === 1 ? '' : 's'}`] as [string, string]]),
    ...(maxFileBytes === null
      ? []
      : [[filesLeft === 1 ? 'Size' : 'Each', `up to ${formatSize(maxFileBytes)}`] as [string, string]]),
    ...(maxBytes === null || maxBytes === maxFileBytes
      ? []
      : [['Together', `up to ${formatSize(maxBytes)}`] as [string, string]]),
    ...(expiresAt === null ? [] : [['Until', formatTime(expiresAt)] as [string, string]]),
  ];
}

/** Says what arrived of what was sent, and why the rest did not. */
export const receiptPage = (receipts: readonly Receipt[], problem: string | null): Page => {
  const title = problem === null ? 'Thank you, it arrived' : 'Not everything arrived';
  return {
    title,
    body: html`<h1>${title}</h1>
${problem === null ? null : html`<p class="bad" role="alert">${problem}</p>`}
${receipts.length === 0 ? null : html`<p>This is safe:</p><ul>${receipts.map(({ name, sizeBytes }) => html`<li>${name}, ${formatSize(sizeBytes)}</li>`)}</ul>`}`,
  };
};

/** Says that something else went wrong, and what to do. */
export const troublePage = (title: string, hint: string): Page => ({
  title,
  body: html`<h1>${title}</h1><p>${hint}</p>`,
});
