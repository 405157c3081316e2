import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { engineLines, privateFolder } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { markedLines } from '../../report/marked-lines.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { layersOf, ociManifest, plainManifest } from './manifest.ts';
import { fileBlob, imageOfFiles, imageOfParts, type StoredImage } from './stored-image.ts';

/** What `docker save` says of an image, in all versions. Paths are relative. */
const savedList = z.array(z.looseObject({ Config: z.string(), Layers: z.array(z.string()) })).min(1);
const index = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })).min(1) });

/**
 * An image that `docker save` has written to a folder of the server: for accounts that may not read the engine's store, and
 * stores that are laid out otherwise. The job that saves it holds the folder until it is told that it is not needed any more,
 * and removes it when its client is gone; what a power cut left behind, the next one removes.
 */
export async function savedImage(
  server: Server,
  imageId: string,
  { phase, signal }: { readonly phase: Phase; readonly signal: AbortSignal },
): Promise<StoredImage & AsyncDisposable> {
  const stop = new AbortController();
  let tell: (folder: string) => void = () => undefined;
  const folder = new Promise<string>((resolve) => {
    tell = resolve;
  });
  let log = '';
  const lines = markedLines(
    ([word, ...rest]) => {
      if (word === 'saved') tell(rest.join(' '));
    },
    (text) => {
      log += text;
    },
  );
  phase.note(`${server.name}: the image is exported first, since its engine's store cannot be read in place.`);
  const job = server.job({
    id: `save-${imageId.slice(7, 19)}-${randomBytes(4).toString('hex')}`,
    script: saveScript(server, imageId),
    onOutput: lines.push,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  const ended = job.then(() => {
    throw notSaved(server, imageId, log);
  });
  ended.catch(() => undefined);
  const place = await Promise.race([folder, ended]);
  const close = async (): Promise<void> => {
    stop.abort();
    await job.catch(() => undefined);
  };
  try {
    const image = await readSaved(server, place, imageId);
    if (image === undefined) throw notSaved(server, imageId, 'what it wrote is in a format that is not known');
    return { ...image, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function saveScript(server: Server, imageId: string): string {
  return `umask 077
${privateFolder('outgoing')}
${engineLines(server.account)}
cd "$DRAYAGE_STATE/outgoing" || exit 1
# A folder is locked by the job that fills it.
for old in *; do [ ! -d "$old" ] || flock -n "$old" rm -rf "$old"; done
folder=$DRAYAGE_STATE/outgoing/$$
mkdir "$folder" && exec 9<"$folder" && flock -n 9 || exit 1
trap 'cd /; rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT HUP
cd "$folder" || exit 1
{ docker save ${quote(imageId)} || echo failed >failed; } | tar -x -f - || exit 1
[ ! -e failed ] || exit 1
echo "@drayage saved $folder"
while :; do sleep 1; done
`;
}

async function readSaved(server: Server, folder: string, imageId: string): Promise<StoredImage | undefined> {
  const at = (digest: string) => `${folder}/blobs/sha256/${digest.slice('sha256:'.length)}`;
  const list = savedList.safeParse(parse(await server.read(`${folder}/manifest.json`)));
  const [saved] = list.data ?? [];
  if (saved === undefined) return undefined;
  const configuration = await server.read(`${folder}/${saved.Config}`);
  const digests = configuration === undefined ? undefined : layersOf(configuration);
  const root = index.safeParse(parse(await server.read(`${folder}/index.json`))).data?.manifests[0]?.digest;
  // An engine that names images by their manifest has exported that one; for the others it has made one up.
  if (root === imageId) return imageOfFiles(server, imageId, at);
  if (configuration === undefined || digests === undefined || saved.Layers.length !== digests.length) return undefined;
  const paths = saved.Layers.map((path) => `${folder}/${path}`);
  const { stdout } = await server.script(paths.map((path) => `wc -c <${quote(path)}`).join('\n'), {
    purpose: 'Measuring the layers',
    repeatable: true,
  });
  const sizes = stdout.trim().split(/\s+/).map(Number);
  const layers = digests.map((digest, position) => {
    const size = sizes[position] ?? 0;
    return { digest, size, open: fileBlob(server, paths[position] ?? '', size).open };
  });
  return imageOfParts(plainManifest(configuration, layers), ociManifest, configuration, layers);
}

function parse(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}

function notSaved(server: Server, imageId: string, log: string): DrayageError {
  const said = log.trim().split('\n').at(-1) || 'no reason given';
  if (/no space left/i.test(log)) {
    return new DrayageError('DISK_FULL', `${server.name} has no room to export image ${imageId}: ${said}.`, {
      output: log,
    });
  }
  return new DrayageError('IMAGE_TRANSFER_FAILED', `${server.name} could not export image ${imageId}: ${said}.`, {
    output: log,
  });
}
