import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate } from './certificates.ts';
import { run } from './command.ts';
import { copyImage } from './image-copy.ts';
import { diskFolder } from './machine.ts';
import { portAnswers } from './port.ts';
import { startService } from './service.ts';

/** A private registry: every request needs the user name and password. */
export interface Registry {
  /** `address:port`, as it stands in image names. */
  host: string;
  url: string;
  username: string;
  password: string;
  /** PEM of the authority behind its certificate; absent when it speaks plain HTTP. */
  ca?: string;
  caPath?: string;
  /** Copies one of the lab's images into it, such as `library/nginx:1.27-alpine`, and returns its full name with digest. */
  put(image: string, as?: string): Promise<string>;
  /** Ends it at once, in the middle of whatever it does; its store stays. */
  stop(): Promise<void>;
  /** Starts it again after `stop`. */
  start(): Promise<void>;
}

export interface RegistryPlan {
  lab: string;
  name: string;
  program: string;
  address: string;
  port: number;
  mirror: string;
  tls: boolean;
}

/** Starts a registry with a fresh password and an empty store. */
export async function startRegistry(plan: RegistryPlan): Promise<Registry> {
  const folder = join(diskFolder, plan.lab, plan.name);
  mkdirSync(folder, { recursive: true });
  const username = 'lab';
  const password = randomBytes(12).toString('base64url');
  writeFileSync(join(folder, 'htpasswd'), `${username}:${await bcrypt(password)}\n`);
  const certificate = plan.tls ? await issueCertificate(folder, 'registry', plan.address) : undefined;
  const auth = { htpasswd: { realm: 'lab', path: join(folder, 'htpasswd') } };
  const tls = certificate && { certificate: certificate.certPath, key: certificate.keyPath };
  const ca = certificate && readFileSync(certificate.caPath, 'utf8');
  const host = `${plan.address}:${plan.port}`;
  const url = `${plan.tls ? 'https' : 'http'}://${host}`;
  // One of the two refuses to delete, as registries do unless they are told to.
  const storage = { delete: { enabled: !plan.tls } };
  const start = () =>
    runRegistry({ ...plan, store: join(folder, 'store'), storage, sections: { auth }, http: { addr: host, tls } });
  let end = await start();
  return {
    stop: () => end(),
    start: async () => {
      end = await start();
    },
    host,
    url,
    username,
    password,
    ca,
    caPath: certificate?.caPath,
    put: async (image, as = image) => {
      const digest = await copyImage({
        from: { url: plan.mirror, image },
        to: { url, image: as, username, password, ca },
      });
      return `${host}/${as}@${digest}`;
    },
  };
}

/** Starts a registry over an existing store for everyone to read: what Docker Hub is to the hosts. */
export async function startMirror(plan: Omit<RegistryPlan, 'tls' | 'mirror'>, store: string): Promise<string> {
  mkdirSync(join(diskFolder, plan.lab, plan.name), { recursive: true });
  const storage = { maintenance: { readonly: { enabled: true } } };
  await runRegistry({ ...plan, store, storage, sections: {}, http: { addr: `${plan.address}:${plan.port}` } });
  return `http://${plan.address}:${plan.port}`;
}

/** Starts a registry anyone may write to, which fills the store of the lab's images. */
export async function startOpenRegistry(plan: Omit<RegistryPlan, 'tls' | 'mirror'>, store: string): Promise<string> {
  mkdirSync(join(diskFolder, plan.lab, plan.name), { recursive: true });
  await runRegistry({ ...plan, store, sections: {}, http: { addr: `${plan.address}:${plan.port}` } });
  return `http://${plan.address}:${plan.port}`;
}

interface RegistryRun {
  lab: string;
  name: string;
  program: string;
  store: string;
  storage?: object;
  sections: object;
  http: { addr: string; tls?: object | undefined };
}

async function runRegistry(plan: RegistryRun): Promise<() => Promise<void>> {
  const file = join(diskFolder, plan.lab, plan.name, 'config.yml');
  const configuration = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: plan.store }, delete: { enabled: true }, ...plan.storage },
    http: plan.http,
    ...plan.sections,
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration, null, 2));
  const [address = '', port] = plan.http.addr.split(':');
  return await startService({
    lab: plan.lab,
    name: plan.name,
    argv: [plan.program, 'serve', file],
    ready: () => portAnswers(address, Number(port)),
  });
}

/** The hash docker-registry's htpasswd wants, made by the C library's crypt, which Debian's perl reaches. */
async function bcrypt(password: string): Promise<string> {
  const salt = randomBytes(16).toString('hex').slice(0, 21);
  const { stdout } = await run(['perl', '-e', 'print crypt($ENV{PASSWORD}, $ENV{SALT})'], {
    env: { PATH: process.env.PATH, PASSWORD: password, SALT: `$2y$05$${salt}.` },
  });
  return stdout;
}
