/** What buildx fetches by itself; everything else under build.contexts is a folder of the source. */
const reference = /^(?:docker-image:\/\/|https?:\/\/|git:\/\/|ssh:\/\/|[\w.-]+@[^\s:/]+:|github\.com\/)/;

/** Whether a named context is an image, a repository or a download, and no folder of the source. */
export function isContextReference(value: string): boolean {
  return reference.test(value);
}
