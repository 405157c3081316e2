/** Where the file of `entry-url` is put: a folder that is never committed nor sent to a builder. */
const fetched = '.drayage/drayage.cjs';

/**
 * Plain CommonJS for `node -e '…'`: no single quotes, no dollar signs. Nothing is written before the checksum fits. Node.js
 * fetches, because the slim images have neither curl nor wget.
 */
const fetchEntry = `const { DRAYAGE_ENTRY_URL: url, DRAYAGE_ENTRY_SHA256: expected } = process.env;
const fail = (sentence) => { console.error(sentence); process.exit(1); };
if (!/^[0-9a-f]{64}$/i.test(expected || "")) fail("The input entry-sha256 is no SHA-256 checksum, so " + url + " was not fetched; give the 64 digits that SHA256SUMS of the release has for it.");
fetch(url).then(async (answer) => {
  if (!answer.ok) fail("The input entry-url names " + url + ", which answered " + answer.status + "; expected the file drayage.cjs of a release.");
  const file = Buffer.from(await answer.arrayBuffer());
  const found = require("node:crypto").createHash("sha256").update(file).digest("hex");
  if (found !== expected.toLowerCase()) fail("The file at " + url + " has the SHA-256 checksum " + found + "; the input entry-sha256 expects " + expected + ", so it was not started.");
  require("node:fs").mkdirSync(".drayage", { recursive: true });
  require("node:fs").writeFileSync("${fetched}", file);
}).catch((error) => fail("The input entry-url names " + url + ", which cannot be fetched: " + ((error.cause || error).message || error) + "."));`;

/** Lines of a job's script that start Drayage: fetched and checked where a URL is given, else by the command `entry`. */
export function entryScript(entry: string, command: string): readonly string[] {
  return [
    `if [ -n "$DRAYAGE_ENTRY_URL" ]; then
node -e '
${fetchEntry}
'
fi`,
    `if [ -n "$DRAYAGE_ENTRY_URL" ]; then node ${fetched} ${command}; else ${entry} ${command}; fi`,
  ];
}
