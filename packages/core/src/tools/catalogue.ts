/** A program of somebody else that build types run on the build server. */
export type ToolName = 'railpack' | 'nixpacks' | 'pack';

export interface Tool {
  readonly name: ToolName;
  readonly version: string;
}

export type Architecture = 'amd64' | 'arm64';

/** Where a release of a tool is, and what tells that it arrived as it was made. */
export interface Release {
  /** Path of the archive below the host that serves releases. */
  readonly archive: (version: string, architecture: Architecture) => string;
  /** Path of the file of the same release that holds the archive's SHA-256; undefined where the project publishes none. */
  readonly checksums?: (version: string, architecture: Architecture) => string;
  /** The version that is installed where build.version names none. */
  readonly pinned: string;
  /** SHA-256 of archives that is known here, by `<version>-<architecture>`: needs nobody's word at the time of the download. */
  readonly known: Readonly<Record<string, string>>;
}

const archOf: Readonly<Record<Architecture, { readonly railpack: string; readonly nixpacks: string }>> = {
  amd64: { railpack: 'x86_64-unknown-linux-musl', nixpacks: 'x86_64-unknown-linux-musl' },
  arm64: { railpack: 'arm64-unknown-linux-musl', nixpacks: 'aarch64-unknown-linux-musl' },
};

const releaseOf = (repository: string, version: string) => `${repository}/releases/download/v${version}`;
const packArchive = (version: string, architecture: Architecture) =>
  `${releaseOf('buildpacks/pack', version)}/pack-v${version}-linux${architecture === 'arm64' ? '-arm64' : ''}.tgz`;

/**
 * Names of archives: railpack/.goreleaser.yml, nixpacks/.github/workflows/release.yml (whose step for checksums is switched off), and
 * pack/.github/workflows/build.yml in the projects' repositories.
 */
export const releases: Readonly<Record<ToolName, Release>> = {
  railpack: {
    archive: (version, architecture) =>
      `${releaseOf('railwayapp/railpack', version)}/railpack-v${version}-${archOf[architecture].railpack}.tar.gz`,
    checksums: (version) => `${releaseOf('railwayapp/railpack', version)}/checksums.txt`,
    pinned: '0.20.0',
    known: {},
  },
  nixpacks: {
    archive: (version, architecture) =>
      `${releaseOf('railwayapp/nixpacks', version)}/nixpacks-v${version}-${archOf[architecture].nixpacks}.tar.gz`,
    pinned: '1.41.0',
    known: {},
  },
  pack: {
    archive: packArchive,
    checksums: (version, architecture) => `${packArchive(version, architecture)}.sha256`,
    pinned: '0.38.2',
    known: {
      '0.38.2-amd64': 'a00765572b7d464b1691d64fd264d9a807b066a7e7805db32b9918d9be16e228',
      '0.38.2-arm64': '27bdf0d2f2f0ad4212f0f2277fa3a4970d86d5848ad3deb5bc658281de2b6b26',
    },
  },
};

/** Who serves the releases where no mirror is named. */
export const releaseHost = 'https://github.com';

/** Where releases' assets are described with their digests (docs.github.com, REST API, releases). */
export const releaseApi = 'https://api.github.com/repos';
