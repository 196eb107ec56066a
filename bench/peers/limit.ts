import { run } from '../processes.ts';
import type { Site } from '../site.ts';

/** Runs `crypto-limit.ts`: how long sealing and opening alone take. */
export async function measureLimit(
  { programs }: Site,
  bytes: number,
): Promise<{ readonly uploadSeconds: number; readonly downloadSeconds: number }> {
  const said = JSON.parse(await run(process.execPath, [programs.limit, String(bytes)])) as {
    upload: number;
    download: number;
  };
  return { uploadSeconds: said.upload, downloadSeconds: said.download };
}
