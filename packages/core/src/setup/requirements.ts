/** Docker 25. Older clients and engines lack what deployments need (several networks at creation, health start interval). */
export const minimumApi = '1.44';

export function isTooOld(api: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumApi.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

/** Bytes. Below the first a build or pull is likely to fail, below the second soon. */
export const disk = { least: 2 * 1024 ** 3, comfortable: 10 * 1024 ** 3 };
export const memory = { least: 512 * 1024 ** 2, comfortable: 1024 ** 3 };
/** Seconds a clock may be off: TLS and registry tokens tolerate little more. */
export const clockTolerance = 60;
