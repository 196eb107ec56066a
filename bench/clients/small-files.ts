import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../processes.ts';
import type { Site } from '../site.ts';

/** What the client is to do: the method on all the URLs. */
export interface Plan {
  readonly method: 'POST' | 'PUT' | 'GET' | 'DELETE';
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Of each file. */
  readonly bytes: number;
  /** Connections at once. */
  readonly clients: number;
}

export interface Outcome {
  readonly seconds: number;
  /** Of the uploaded files, in the order of the URLs. */
  readonly ids: readonly string[];
}

/** Runs `small-files-client.ts`. @throws Error if one request failed. */
export async function runSmallFiles({ programs, folder }: Site, plan: Plan): Promise<Outcome> {
  const path = join(folder, 'small-files-plan.json');
  await writeFile(path, JSON.stringify(plan));
  return JSON.parse(await run(process.execPath, [programs.smallFiles, path])) as Outcome;
}
