import type { Explanation } from './explanation.ts';

/** Sources, builds, registries and images. */
export const builds = {
  // Registries and images
  BUILD_TOOL_MISSING: {
    means:
      'The build server lacks the program that this build type runs: railpack, nixpacks or pack, in the version that is wanted.',
    fix: 'Run `drayage setup-build-server`: it installs what the services of drayage.yml need. docs/build-types.md says how to do it by hand.',
  },
  DIGEST_MISMATCH: {
    means: 'The registry holds other bytes under a name than were pushed, or than the name promises.',
    fix: 'Run the step again. If it stays, another run pushes the same tag at the same time, or a proxy in between changes what it carries.',
  },
  IMAGE_NOT_FOUND: {
    means: 'No image of this name, tag or digest exists where it was looked for.',
    fix: 'Check its spelling, and that the step that builds or pushes it has run.',
  },
  IMAGE_TRANSFER_FAILED: {
    means:
      'No registry is named, so the image travels from the build server to the nodes over SSH, and it did not arrive on one of them.',
    fix: "Read the engine's own words in the message, and run again: layers that have arrived do not travel twice. With a registry under `image` the nodes pull from there instead.",
  },
  LOAD_FAILED: {
    means: 'The image was built, but the engine of the machine that runs Drayage did not take it.',
    fix: 'Check that Docker runs on this machine and has room, or leave `--load` out.',
  },
  PUSH_FAILED: {
    means: 'Docker could not push the image, for a reason that is neither the network nor the credentials.',
    fix: 'Read the last lines of the output; the registry names its reason there.',
  },
  REGISTRY_AUTH: {
    means: 'The registry refused the credentials, or asks for some and none are declared.',
    fix: 'Check `username` and `password` under `registries` in drayage.yml, and the secret the password comes from.',
  },
  REGISTRY_DENIED: {
    means: 'The registry knows the user, but the user may not do this to this repository.',
    fix: 'Give the user write access to the repository (create it first, where the registry asks for that), or use other credentials.',
  },
  REGISTRY_RATE_LIMITED: {
    means: 'The registry limits how many requests it answers, and the limit was reached.',
    fix: 'Wait, declare credentials for that registry (known users have higher limits), or pull through a mirror.',
  },
  REGISTRY_UNREACHABLE: {
    means: 'The registry did not answer, or answered something that is not the registry protocol.',
    fix: 'Check its name, its port, `ca` (own certificate authority) and `insecure` (plain HTTP) under `registries`, and that the build server may connect to it.',
  },
  CLEANUP_FAILED: {
    means:
      'A cleanup ended before it had done all it was to do. What it removed is gone, everything else is as it was.',
    fix: 'Read the last lines of its output, and run it again: it goes on where it stopped.',
  },
  TAG_REFUSED: {
    means: 'The registry takes the image, but not under this tag: its own rules forbid the name, or moving it.',
    fix: 'Use another tag under `tags`, or change the rule (immutable tags, retention) in the registry.',
  },
  TAG_TAKEN: {
    means:
      'A tag that stands for one image for good (a whole version, or a commit) stands for another image in the registry already, and that is no earlier build of this commit and service. Nothing was pushed.',
    fix: 'Deploy the image that has the tag (`drayage deploy-service --image REPOSITORY@DIGEST`), or give the new one another commit or version. A tag that is meant to move is one like `latest` or `branch`.',
  },
  // Sources and builds
  ARCHIVE_INVALID: {
    means:
      'The archive of `source.archive` is damaged, or holds something that is not taken: a path or link that leads out of it, a device, a name twice, too much.',
    fix: 'Make it anew without the entry the message names (`tar -czf site.tar.gz -C folder .`). Nothing of it was sent.',
  },
  BUILD_SERVER_UNAVAILABLE: {
    means: 'None of the build servers of a service can be reached and has the free disk and memory that a build needs.',
    fix: 'Read the reason of each in the message. `drayage cleanup` frees disk; `min-free-disk` and `min-free-memory` of a server set what it must have.',
  },
  BUILD_FAILED: {
    means: 'The build ended with an error. The message names the line of the Dockerfile.',
    fix: 'Read the output of that step; `docker build` on the same sources shows the same.',
  },
  BUILD_IMPOSSIBLE: {
    means: 'The build asks for something that this build server cannot do.',
    fix: 'Change the key the message names, or use another build server.',
  },
  DISK_FULL: {
    means: 'The disk of the server has no space left.',
    fix: 'Free some: `docker system df` shows what Docker uses, `docker builder prune` empties the build cache.',
  },
  GIT_ACCESS_DENIED: {
    means: 'The git server refused access to the repository.',
    fix: 'Check `source.token` or `source.key`, and that it may read the repository. Many servers answer "not found" where access is missing.',
  },
  GIT_FETCH_FAILED: {
    means: 'The sources could not be fetched from the git server.',
    fix: 'Check `source.git`, and that the build server may connect to the git server.',
  },
  GIT_MISSING: {
    means:
      'The build server has no git, which fetches the sources of `source.git`, or no git-lfs, which `source.lfs` asks for.',
    fix: 'Run `drayage setup-build-server`, or install what is missing on the build server.',
  },
  GIT_REF_NOT_FOUND: {
    means: 'The repository has no branch, tag or commit of this name.',
    fix: 'Check `source.ref`; `git ls-remote` on the repository lists its branches and tags.',
  },
  SOURCE_CHANGED: {
    means: 'Files changed while they were being read, so the build would have seen a mixture.',
    fix: 'Run the step again when nothing writes into the source folder.',
  },
  SOURCE_INVALID: {
    means: 'The sources to build are not there, or hold something that cannot be sent to the build server.',
    fix: 'Check `source.path` or `source.archive`, `build.context`, `build.contexts` and `build.dockerfile`; on CI, check that the repository was checked out first.',
  },
} as const satisfies Record<string, Explanation>;
