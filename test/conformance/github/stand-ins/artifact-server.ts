// The protocol of GitHub's artifact server (version 4), as act has it. GitHub's own client, @actions/artifact, does not work
// with act 0.2.89: it names a field that act refuses, and its storage library rewrites the signature of the address.

/** An input of the action that runs. */
export const input = (name: string): string => process.env[`INPUT_${name.toUpperCase()}`] ?? '';

/** The runner tells run and job in the token: `Actions.Results:<run>:<job>` is one of its scopes. */
function backend() {
  const [, payload = ''] = (process.env.ACTIONS_RUNTIME_TOKEN ?? '').split('.');
  const { scp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { scp: string };
  const [, run, job] = /Actions\.Results:([^:\s]+):([^:\s]+)/.exec(scp) ?? [];
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job };
}

async function call<Answer>(method: string, content: object): Promise<Answer> {
  const service = 'twirp/github.actions.results.api.v1.ArtifactService';
  const response = await fetch(new URL(`${service}/${method}`, process.env.ACTIONS_RESULTS_URL), {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...backend(), ...content }),
  });
  if (!response.ok) throw new Error(`${method} was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

export async function upload(name: string, archive: Buffer<ArrayBuffer>): Promise<void> {
  const { signedUploadUrl } = await call<{ signedUploadUrl: string }>('CreateArtifact', { name, version: 4 });
  const put = (what: string, body: string | Buffer<ArrayBuffer>) =>
    fetch(`${signedUploadUrl}&comp=${what}`, { method: 'PUT', body });
  for (const response of [await put('block', archive), await put('blocklist', '<BlockList/>')]) {
    if (!response.ok) throw new Error(`The upload of ${name} was answered with ${response.status}.`);
  }
  await call('FinalizeArtifact', { name, size: String(archive.length) });
}

export async function names(): Promise<string[]> {
  const { artifacts = [] } = await call<{ artifacts?: { name: string }[] }>('ListArtifacts', {});
  return artifacts.map(({ name }) => name);
}

export async function download(name: string): Promise<Buffer> {
  const { signedUrl } = await call<{ signedUrl: string }>('GetSignedArtifactURL', { name });
  const response = await fetch(signedUrl);
  if (!response.ok) throw new Error(`The download of ${name} was answered with ${response.status}.`);
  return Buffer.from(await response.arrayBuffer());
}
