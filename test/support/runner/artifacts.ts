import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join, matchesGlob, resolve } from 'node:path';

type With = Readonly<Record<string, string>>;

/** What actions/upload-artifact and actions/download-artifact do with a run's artifacts, here in a folder. */
export class Artifacts {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** A file stands in the root of its artifact; hidden ones are left out unless asked for. */
  upload(workspace: string, given: With): string {
    const { name = 'artifact', path = '' } = given;
    const source = resolve(workspace, path);
    const isHidden = path.split('/').some((part) => /^\.[^.]/.test(part));
    if (!existsSync(source) || (isHidden && given['include-hidden-files'] !== 'true')) {
      if (given['if-no-files-found'] === 'error') throw new Error(`No files were found with the path: ${path}`);
      return `No files were found with the path: ${path}. No artifacts will be uploaded.`;
    }
    const target = join(this.folder, name);
    if (existsSync(target)) throw new Error(`An artifact with the name ${name} exists already.`);
    const to = statSync(source).isDirectory() ? target : join(target, basename(source));
    cpSync(source, to, { recursive: true });
    return `Artifact ${name} has been successfully uploaded!`;
  }

  /** By a pattern: each into a folder of its name. None at all is no error, as it is none there. */
  download(workspace: string, { pattern = '*', path = '.' }: With): string {
    const found = readdirSync(this.folder).filter((name) => matchesGlob(name, pattern));
    for (const name of found) cpSync(join(this.folder, name), resolve(workspace, path, name), { recursive: true });
    return `Total of ${found.length} artifact(s) downloaded`;
  }
}
