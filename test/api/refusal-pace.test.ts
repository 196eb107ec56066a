import { once } from 'node:events';
import { connect } from 'node:net';
import hapi from '@hapi/hapi';
import { describe, expect, it, onTestFinished } from 'vitest';
import { paceRefusals, RefusalPace } from '../../api/http/refusal-pace.ts';

/** A pace by a clock that stands until it is moved, with what each refusal waited for. */
function paced({ busy = 0 } = {}) {
  let now = 1000;
  const waited: number[] = [];
  const ends: (() => void)[] = [];
  const pace = new RefusalPace({
    now: () => now,
    busy: () => busy,
    sleep: (ms) => {
      waited.push(ms);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  return {
    waited,
    refuse: (count: number, cost = 1) => Promise.all(Array.from({ length: count }, () => pace.wait(cost))),
    pass: (ms: number) => void (now += ms),
    endAll: () => {
      for (const end of ends.splice(0)) end();
    },
  };
}

describe('the pace of refusals', () => {
  it('lets some pass at once, and the others one after the other', async () => {
    const { waited, refuse } = paced();
    await refuse(401);
    expect(waited).toEqual([]);
    void refuse(3);
    expect(waited).toEqual([2.5, 5, 7.5]);
  });

  it('counts those that cost work four times', async () => {
    const { waited, refuse } = paced();
    await refuse(101, 4);
    expect(waited).toEqual([]);
    void refuse(3, 4);
    expect(waited).toEqual([10, 20, 30]);
  });

  it('keeps a flood to 400 a second, however it comes', () => {
    const { waited, refuse, pass } = paced();
    for (let i = 0; i < 20; i++) {
      void refuse(100);
      pass(100);
    }
    // The last of 2,000 came after 1.9 s, and is due 2.5 ms after the one before it, since 400 were free.
    expect(waited.at(-1)).toBe(1999 * 2.5 - 1000 - 1900);
  });

  it('slows down while the server is busy, to an eighth', () => {
    const { waited, refuse, pass } = paced({ busy: 1 });
    // Doubles four times a second.
    for (let i = 0; i < 4; i++) {
      void refuse(1);
      pass(250);
    }
    void refuse(402);
    const [a = 0, b = 0] = waited.slice(-2);
    expect(b - a).toBe(20);
  });

  it('makes nobody wait again once the flood is over', async () => {
    const { waited, refuse, pass, endAll } = paced();
    void refuse(1000);
    endAll();
    pass(5000);
    const before = waited.length;
    await refuse(401);
    expect(waited).toHaveLength(before);
  });

  it('answers at once what would have to wait for longer than 8 seconds', async () => {
    const { waited, refuse, endAll } = paced();
    void refuse(401 + 3200);
    expect(waited).toHaveLength(3200);
    expect(waited.at(-1)).toBe(8000);
    await refuse(500);
    expect(waited).toHaveLength(3200);
    endAll();
  });

  it('is kept by strangers who are refused, pages too, and by whoever is over a budget, and by nobody else', async () => {
    const costs: number[] = [];
    const server = hapi.server({ host: '127.0.0.1', port: 0 });
    server.auth.scheme('named', () => ({
      authenticate: ({ headers }, h) =>
        headers['x-name'] === undefined
          ? h.unauthenticated(new Error('no name'))
          : h.authenticated({ credentials: {} }),
    }));
    server.auth.strategy('named', 'named');
    const answer = (path: string, status: number, auth: false | 'named') =>
      server.route({
        method: 'GET',
        path,
        options: { auth },
        handler: (_, h) => h.response('').code(status),
      });
    for (const status of [200, 404, 429, 503]) {
      answer(`/out/${status}`, status, false);
      answer(`/in/${status}`, status, 'named');
    }
    paceRefusals(server, { wait: async (cost) => void costs.push(cost) });
    await server.start();
    onTestFinished(() => server.stop());
    const connection = async () => {
      const socket = connect(Number(server.info.port), '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      await once(server.listener, 'connection');
    };
    await connection();
    await connection();
    await server.inject('/out/404');
    // As long as nobody else is there, nobody waits.
    expect(costs).toEqual([]);
    await connection();
    for (const status of [200, 503, 404, 429]) await server.inject(`/out/${status}`);
    expect(costs).toEqual([4, 1]);
    for (const status of [200, 503, 404, 429])
      await server.inject({ url: `/in/${status}`, headers: { 'x-name': 'alice' } });
    expect(costs).toEqual([4, 1, 1]);
  });
});
