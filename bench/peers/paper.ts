import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { plainEnvironment, type Program, run, startProgram } from '../processes.ts';
import type { Site } from '../site.ts';
import { type Peer, plainPeer } from './peer.ts';

/** The Python that can run the paper's stack. */
export interface PaperStack {
  /** Such as `Python 3.11.7, Flask 3.1.3, cryptography 48.0.0`. */
  readonly versions: string;
}

const python = 'python3';
const askVersions = `
import platform, flask, cryptography
from importlib.metadata import version
print(f"Python {platform.python_version()}, Flask {version('flask')}, cryptography {version('cryptography')}")
`;

/** Looks whether Python, Flask and cryptography are there, and says what is missing. */
export async function findPaper(): Promise<PaperStack | { missing: string }> {
  try {
    return { versions: (await run(python, ['-c', askVersions])).trim() };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const module = /No module named '(\w+)'/.exec(text)?.[1];
    if (module !== undefined) return { missing: `${python} has no module ${module}` };
    if (text.includes('ENOENT')) return { missing: `there is no ${python}` };
    throw error;
  }
}

/** Starts `paper.py`, with tokens in a folder of its own. */
export async function startPaper({ folder }: Site): Promise<Peer> {
  const files = await mkdtemp(join(folder, 'paper-'));
  let program: Program | undefined;
  const stop = async () => {
    await program?.stop();
    await rm(files, { recursive: true, force: true });
  };
  try {
    program = await startProgram({
      command: python,
      args: [join(import.meta.dirname, 'paper.py'), files],
      env: plainEnvironment(),
      logPath: join(folder, 'paper.log'),
      expect: /Running on (\S+)/,
    });
    const pids = { server: program.pid, database: undefined };
    return plainPeer(program.ready, { name: 'paper', pids, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}
