import { buildpacksType } from './buildpacks.ts';

/** A release of builder-jammy-base: Java, Node.js, Go, .NET, Python and Ruby. */
const release = '0.4.563';

/** `build.version` is a release of builder-jammy-base, or the image of any builder. */
export const paketoType = buildpacksType('paketo', (version = release) =>
  /[/:@]/.test(version) ? version : `paketobuildpacks/builder-jammy-base:${version}`,
);
