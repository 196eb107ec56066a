import { request } from 'node:http';

/** Asks for a content on a new connection and goes away at its first byte. @returns milliseconds until that came. */
export function firstByteMs(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const asking = request(url, { agent: false, headers: { ...headers } }, (response) => {
      if ((response.statusCode ?? 0) >= 300) {
        asking.destroy();
        reject(new Error(`status ${response.statusCode}`));
        return;
      }
      response.once('data', () => {
        resolve(performance.now() - start);
        asking.destroy();
      });
      // Cut off by ourselves.
      response.once('error', () => {});
    });
    asking.once('error', reject);
    asking.end();
  });
}
