import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { Folder, valid } from '../support/entry.ts';

describe.concurrent('drayage', () => {
  it('says its version', async ({ expect }) => {
    using folder = new Folder();
    expect(await folder.run(['--version'])).toEqual({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('says in one sentence that Node.js is too old', async ({ expect }) => {
    using folder = new Folder();
    const old = folder.write('old.cjs', 'Object.defineProperty(process.versions, "node", { value: "20.17.0" });');
    const { status, stderr } = await folder.run(['--version'], { NODE_OPTIONS: `--require ${old}` });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Drayage needs Node\.js 20\.18 or newer; this is 20\.17\.0 \(\/.*\)\.\n$/);
  });

  it('shows what there is, and that nothing was asked for', async ({ expect }) => {
    using folder = new Folder();
    const help = await folder.run(['--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^ {2}deploy-service +Deploy an image/m);
    expect((await folder.run([])).status).toBe(64);
  });

  it('names the nearest command', async ({ expect }) => {
    using folder = new Folder();
    expect(await folder.run(['deploy-servce'])).toEqual({
      status: 64,
      stdout: '',
      stderr:
        'There is no command "deploy-servce".\nDid you mean "deploy-service"?\nCOMMAND_UNKNOWN · more: drayage help COMMAND_UNKNOWN\n',
    });
  });

  it('points to the overview where nothing is near, and lists neither commands nor codes', async ({ expect }) => {
    using folder = new Folder();
    const overview = '`drayage help` lists the commands';
    expect((await folder.run(['frobnicate'])).stderr).toContain(`There is no command "frobnicate".\n${overview}.\n`);
    expect((await folder.run(['help', 'NOPE'])).stderr).toMatch(
      /^\nNeither a command nor an error code is called "NOPE"\.\n`drayage help` lists the commands; .{0,60}\nINPUT_INVALID/,
    );
    expect((await folder.run(['help', 'deploy'])).stderr).toContain(`Did you mean "deploy-service"? ${overview}`);
    expect((await folder.run(['setup'])).stderr).toContain('"setup-build-server" or "setup-deploy-node"?');
    expect((await folder.run(['completion', 'tcsh'])).stderr).toContain('The argument "shell" is "tcsh"; expected');
  });

  it('says of a planned command that it does not work yet', async ({ expect }) => {
    using folder = new Folder();
    const { status, stderr } = await folder.run(['backup']);
    expect(status).toBe(64);
    expect(stderr).toContain('The command "backup" is planned and does not work yet.');
  });

  it('has help with an example for a command, and for an error code', async ({ expect }) => {
    using folder = new Folder();
    const command = await folder.run(['push-image', '--help']);
    expect(command.stdout).toContain('\nExamples:\n  drayage push-image --service web\n');
    const code = await folder.run(['help', 'ssh_host_key_mismatch']);
    expect(code.stdout).toMatch(/^SSH_HOST_KEY_MISMATCH\n\nThe server showed another host key/);
    expect((await folder.run(['help', 'SSH_HOST_KEY_MISMATCHED'])).stderr).toContain('"SSH_HOST_KEY_MISMATCH"');
  });

  it('prints a schema that is JSON and nothing else', async ({ expect }) => {
    using folder = new Folder();
    const { status, stdout } = await folder.run(['schema']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).title).toBe('drayage.yml');
  });
});

describe.concurrent('drayage validate', () => {
  it('says that a file is valid', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid);
    expect(await folder.run(['validate'])).toEqual({
      status: 0,
      stdout: 'drayage.yml is valid: project shop, environment production, services web.\n',
      stderr: '',
    });
  });

  it('points at line and column of everything that is wrong', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid.replace('deploy:', 'deplyo:').replace('host: node', 'port: x, host: node'));
    const { status, stderr } = await folder.run(['validate']);
    expect(status).toBe(64);
    expect(stderr).toContain('2 problems:');
    expect(stderr).toContain('servers.node-1.port is "x"; expected');
    expect(stderr).toContain('Unknown key "deplyo" in services.web.');
    expect(stderr).toContain('drayage.yml:7:5\n');
    expect(stderr).toContain('|     ^\n');
    expect(stderr).toContain('Did you mean "deploy"?');
  });

  it('needs no secrets, and names those that a run needs', async ({ expect }) => {
    using folder = new Folder();
    const env = '\n      secrets: { A: "${{ secrets.API_KEY }}" }\n      env: { B: "${{ env.ZONE }}" }\n';
    folder.write(
      'drayage.yml',
      valid.replace('deploy: { servers: [node-1] }\n', `deploy:\n      servers: [node-1]${env}`),
    );
    const names = 'drayage.yml refers to what is not given here and a run needs: ';
    expect(await folder.run(['validate'])).toEqual({
      status: 0,
      stdout: `${names}secrets.API_KEY, env.ZONE. Secrets are given as DRAYAGE_SECRET_<NAME>.\ndrayage.yml is valid: project shop, environment production, services web.\n`,
      stderr: '',
    });
    const given = await folder.run(['validate'], { DRAYAGE_SECRET_API_KEY: 'a-long-secret', ZONE: 'a' });
    expect(given.stdout).toBe('drayage.yml is valid: project shop, environment production, services web.\n');
    const { status, stderr } = await folder.run(['plan'], { ZONE: 'a' });
    expect(status).toBe(64);
    expect(stderr).toContain('there is no secret API_KEY in this run');
  });

  it('says that there is no file', async ({ expect }) => {
    using folder = new Folder();
    const absent = await folder.run(['validate', '--config', 'deploy.yml']);
    expect(absent.status).toBe(64);
    expect(absent.stderr).toContain('The configuration file deploy.yml does not exist.');
    expect((await folder.run(['validate'])).stderr).toContain('There is no drayage.yml in ');
  });

  it('speaks JSON where asked', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid);
    const { stdout, stderr } = await folder.run(['validate', '--log-format', 'json']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['note', 'result']);
    expect(events[1]).toMatchObject({ title: 'validate', outcome: 'done', exitStatus: 0 });
    expect(stderr).toBe('');
  });
});

const secret = 'p@ss w0rd$';
const github = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '1' };

describe.concurrent('on GitHub', () => {
  it('masks secrets before it says anything, in every form it may print them', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid.replace('project: shop', 'project: ${{ secrets.NAME }}'));
    const { stdout, status } = await folder.run(['validate'], { ...github, DRAYAGE_SECRETS: `NAME=${secret}` });
    expect(status).toBe(64);
    const lines = stdout.split('\n');
    const said = lines.filter((line) => !line.startsWith('::add-mask::'));
    expect(lines[0]).toMatch(/^::add-mask::/);
    expect(lines).toContain(`::add-mask::${secret}`);
    expect(lines).toContain(`::add-mask::${Buffer.from(secret).toString('base64')}`);
    expect(lines).toContain(`::add-mask::${encodeURIComponent(secret).replaceAll('%', '%25')}`);
    expect(said.join('\n')).not.toContain(secret);
  });

  it('makes one annotation of each error on its line of drayage.yml, and keeps commands in the text off', async ({
    expect,
  }) => {
    using folder = new Folder();
    folder.write('drayage.yml', `${valid}evil: "::set-output name=x::y"\nmore: 1\n`);
    const env = { ...github, GITHUB_WORKSPACE: folder.path };
    const { stdout, status } = await folder.run(['validate'], env);
    expect(status).toBe(64);
    const errors = stdout.split('\n').filter((line) => line.startsWith('::error'));
    const at = (line: number) => `::error title=drayage validate,file=drayage.yml,line=${line},col=1::Unknown key`;
    expect(errors.map((error) => error.split('%0A')[0])).toEqual([
      `${at(8)} "evil" in drayage.yml.`,
      `${at(9)} "more" in drayage.yml.`,
    ]);
    const [, token, fenced] = /::stop-commands::([0-9a-f-]{36})\n([\s\S]*?)\n::\1::\n/.exec(stdout) ?? [];
    expect(token).toBeDefined();
    expect(fenced).toContain('evil: "::set-output name=x::y"');
    expect(stdout.replace(fenced ?? '', '')).not.toContain('set-output');
  });

  it('writes a summary', async ({ expect }) => {
    using folder = new Folder();
    const summary = folder.write('summary.md', '');
    await folder.run(['validate'], { ...github, GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, 'utf8')).toMatch(/^## validate: failed in \d/);
  });

  it('runs the root action by its inputs, and remembers its post', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid);
    const state = folder.write('state', '');
    const env = { ...github, GITHUB_STATE: state, INPUT_COMMAND: 'histroy', 'INPUT_SSH-KEY': '' };
    const { stdout, status } = await folder.run([], env, 'action');
    expect(status).toBe(64);
    expect(stdout).toContain('The input "command" is "histroy"; expected one of up, plan, ');
    expect(readFileSync(state, 'utf8')).toMatch(/^post<<ghadelimiter_/);
    const post = await folder.run([], { ...env, STATE_post: 'true', STATE_run: 'gh-1' }, 'action');
    expect(post).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe.concurrent('on other CIs', () => {
  it('finds the command of the Bitbucket pipe among its variables', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid);
    const env = { BITBUCKET_BUILD_NUMBER: '1', DRAYAGE_PIPE: 'bitbucket', COMMAND: 'validate', CONFIG: 'drayage.yml' };
    expect((await folder.run([], env)).stdout).toContain('drayage.yml is valid');
  });

  it('redacts what GitLab cannot mask', async ({ expect }) => {
    using folder = new Folder();
    folder.write('drayage.yml', valid.replace('project: shop', 'project: ${{ secrets.NAME }}'));
    const { stdout, stderr } = await folder.run(['validate'], { GITLAB_CI: 'true', DRAYAGE_SECRET_NAME: secret });
    expect(stdout + stderr).toContain('CONFIG_');
    expect(stdout + stderr).not.toContain(secret);
  });
});
