import { buildpacksType } from './buildpacks.ts';
import { pinned } from './pinned.ts';

/** `build.version` is a stack such as 22, or the image of any builder. */
export const herokuType = buildpacksType('heroku', (version: string = pinned.herokuStack) =>
  /[/:@]/.test(version) ? version : `heroku/builder:${version}`,
);
