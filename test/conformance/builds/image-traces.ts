import type { Host } from '../../lab/host.ts';

/** Places of an image, its history and every layer, that hold one of these texts. */
export async function traces(builder: Host, image: string, texts: readonly string[]): Promise<string[]> {
  const patterns = texts.map((text) => `-e '${text}'`).join(' ');
  const script = `set -e
folder=$(mktemp -d)
docker image save '${image}' | tar -xC "$folder"
docker image history --no-trunc '${image}' > "$folder/history"
cd "$folder"
grep -rlaF ${patterns} . || true
for layer in $(find . -name '*.tar' -o -path './blobs/*' -type f); do
  { tar -xOf "$layer" || gzip -dc "$layer"; } 2>/dev/null | grep -qaF ${patterns} && echo "content of $layer" || true
done
rm -rf "$folder"`;
  return (await builder.exec(script)).stdout.split('\n').filter((line) => line !== '');
}
