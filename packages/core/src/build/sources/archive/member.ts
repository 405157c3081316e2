import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { DrayageError } from '../../../errors/drayage-error.ts';

/** What an archive holds under one name. */
export interface Member {
  /** As it stands there. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'copy' | 'other';
  /** Permissions. */
  readonly mode: number;
  /** Bytes of a file, as the archive announces them. */
  readonly size: number;
  /** What a link points to; the name of the member that a copy (a hard link) repeats; what else it is. */
  readonly target?: string;
}

export interface OpenMember {
  readonly member: Member;
  /** The content of a file, once, before the next member is asked for. Ends with an error where it is not what was announced. */
  readonly open: () => Promise<Readable>;
}

/** Reads an archive from its beginning. Rejects with a plain Error where it is damaged. */
export type ReadMembers = () => AsyncIterable<OpenMember>;

/** @param archive The archive as its user named it. */
export function refused(archive: string, what: string, hint?: string): DrayageError {
  return new DrayageError('ARCHIVE_INVALID', `${archive} ${what}.`, { hint });
}

/** A member's name as a path: without `./` in front and `/` at the end. */
export function memberPath(name: string): string {
  return posix.normalize(name).replace(/\/$/, '');
}
