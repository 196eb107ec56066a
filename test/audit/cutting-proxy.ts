import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to the database that can be cut between a command and its answer. */
export interface CuttingProxy extends AsyncDisposable {
  readonly uri: string;
  /** How often it was cut. */
  readonly cuts: () => number;
  /** Lets the next commands with this word arrive, and cuts the wire instead of bringing their answers back. */
  cutAnswersTo(word: string, times: number): void;
}

export async function openCuttingProxy(uri: string, database: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(uri);
  const sockets = new Set<Socket>();
  let cut = { word: '', times: 0 };
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let doomed = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (data) => {
      if (cut.times > 0 && data.includes(cut.word)) {
        cut.times -= 1;
        doomed = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!doomed) client.write(data);
      else {
        cuts += 1;
        client.destroy();
        upstream.destroy();
      }
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    uri: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/${database}?directConnection=true`,
    cuts: () => cuts,
    cutAnswersTo: (word, times) => {
      cut = { word, times };
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
