import { buildpacksType } from './buildpacks.ts';

/** The stack of Ubuntu 24.04; Heroku publishes builders by stack, not by release. */
const stack = '24';

/** `build.version` is a stack such as 22, or the image of any builder. */
export const herokuType = buildpacksType('heroku', (version = stack) =>
  /[/:@]/.test(version) ? version : `heroku/builder:${version}`,
);
