import * as z from 'zod';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import { contentImage } from './content-store.ts';
import { lookAtEngine } from './engine.ts';
import { overlayImage } from './overlay-store.ts';
import { savedImage } from './saved-image.ts';
import type { StoredImage } from './stored-image.ts';

export interface SourceImage extends StoredImage, AsyncDisposable {
  /** `os/architecture`; undefined where the image has several. */
  readonly platform: string | undefined;
}

const imageInfo = z.looseObject({ Id: z.string(), Os: z.string(), Architecture: z.string() });

/**
 * An image of a build server, opened for reading. Throws IMAGE_NOT_FOUND where the server does not have it, and
 * IMAGE_TRANSFER_FAILED where it cannot be read.
 */
export async function openImage(
  server: Server,
  imageId: string,
  work: { readonly phase: Phase; readonly signal: AbortSignal },
): Promise<SourceImage> {
  const { facts, answers } = await lookAtEngine(server, [`/images/${imageId}/json`], work.signal);
  const image = imageInfo.safeParse(answers[0]).data;
  if (image === undefined) {
    throw new DrayageError('IMAGE_NOT_FOUND', `${server.name} has no image ${imageId}.`, {
      hint: 'Build it first: drayage build-remote',
    });
  }
  const { privilege } = server.account;
  const mayRead = privilege === 'root' || privilege === 'sudo';
  const found =
    facts.store === 'overlay' && mayRead
      ? await overlayImage(server, facts.root, image.Id)
      : facts.store === 'content' && mayRead
        ? await contentImage(server, facts.root, image.Id)
        : undefined;
  const platform = image.Os === '' || image.Architecture === '' ? undefined : `${image.Os}/${image.Architecture}`;
  if (found !== undefined) return { ...found, platform, [Symbol.asyncDispose]: async () => undefined };
  return { ...(await savedImage(server, image.Id, work)), platform };
}
