import type { ProgramName } from '../programs.ts';
import { programFile, type Tool } from './tools.ts';

/** What is fetched where it is not installed. */
type Fetched = Extract<ProgramName, 'buildctl' | 'cosign' | 'trivy'>;

/** `<process.platform>/<process.arch>` of Node.js. */
type Machine = string;

interface Release {
  readonly version: string;
  readonly folder: string;
  /** Name of the asset, and its SHA-256. */
  readonly assets: Readonly<Record<Machine, readonly [file: string, sha256: string]>>;
  /** Folder of the program in the archive; undefined where the asset is the program. */
  readonly inArchive?: string;
}

/**
 * Sums: trivy_0.74.0_checksums.txt and cosign_checksums.txt of the releases. Neither has one for Windows on ARM, which runs the other. BuildKit publishes none: these
 * are those that nerdctl builds with (containerd/nerdctl, Dockerfile.d/SHA256SUMS.d/buildkit-v0.33.1); a buildkitd takes clients of other versions.
 */
const releases: Readonly<Record<Fetched, Release>> = {
  buildctl: {
    version: '0.33.1',
    folder: 'https://github.com/moby/buildkit/releases/download/v0.33.1',
    inArchive: 'bin/',
    assets: {
      'linux/x64': [
        'buildkit-v0.33.1.linux-amd64.tar.gz',
        '4e044bcd62a0c0bbe6a8c94d73989de2bfe4c04dbc0f9d6021cf96b72cd1d965',
      ],
      'linux/arm64': [
        'buildkit-v0.33.1.linux-arm64.tar.gz',
        '4e1ba91f139761f249a1fa6c71e632dfdbdafeda416176ecadefbb95225e56c4',
      ],
    },
  },
  trivy: {
    version: '0.74.0',
    folder: 'https://github.com/aquasecurity/trivy/releases/download/v0.74.0',
    inArchive: '',
    assets: {
      'linux/x64': [
        'trivy_0.74.0_Linux-64bit.tar.gz',
        '2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a',
      ],
      'linux/arm64': [
        'trivy_0.74.0_Linux-ARM64.tar.gz',
        'b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5',
      ],
      'darwin/x64': [
        'trivy_0.74.0_macOS-64bit.tar.gz',
        '472816f6888dda689d075c30254d4210b4d1035acf365aa72332f584c2f60485',
      ],
      'darwin/arm64': [
        'trivy_0.74.0_macOS-ARM64.tar.gz',
        '1caada5e0e2091909357c7525d3aa76f4b660b13821bc143b190c7483e31cc11',
      ],
      'win32/x64': [
        'trivy_0.74.0_windows-64bit.zip',
        '94c40e0696e4b907a74b7b2e1438d5d72ebaca83115817407f568a002d520842',
      ],
    },
  },
  cosign: {
    version: '3.1.3',
    folder: 'https://github.com/sigstore/cosign/releases/download/v3.1.3',
    assets: {
      'linux/x64': ['cosign-linux-amd64', '4629c757b7618056f8ddd7e2625ae9fdd94c0372a65049520bc7d9df9efc7f71'],
      'linux/arm64': ['cosign-linux-arm64', 'c5d324e091826b0d7a78eb16fef316450b4eb9aaec045611c08ba06f5e73220a'],
      'darwin/x64': ['cosign-darwin-amd64', '2347488e5d5b25336644024dfeca5601b190e91197a71a917bda44744aff106c'],
      'darwin/arm64': ['cosign-darwin-arm64', '5cf948c2f4dfe59687bdd0b8523709067383e03982cc543475c8a7dc70e92a76'],
      'win32/x64': ['cosign-windows-amd64.exe', '9fe59be0eca1271873ce019061335eb1ac419b7059202e797828467ddabe33be'],
    },
  },
};

export function hasReleases(name: ProgramName): name is Fetched {
  return name in releases;
}

/**
 * The release of a tool that is used on GitHub runners, for this machine. undefined where there is none, or none whose checksum is known:
 * then only an installed one can serve.
 */
export function releaseOf(name: Fetched, platform: string, arch: string): Tool | undefined {
  const { version, folder, assets, inArchive } = releases[name];
  const [asset, sha256] = assets[`${platform}/${arch}`] ?? assets[platform === 'win32' ? 'win32/x64' : ''] ?? [];
  if (asset === undefined || sha256 === undefined) return undefined;
  const file = programFile(name, platform);
  return {
    name,
    version,
    url: `${folder}/${asset}`,
    sha256,
    file,
    ...(inArchive === undefined ? {} : { inArchive: inArchive + file }),
  };
}
