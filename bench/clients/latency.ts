import { Agent, request } from 'node:http';

/** What it took until answers had come whole, milliseconds, one request after the other on one connection. */
export async function latenciesMs(
  urls: readonly string[],
  headers: Readonly<Record<string, string>>,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  try {
    for (const url of urls) {
      const started = performance.now();
      await answer(url, agent, headers);
      took.push(performance.now() - started);
    }
  } finally {
    agent.destroy();
  }
  return took;
}

const answer = (url: string, agent: Agent, headers: Readonly<Record<string, string>>) =>
  new Promise<void>((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} was answered with ${response.statusCode}`));
      });
    })
      .once('error', reject)
      .end();
  });

/** The value that this share of them does not exceed. @param share 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new RangeError('a percentile of nothing');
  return value;
}
