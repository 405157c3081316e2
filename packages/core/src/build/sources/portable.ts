/** Windows knows no permissions, so everything may be read and run there, as the Docker CLI sends it from Windows too. */
export function portableMode(mode: number, platform: NodeJS.Platform = process.platform): number {
  return platform === 'win32' ? (mode & 0o170000) | 0o755 : mode;
}

/** What a link points to, as the server writes it. */
export function portableTarget(target: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? target.replaceAll('\\', '/') : target;
}
