import { randomBytes } from 'node:crypto';
import { engineLines } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { markedLines } from '../../report/marked-lines.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import type { Hold } from './hold.ts';

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
  /** Given for an engine that throws away what it has of a layer when a pull fails. */
  readonly hold: Hold | undefined;
  readonly signal: AbortSignal;
}

/** An engine with a store of its own tries each layer five times itself, and goes on where it stopped. */
const attempts = 4;
/** One with containerd's fails at once, so it is asked again as long as a connection takes to come back: 3 s each. */
const outages = 25;

/** Pulls an image on a node as a detached job, which goes on while the connection is made again. Throws DISK_FULL, IMAGE_TRANSFER_FAILED. */
export async function pullOn(request: PullRequest): Promise<void> {
  const { node, name, image, hold, signal } = request;
  let arrived = false;
  let log = '';
  const lines = markedLines(
    ([word, pull = '', folder = '']) => {
      arrived ||= word === 'arrived';
      if (word === 'pulling' && hold !== undefined) hold.onWorthwhile = () => beginAgain(node, pull, folder);
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

function pullScript({ node, image, keeper, plainLayers, layerStore, hold }: PullRequest): string {
  return `cd "$DRAYAGE_JOB" || exit 1
${engineLines(node.account)}
# Of the account's credentials none are for this registry.
export DOCKER_CONFIG=$DRAYAGE_JOB
${layerStore === undefined ? '' : knownLines(layerStore, plainLayers)}
tries=0 outages=0
while [ $tries -lt ${attempts} ] && [ $outages -lt ${outages} ]; do
  docker pull --quiet ${quote(image)} >pull.log 2>&1 &
  echo "@drayage pulling $! $DRAYAGE_JOB"
  if wait $!; then
    docker tag ${quote(image)} ${quote(keeper)} && echo '@drayage arrived'
    exit
  fi
  if [ -e again ]; then rm -f again; continue; fi
  case $(cat pull.log) in
    *'no space left'* | *'o matching manifest'* | *'manifest unknown'*) break ;;
    ${hold === undefined ? '' : "*refused* | *reset* | *EOF* | *'broken pipe'*) outages=$((outages + 1)) ;;"}
    *) tries=$((tries + 1)) ;;
  esac
  pause=$((tries + outages)); sleep $((pause < 3 ? pause : 3))
done
cat pull.log
exit 1
`;
}

/** Cancels a pull of a job of ours, which then begins it again. */
async function beginAgain(node: Server, pull: string, folder: string): Promise<void> {
  if (!/^[0-9]+$/.test(pull)) throw new DrayageError('INTERNAL_BUG', `'${pull}' is no process.`);
  const script = `read -r name </proc/${pull}/comm && [ "$name" = docker ] && : >${quote(folder)}/again && kill ${pull}`;
  await node.script(script, { purpose: 'Holding what has arrived' });
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
