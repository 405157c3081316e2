import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application, startWorld, type World } from './world.ts';

const pem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
`;

/** What people really put into secrets, and what has broken tools before. */
const values: Readonly<Record<string, string>> = {
  HASH: 'before # after#',
  QUOTES: `it's "quoted" \`twice\` \\ back\\\\slash`,
  DOLLAR: '$HOME ${PATH} $(id) $$ 100%',
  BLANKS: '  two before, three after   ',
  PEM: pem,
  JSON: '{"a": [1, "two", null], "b": {"c": "$d"}}\n',
  UNICODE: 'Grüße, 世界 🚢',
  EQUALS: 'a=b=c==',
};

let world: World;
let output: string;

beforeAll(async () => {
  world = await startWorld('bad-secrets');
  const names = Object.keys(values);
  const references = Object.fromEntries(names.map((name) => [name, `\${{ secrets.${name} }}`]));
  const configuration = world.configuration();
  const web = configuration.services.web;
  if (web) {
    web.build = { ...web.build, secrets: references };
    web.deploy = { ...web.deploy, env: references, secrets: references };
  }
  const mounts = names.map((name) => `--mount=type=secret,id=${name}`).join(' ');
  const run = `RUN ${mounts} cd /run/secrets && sha256sum ${names.join(' ')} >/www/sums.txt\n`;
  world.write(configuration, {
    ...application,
    Dockerfile: application.Dockerfile?.replace('CMD', () => `${run}CMD`) ?? '',
  });
  const env = Object.fromEntries(names.map((name) => [`DRAYAGE_SECRET_${name}`, values[name] ?? '']));
  const result = await world.run(['up'], { env });
  output = result.output;
  expect(result.code, output).toBe(0);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const inside = async (command: string): Promise<string> => {
  const id = await world.node.exec('docker ps --quiet --filter label=dev.drayage.service=web');
  return (await world.node.exec(`docker exec ${id.stdout.trim()} ${command}`)).stdout;
};

describe.each(Object.keys(values))('the secret %s', (name) => {
  const value = values[name] ?? '';

  it('arrives byte for byte in the build', async () => {
    const sum = createHash('sha256').update(value).digest('hex');
    expect(await world.answer('/sums.txt')).toContain(`${sum}  ${name}`);
  });

  it('arrives byte for byte as a file', async () => {
    expect(Buffer.from(await inside(`base64 /run/secrets/${name}`), 'base64').toString()).toBe(value);
  });

  it('arrives byte for byte as a variable', async () => {
    const environment = Buffer.from(await inside('base64 /proc/1/environ'), 'base64')
      .toString()
      .split('\0');
    expect(environment).toContain(`${name}=${value}`);
  });

  it('is never printed', () => {
    expect(output).not.toContain(value);
    expect(output).not.toContain(value.trim());
    expect(output).not.toContain(Buffer.from(value).toString('base64'));
  });

  it('leaves no trace on the build server, nor in the image', async () => {
    const pattern = Buffer.from(value.trim().split('\n').at(-1) ?? '').toString('base64');
    const search = `pattern=$(echo ${pattern} | base64 -d)
      grep -rlF -e "$pattern" /run/drayage /var/lib/drayage /root /tmp 2>/dev/null
      for image in $(docker images --quiet); do
        docker history --no-trunc --format '{{.CreatedBy}}' $image
        docker image inspect $image
      done | grep -F -e "$pattern" || true`;
    expect((await world.builder.exec(search)).stdout).toBe('');
  });
});

it('warns that docker inspect shows variables', () => {
  expect(output).toMatch(/docker inspect/);
});
