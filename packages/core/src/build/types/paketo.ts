import { buildpacksType } from './buildpacks.ts';
import { pinned } from './pinned.ts';

/** `build.version` is a release of builder-jammy-base, or the image of any builder. */
export const paketoType = buildpacksType('paketo', (version: string = pinned.paketoRelease) =>
  /[/:@]/.test(version) ? version : `paketobuildpacks/builder-jammy-base:${version}`,
);
