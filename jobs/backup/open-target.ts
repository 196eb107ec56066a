import type { BackupSettings } from '../../src/backup-settings.ts';
import { FolderTarget } from './folder-target.ts';
import type { BackupTarget } from './target.ts';

/** Opens the place where backups are kept. S3's client is loaded only where it is used: it is large. */
export async function openTarget({ target }: Pick<BackupSettings, 'target'>): Promise<BackupTarget> {
  if ('folder' in target) return FolderTarget.open(target.folder);
  const { S3Target } = await import('./s3-target.ts');
  return new S3Target(target.s3);
}
