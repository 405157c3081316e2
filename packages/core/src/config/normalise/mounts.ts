import type { MountSpec } from '../model.ts';
import type { ParsedDeploy } from '../schema/project.ts';
import { secret } from '../secret.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

export async function mountSpecs(mounts: ParsedDeploy['mounts'], path: Path, reading: Reading): Promise<MountSpec[]> {
  const specs: MountSpec[] = [];
  for (const [index, mount] of mounts.entries()) {
    const at = [...path, index];
    if (mounts.findIndex((other) => other.target === mount.target) < index) {
      const message = `Two mounts have the target ${mount.target}.`;
      reading.problems.error([...at, 'target'], message, { code: 'CONFIG_CONFLICT' });
    }
    const { target, 'read-only': readOnly } = mount;
    if (mount.type !== 'file') {
      specs.push({ type: mount.type, source: mount.source, target, readOnly });
      continue;
    }
    const content = await fileContent(mount, at, reading);
    if (content !== undefined) specs.push({ type: 'file', content, target, readOnly });
  }
  return specs;
}

async function fileContent(mount: { content?: string; source?: string }, at: Path, reading: Reading) {
  if (mount.content !== undefined && mount.source !== undefined) {
    const message = `${printPath(at)} has both content and source; a file has one of them.`;
    reading.problems.error([...at, 'source'], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  } else if (mount.content !== undefined) {
    return reading.value([...at, 'content'], mount.content);
  } else if (mount.source !== undefined) {
    const file = await reading.file([...at, 'source'], mount.source);
    return file === undefined || !file.secret ? file?.text : secret(file.text);
  } else {
    reading.problems.error(at, `${printPath(at)} needs content, or source with the name of a file.`);
  }
  return undefined;
}
