import { quote, quoteArgv } from '../transport/shell.ts';
import { jobFile } from './job-files.ts';

/** Shell text of build jobs. Their umask is 022, so that files of a checkout have the permissions they have everywhere. */

/** Waits until the client has allowed the build to begin: see `BuildJob.gate`. */
export const gateLines = `mkfifo "$DRAYAGE_JOB/go" && exec 3<>"$DRAYAGE_JOB/go" || exit 1
echo "@drayage gate $DRAYAGE_JOB"
read -r word <&3
exec 3>&-
`;

/** Opens the gate of the job with this folder. Opened for both ways, so that it waits for nobody. */
export function openGateScript(folder: string): string {
  return `echo go 1<>${quote(`${folder}/go`)}`;
}

const idOfMetadata = `sed -n 's/.*"containerimage.digest": *"\\(sha256:[0-9a-f]*\\)".*/\\1/p' ${jobFile.metadata}`;

/**
 * Runs buildx and tells the image's id in a marked line. The metadata's digest is the id in both image stores: of the configuration in the
 * classic one, of the manifest in containerd's; `--iidfile` gives the former always. What was pushed has the digest it has in the registry.
 *
 * @param loaded Name of an image that another BuildKit has handed to the engine, which knows best by what id it keeps it.
 */
export function buildxLines(argv: readonly [string, ...string[]], loaded?: string): string {
  const id = loaded === undefined ? idOfMetadata : `docker image inspect --format '{{.Id}}' ${quote(loaded)}`;
  return `. "$DRAYAGE_JOB/${jobFile.environment}"
buildx ${quoteArgv(argv)} || exit 1
id=$(${id})
echo "@drayage image $id"`;
}

/** Nobody listens there: an engine that looks for the image elsewhere than in its own store is refused at once. */
export const interimHost = '127.0.0.1:9';

/** Names the image in `$interim` under which something is made before it has its own names: one for each job. */
export const interimLines = `job=\${DRAYAGE_JOB%/*}
interim=${interimHost}/interim/\${job##*/}:latest`;

/** What a Dockerfile is made of that adds nothing to an image but its labels. */
export const labelledRecipe = { file: 'labelled/Dockerfile', context: 'labelled' } as const;

const labelledFolder = `mkdir labelled && printf 'ARG INTERIM\nFROM $INTERIM\n' > ${labelledRecipe.file}`;

/** The steps of it are nobody's who reads the log. */
const quietly = '>labelled.log 2>&1 || { cat labelled.log; exit 1; }';

/** Gives the image in `$interim` names and labels, which what made it cannot do by itself. Nothing else of it changes, and no layer comes on top. */
export function relabelLines(argv: readonly string[]): string {
  return `${labelledFolder}
buildx ${quoteArgv(argv)} --build-arg INTERIM="$interim" --file=${labelledRecipe.file} ${labelledRecipe.context} ${quietly}
id=$(${idOfMetadata})
docker image rm "$interim" >/dev/null
echo "@drayage image $id"`;
}

/** The same for what was pushed by its digest alone: the labelled image is pushed beside it, and of it only what is new. */
export function relabelPushedLines(argv: readonly [string, ...string[]], repository: string): string {
  return `${labelledFolder}
id=$(${idOfMetadata})
buildx ${quoteArgv(argv)} --build-arg INTERIM=${quote(repository)}"@$id" ${quietly}
id=$(${idOfMetadata})
echo "@drayage image $id"`;
}

/** Asks the engine about the image `$id`, while something else is done with it; `aboutLines` tell platform and user. */
export const inspectLines = `docker image inspect --format '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}} {{.Config.User}}' "$id" >about 2>&1 &
inspecting=$!`;

/** What was asked of the engine while something else was done with the image. */
export const aboutLines = `
wait "$inspecting" || { cat about; exit 1; }
echo "@drayage about $(cat about)"`;
