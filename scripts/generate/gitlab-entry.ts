import { version } from '../../packages/cli/src/version.ts';

/** The form of a URL, as the sentences below and the README show it. */
export const entryForm = 'https://HOST/drayage.cjs#sha256=DIGITS';

/** Where a fetched file is put: a folder that is never committed nor sent to a builder. */
const fetched = '.drayage/drayage.cjs';

/**
 * Plain CommonJS for `node -e '…'`: no single quotes, no dollar signs. Nothing is written before the checksum fits. Node.js
 * fetches, because the slim images have neither curl nor wget.
 */
const fetchEntry = `const entry = process.env.DRAYAGE_ENTRY;
const fail = (sentence) => { console.error(sentence); process.exit(1); };
const [url, fragment = ""] = entry.split("#");
const [, expected = ""] = /^sha256=([0-9a-f]{64})(?![^])/i.exec(fragment) || [];
if (!expected) fail("The input entry is " + entry + ", which has no SHA-256 checksum, so it was not fetched; expected ${entryForm}, with the digits that SHA256SUMS of the release has for it.");
fetch(url).then(async (answer) => {
  if (!answer.ok) fail("The input entry names " + url + ", which answered " + answer.status + "; expected the file drayage.cjs of a release.");
  const file = Buffer.from(await answer.arrayBuffer());
  const found = require("node:crypto").createHash("sha256").update(file).digest("hex");
  if (found !== expected.toLowerCase()) fail("The file at " + url + " has the SHA-256 checksum " + found + "; the input entry expects " + expected + ", so it was not started.");
  require("node:fs").mkdirSync(".drayage", { recursive: true });
  require("node:fs").writeFileSync("${fetched}", file);
}).catch((error) => fail("The input entry names " + url + ", which cannot be fetched: " + ((error.cause || error).message || error) + "."));`;

/** The image that a job has where nobody says otherwise. */
export const usualImage = 'node:24-bookworm-slim';

/**
 * Before Node.js is asked to do anything: `npx: not found`, or the stack of a version that has no fetch, would tell nobody
 * what to change. In words of a plain sh, where `set -e` may hold.
 */
const checkNode = `case $(node --version 2>/dev/null) in
v20.1[89].* | v20.[2-9][0-9].* | v2[1-9].* | v[3-9][0-9].*) ;;
*)
echo "Drayage needs Node.js 20.18 or newer in the image of the job and found $(node --version 2>/dev/null || echo no node); set the input job-image to one that has it, such as ${usualImage}." >&2
exit 1 ;;
esac
if [ -z "$DRAYAGE_ENTRY" ] && ! command -v npx >/dev/null; then
echo "Drayage is started by npx, and the image of the job has Node.js without it; set the input job-image to one that has it, such as ${usualImage}, or the input entry to the file drayage.cjs of a release." >&2
exit 1
fi`;

/** Lines of a job's script that start Drayage: from npm, from the file at a path, or from one that is fetched and checked. */
export function entryScript(command: string): readonly string[] {
  return [
    checkNode,
    `case $DRAYAGE_ENTRY in
http://* | https://*)
node -e '
${fetchEntry}
' || exit 1
DRAYAGE_ENTRY=${fetched} ;;
?*)
[ -f "$DRAYAGE_ENTRY" ] || { echo "The input entry is $DRAYAGE_ENTRY, and the job has no such file; expected a path in the repository or the image, or ${entryForm}." >&2; exit 1; } ;;
esac`,
    `if [ -n "$DRAYAGE_ENTRY" ]; then node "$DRAYAGE_ENTRY" ${command}; else npx --yes drayage@${version} ${command}; fi`,
  ];
}
