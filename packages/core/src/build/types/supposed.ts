import { posix } from 'node:path';
import type { BuildSpec, ServiceSpec } from '../../config/model.ts';
import { quote } from '../../transport/shell.ts';
import type { SourceOnServer } from '../sources/source.ts';
import { decided, type OneImage, railpackKey, typeNote } from './detect.ts';

/** How a source that the server has yet to fetch is built, as long as nobody has looked into it: its job looks, and gives up where it is for the other type. */
export interface Supposition {
  readonly type: OneImage;
  /** Shell text, run once the source is there: says what was found, or `@drayage other-type` and ends the job. */
  readonly script: string;
  /** The type that it is for then. Throws BUILD_IMPOSSIBLE. */
  readonly otherwise: () => OneImage;
}

/** Most sources have a Dockerfile; keys that only railpack takes say that this one has none. */
export function supposeType(service: ServiceSpec, build: BuildSpec, source: SourceOnServer): Supposition {
  const type = railpackKey(build) === undefined ? 'dockerfile' : 'railpack';
  // One in the context is where somebody expected it, who is then told where it belongs.
  const files = [source.dockerfile, posix.join(source.context, build.dockerfile)];
  const isThere = files.map((file) => `[ -f ${quote(file)} ]`).join(' || ');
  const test = type === 'dockerfile' ? isThere : `! { ${isThere}; }`;
  return {
    type,
    script: `${test} || { echo '@drayage other-type'; exit 1; }\necho ${quote(typeNote(service, build, type))}`,
    otherwise: () => decided(type === 'railpack', service, build),
  };
}
