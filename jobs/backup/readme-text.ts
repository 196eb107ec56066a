/** The page that explains a backup to whoever finds it. */
export const readmeText = `This folder holds backups of a Coffer, an encrypted file locker. Everything of value in it is encrypted.

  objects/    what the files contain, sealed, each version once
  snapshots/  one small file for each backup, named by its time (UTC)
  records/    what belongs to each backup, sealed: names, folders, accounts, history

To restore you need
  - all of this folder,
  - the locker's keyring file ("keys", from its data folder),
  - if backups are sealed to an age recipient: the private key file (AGE-SECRET-KEY-1...).

With Coffer (Node.js 20), into a new data folder that has the keyring file in it:

  COFFER_DATA_DIR=/new/data COFFER_BACKUP_DIR=/this/folder node . restore --dry-run latest
  COFFER_DATA_DIR=/new/data COFFER_BACKUP_DIR=/this/folder node . restore latest

Without Coffer (Python 3 and its package "cryptography"), to plain files:

  python3 recover.py /this/folder /path/to/keys /where/to

recover.py is in the folder docs of Coffer. jobs/backup/FORMAT.md of Coffer describes every byte.
Do not rename or change anything in here; a copy of the whole folder is as good as the folder.
`;
