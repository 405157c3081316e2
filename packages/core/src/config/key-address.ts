/** `awskms:///alias/name` and its like: where a key is, and not the key itself. */
export function isKeyAddress(text: string): boolean {
  return /^(?:awskms|azurekms|gcpkms|hashivault|k8s|gitlab):\/\//.test(text);
}
