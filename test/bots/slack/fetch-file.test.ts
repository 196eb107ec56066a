import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttachmentError } from '../../../bots/port/incoming.ts';
import { fetchFile } from '../../../bots/slack/files/fetch-file.ts';
import { FileHosts } from '../../../bots/slack/files/file-hosts.ts';

const content = Buffer.from('what the person sent');
let answer: (response: ServerResponse) => void = () => {};
let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  answer(response);
});
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/files-pri/T1-F1/a.pdf`);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Fetches what the server answers: the bytes, or the sentence, with whatever was released before it. */
async function fetched(announced: { mediaType?: string; sizeBytes?: number | undefined } = {}) {
  const source = {
    url,
    botToken: 'xoxb-test',
    mediaType: 'application/pdf',
    sizeBytes: content.length,
    ...announced,
  };
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of await fetchFile(source, new AbortController().signal)) pieces.push(piece);
    return { bytes: Buffer.concat(pieces) };
  } catch (error) {
    if (!(error instanceof AttachmentError)) throw error;
    return { sentence: error.message };
  }
}

const page = (response: ServerResponse) =>
  void response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>Sign in to Slack</html>');

describe('a file of Slack', () => {
  it('comes as it is', async () => {
    answer = (response) => void response.end(content);
    expect(await fetched()).toEqual({ bytes: content });
    expect(await fetched({ sizeBytes: undefined })).toEqual({ bytes: content });
  });

  it('is refused if a sign-in page comes with status 200', async () => {
    answer = page;
    expect((await fetched()).sentence).toContain('sign-in page');
    expect((await fetched({ mediaType: 'text/html' })).sentence).toContain('sign-in page');
    expect((await fetched({ mediaType: 'text/html', sizeBytes: undefined })).sentence).toContain(
      'sign-in page',
    );
  });

  it('is refused if a sign-in page comes without a type, and nothing of it is released', async () => {
    const long = `<!DOCTYPE html><title>Slack</title>${'x'.repeat(100)}`;
    answer = (response) => void response.end(long);
    for (const sizeBytes of [long.length, undefined])
      expect((await fetched({ sizeBytes })).sentence).toContain('sign-in page');
    expect((await fetched({ mediaType: 'text/html', sizeBytes: long.length })).bytes).toBeDefined();
  });

  it('is taken if it is a page itself, of the announced length', async () => {
    answer = page;
    const { bytes } = await fetched({ mediaType: 'text/html', sizeBytes: 29 });
    expect(bytes?.toString()).toBe('<html>Sign in to Slack</html>');
  });

  it('is not fetched from where Slack redirects to', async () => {
    requests = 0;
    answer = (response) => void response.writeHead(302, { location: url.href }).end();
    expect((await fetched()).sentence).toContain('sent me elsewhere');
    expect(requests).toBe(1);
  });

  it.each([
    [404, 'does not have it any more'],
    [403, 'does not let me see it'],
    [206, 'did not hand it over (status 206)'],
  ])('is refused with status %i', async (status, sentence) => {
    answer = (response) => void response.writeHead(status).end();
    expect((await fetched()).sentence).toContain(sentence);
  });

  it('is refused if it is longer or shorter than announced, with and without a length', async () => {
    answer = (response) => void response.end(content);
    expect((await fetched({ sizeBytes: 19 })).sentence).toContain('Slack announced');
    expect((await fetched({ sizeBytes: 21 })).sentence).toContain('Slack announced');
    answer = (response) => {
      response.write(content.subarray(0, 5));
      response.end(content.subarray(5));
    };
    expect((await fetched({ sizeBytes: 19 })).sentence).toContain('sent more than');
    expect((await fetched({ sizeBytes: 21 })).sentence).toContain('Slack announced');
  });

  it('is refused if the connection breaks in the middle', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5), () => response.destroy());
    };
    expect((await fetched()).sentence).toContain('in the middle');
  });

  it('is asked for again after a fault that passes', async () => {
    let faults = 1;
    answer = (response) => void (faults-- > 0 ? response.writeHead(503).end() : response.end(content));
    expect(await fetched()).toEqual({ bytes: content });
  });
});

const hostsOf = (apiUrl: string, ...fileHosts: string[]) => new FileHosts({ apiUrl, fileHosts });

describe('the hosts that get the token', () => {
  it.each([
    ['https://files.slack.com/files-pri/T1-F1/a', true],
    ['https://team.enterprise.slack.com/files/a', true],
    ['http://files.slack.com/a', false],
    ['https://files.slack.com:8443/a', false],
    ['https://slack.com.evil.example/a', false],
    ['https://evilslack.com/a', false],
    ['https://user:password@files.slack.com/a', false],
    ['http://127.0.0.1:9/a', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('%s: %s', (address, allowed) => {
    expect(hostsOf('https://slack.com/api/').allow(address) !== undefined).toBe(allowed);
  });

  it('are the server of SLACK_API_URL too if it is on this machine, and no other server there', () => {
    const hosts = hostsOf('http://127.0.0.1:1234/api/');
    expect(hosts.allow('http://127.0.0.1:1234/files/a')?.href).toBe('http://127.0.0.1:1234/files/a');
    expect(hosts.allow('http://127.0.0.1:1235/files/a')).toBeUndefined();
    expect(hosts.allow('http://localhost:1234/files/a')).toBeDefined();
    expect(hosts.allow('http://[::1]:1234/files/a')).toBeDefined();
    expect(hosts.allow('http://127.evil.example:1234/files/a')).toBeUndefined();
    expect(hosts.allow('https://127.0.0.1:1234/files/a')).toBeUndefined();
    expect(hostsOf('https://proxy.example/api/').allow('https://proxy.example/a')).toBeUndefined();
  });

  it('are those of GovSlack where that is used', () => {
    const hosts = hostsOf('https://slack-gov.com/api/');
    expect(hosts.allow('https://files.slack-gov.com/a')).toBeDefined();
    expect(hosts.allow('https://files.slack.com/a')).toBeUndefined();
    expect(hostsOf('https://evilslack-gov.com/api/').allow('https://files.slack-gov.com/a')).toBeUndefined();
  });

  it('are what SLACK_FILE_HOSTS names, to the letter', () => {
    const hosts = hostsOf('https://slack.com/api/', 'https://files.example', 'http://127.0.0.1:9');
    expect(hosts.allow('https://files.example/a')).toBeDefined();
    expect(hosts.allow('http://127.0.0.1:9/a')).toBeDefined();
    expect(hosts.allow('http://files.example/a')).toBeUndefined();
    expect(hosts.allow('https://files.example:444/a')).toBeUndefined();
    expect(hosts.allow('https://more.files.example/a')).toBeUndefined();
  });
});
