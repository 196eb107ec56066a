/** A database as it looks after years: many accounts, many files. Entries only: lists and searches read no content. */
import { ObjectId } from 'mongodb';
import { createAccount } from '../src/accounts/create-account.ts';
import { readConfig } from '../src/config.ts';
import { randomKey } from '../src/crypto/keyring.ts';
import { storeKey } from '../src/database/binary.ts';
import type { FileDoc } from '../src/files/documents.ts';
import { newFile } from '../src/files/insert-file.ts';
import type { Locker } from '../src/locker.ts';
import { createLog } from '../src/log.ts';
import { openLocker } from '../src/open-locker.ts';

/** Words as they occur in names, the frequent ones first. */
const common =
  'report invoice photo scan letter contract draft final copy notes meeting budget travel tax house car school music video backup'.split(
    ' ',
  );
const syllables = 'ba de fi go lu ma ne pi ro su ta ve wi xo yu zan ker mol tir pas'.split(' ');
const rare = syllables.flatMap((first) =>
  syllables.flatMap((second) => syllables.map((third) => first + second + third)),
);
export const vocabulary: readonly string[] = [...common, ...rare];
const extensions = ['pdf', 'jpg', 'docx', 'xlsx', 'mp4', 'txt'];
export const folderOf = (index: number): string => `/archive/${index % 40}/${index % 7}`;
export const tagOf = (index: number): string => `tag-${index % 20}`;

const batchSize = 1000;
const otherAccounts = 9;

/** Picks words so that few are in many names and most are in few: by Zipf's law, about. */
const wordAt = (random: number): string =>
  vocabulary[Math.floor(vocabulary.length ** random) - 1] ?? 'report';

/**
 * Fills the locker of a running Coffer.
 *
 * @param handle account that gets `mine` entries; the others are spread over accounts of their own.
 */
export async function fill(
  dataDir: string,
  handle: string,
  { mine, others }: { mine: number; others: number },
): Promise<void> {
  const config = readConfig({ COFFER_DATA_DIR: dataDir }, dataDir);
  const opened = await openLocker(config, createLog('silent'), 'operator');
  const { locker } = opened;
  try {
    const account = await locker.collections.accounts.findOne({ handle });
    if (account === null) throw new Error(`there is no account ${handle}`);
    const owner = locker.accountKeys.open(account);
    const owners = await Promise.all(
      Array.from({ length: otherAccounts }, async (_none, index) => {
        const { _id } = await createAccount(locker, `other-${index}`, 'member');
        return { id: _id, mask: Math.trunc(Math.random() * 2 ** 31) };
      }),
    );
    // Built at the end, sorted, they take minutes less.
    await locker.collections.files.dropIndexes();
    let next = mine;
    const copies = others / mine / otherAccounts;
    for (let start = 0; start < mine; start += batchSize) {
      const batch = Array.from({ length: Math.min(batchSize, mine - start) }, (_none, index) =>
        entry(locker, owner, start + index),
      );
      await locker.collections.files.insertMany(batch, { ordered: false });
      for (const { id, mask } of owners)
        for (let copy = 0; copy < copies; copy++)
          await locker.collections.files.insertMany(
            batch.map((file) => ofAnother(file, id, mask, next++)),
            { ordered: false },
          );
    }
  } finally {
    await opened.close();
  }
  const reopened = await openLocker(config, createLog('silent'), 'operator');
  await reopened.close();
}

function entry(locker: Locker, owner: Parameters<typeof newFile>[0], index: number): FileDoc {
  const createdAt = new Date(Date.UTC(2020, 0, 1) + index * 30 * 60 * 1000);
  const words = Array.from({ length: 4 }, () => wordAt(Math.random()));
  const id = new ObjectId();
  return newFile(
    owner,
    numbered(index),
    {
      id,
      sizeBytes: 1000 + index,
      key: storeKey(locker.keyring.wrap(randomKey())),
      createdAt,
      createdBy: owner.id,
    },
    {
      name: `${words.join(' ')} ${index}.${extensions[index % extensions.length]}`,
      folder: folderOf(index),
      tags: [tagOf(index)],
      mediaType: 'application/octet-stream',
      description: '',
      versions: [
        { n: 1, id: id.toHexString(), size: 1000 + index, segmentBytes: 2 ** 21, sha256: '0'.repeat(64) },
      ],
    },
  );
}

/** An id that looks like any other: random ones would meet among a million. */
const numbered = (index: number) => index.toString(36).padStart(6, '0');

/** Looks to the database like an entry of someone else: other tokens, as frequent as these. */
const ofAnother = (file: FileDoc, owner: string, mask: number, index: number): FileDoc => ({
  ...file,
  _id: numbered(index),
  owner,
  words: file.words.map((token) => token ^ mask),
  versions: file.versions.map((version) => ({ ...version, id: new ObjectId() })),
});
