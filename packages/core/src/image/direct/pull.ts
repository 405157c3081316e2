import { randomBytes } from 'node:crypto';
import { engineLines } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { markedLines } from '../../report/marked-lines.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';

export interface PullRequest {
  readonly node: Server;
  /** Names the job; a random part is added. */
  readonly name: string;
  /** `127.0.0.1:<port>/<repository>@sha256:…` */
  readonly image: string;
  /** Tag that keeps the image from being pruned until it is deployed. */
  readonly keeper: string;
  /** Layers whose digest is that of the archive itself. */
  readonly plainLayers: readonly string[];
  /** Data folder of an engine that stores layers as folders; undefined for others. */
  readonly layerStore: string | undefined;
  readonly signal: AbortSignal;
}

/** The engine itself tries each layer five times, and goes on where it stopped. */
const attempts = 4;

/** Pulls an image on a node as a detached job, which goes on while the connection is made again. Throws DISK_FULL, IMAGE_TRANSFER_FAILED. */
export async function pullOn(request: PullRequest): Promise<void> {
  const { node, name, image, signal } = request;
  let arrived = false;
  let log = '';
  const lines = markedLines(
    ([word]) => {
      arrived ||= word === 'arrived';
    },
    (text) => {
      log = `${log}${text}`.slice(-8192);
    },
  );
  await node.job({
    id: `receive-${name}-${randomBytes(4).toString('hex')}`,
    script: pullScript(request),
    onOutput: lines.push,
    signal,
  });
  lines.finish();
  if (arrived) return;
  const said = log.trim().split('\n').at(-1)?.replace(/\.$/, '') || 'no reason given';
  if (/no space left/i.test(log))
    throw new DrayageError('DISK_FULL', `${node.name} has no room for the image: ${said}.`, { output: log });
  const what = `Image ${image} did not arrive on ${node.name}. The engine said: ${said}.`;
  throw new DrayageError('IMAGE_TRANSFER_FAILED', what, { output: log });
}

function pullScript({ node, image, keeper, plainLayers, layerStore }: PullRequest): string {
  return `cd "$DRAYAGE_JOB" || exit 1
${engineLines(node.account)}
# Of the account's credentials none are for this registry.
export DOCKER_CONFIG=$DRAYAGE_JOB
${layerStore === undefined ? '' : knownLines(layerStore, plainLayers)}
for try in $(seq ${attempts}); do
  if docker pull --quiet ${quote(image)} >pull.log 2>&1; then
    docker tag ${quote(image)} ${quote(keeper)} && echo '@drayage arrived'
    exit
  fi
  case $(cat pull.log) in *'no space left'* | *'o matching manifest'* | *'manifest unknown'*) break ;; esac
  sleep "$try"
done
cat pull.log
exit 1
`;
}

/**
 * An engine that stores layers as folders knows a layer it has by the digest of the blob it came as, and asks for the blob
 * again where that is another one: a compressed layer of a public image is the same layer here, but not the same blob. Here
 * each blob is the layer's archive itself, and its digest is by definition that of the layer, which is what these lines of
 * the engine's memory say (moby: distribution/metadata/v2_metadata_service.go). What the engine does not have it still fetches.
 */
function knownLines(root: string, layers: readonly string[]): string {
  const folder = `${root}/image/overlay2/distribution/diffid-by-digest/sha256`;
  const names = layers.map((digest) => digest.slice('sha256:'.length)).join(' ');
  return `if [ -d ${quote(`${root}/image/overlay2`)} ] && mkdir -p ${quote(folder)}; then
  for layer in ${names}; do
    [ -e ${quote(folder)}/$layer ] || { printf 'sha256:%s' "$layer" >${quote(folder)}/.$layer.part && mv -f ${quote(folder)}/.$layer.part ${quote(folder)}/$layer; }
  done
fi 2>/dev/null
`;
}
