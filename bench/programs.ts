import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

/** The programs of the bench that run as processes of their own. */
const sources = {
  baseline: 'peers/gridfs-baseline',
  floor: 'peers/sealed-floor',
  bareCoffer: 'peers/bare-coffer',
  limit: 'peers/crypto-limit',
  rawDump: 'peers/raw-dump',
  transfer: 'clients/node-transfer',
  smallFiles: 'clients/small-files-client',
} as const;

/** Paths of the compiled programs. */
export type Programs = Readonly<Record<keyof typeof sources, string>>;

/** Compiles them, so that they run on plain `node`: a loader would cost time and memory that are not theirs. */
export async function compilePrograms(folder: string): Promise<Programs> {
  const out = join(folder, 'programs');
  await mkdir(out);
  await writeFile(join(out, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: root,
      outDir: out,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: [
      ...Object.values(sources).map((name) => join(root, 'bench', `${name}.ts`)),
      // Declarations that only a whole project includes.
      join(root, 'api/http/state.ts'),
      join(root, 'src/database/driver-connection.d.ts'),
    ],
  };
  await writeFile(join(out, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(out, 'tsconfig.json'),
  ]);
  return Object.fromEntries(
    Object.entries(sources).map(([key, name]) => [key, join(out, 'bench', `${name}.js`)]),
  ) as Programs;
}
