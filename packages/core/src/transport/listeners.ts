import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../errors/drayage-error.ts';
import { toWire } from './boot.ts';
import type { LinkListener } from './link.ts';
import type { Listener } from './server.ts';
import type { Session } from './session.ts';

/** One port of the server that stays ours over reconnects. */
interface Standing {
  readonly port: number;
  readonly accept: (stream: Duplex) => void;
  link: LinkListener | undefined;
  /** The process of the server that holds the port, as `ownerScript` names it; empty where nobody knows. */
  owner: string;
  closed: boolean;
}

/** Milliseconds between attempts to have a port back. */
const pause = 250;

/**
 * Ports of a server on which connections are accepted for this process. When the connection to the server breaks they
 * are taken again over the next one, by the same numbers. The server may not have noticed that the old connection is
 * dead, and still hold them for it: then its process is ended, which is ours.
 */
export class Listeners {
  readonly #standing = new Set<Standing>();

  /** Throws SSH_FORWARDING_REFUSED where the port is taken or the server forwards none. */
  async open(
    name: string,
    session: Session,
    { port, accept }: { readonly port: number; readonly accept: (stream: Duplex) => void },
  ): Promise<Listener> {
    const [link, owner] = await Promise.all([
      session.link.listen(port, accept).catch((cause: unknown) => {
        if (session.link.lost !== undefined) throw session.link.lost;
        throw refused(name, session, port, cause);
      }),
      say(session, ownerScript),
    ]);
    const standing: Standing = { port: link.port, accept, link, owner, closed: false };
    this.#standing.add(standing);
    return {
      port: link.port,
      close: async () => {
        standing.closed = true;
        this.#standing.delete(standing);
        await standing.link?.close();
      },
    };
  }

  /** Takes all ports again over a new connection. Those that the server still holds are tried again until it lets go. */
  async restore(session: Session): Promise<void> {
    await Promise.all([...this.#standing].map((standing) => this.#retake(standing, session)));
  }

  async #retake(standing: Standing, session: Session): Promise<void> {
    standing.link = undefined;
    for (let attempt = 0; !standing.closed && session.link.lost === undefined; attempt += 1) {
      const link = await session.link.listen(standing.port, standing.accept).catch(() => undefined);
      if (link !== undefined) {
        standing.link = link;
        standing.owner = await say(session, ownerScript);
        if (standing.closed) await link.close();
        return;
      }
      if (attempt === 0) await say(session, endOwnerScript(standing.owner));
      await sleep(pause, undefined, { ref: false });
      // Whoever waits for the connection need not wait for this.
      if (attempt === 8) {
        void this.#retake(standing, session).catch(() => undefined);
        return;
      }
    }
  }
}

/** Prints process id and start time of the sshd that serves this session; nothing where there is none. */
const ownerScript = `p=$$
while [ "\${p:-0}" -gt 1 ]; do
  name=; parent=0
  while read -r key value rest; do
    case $key in Name:) name=$value ;; PPid:) parent=$value ;; esac
  done </proc/$p/status
  case $name in sshd* | dropbear*)
    read -r stat </proc/$p/stat; set -- \${stat##*) }
    echo "$p \${20}"
    break ;;
  esac
  p=$parent
done 2>/dev/null
`;

function endOwnerScript(owner: string): string {
  const [process = '', started = ''] = owner.split(' ');
  if (!/^[0-9]+$/.test(process) || !/^[0-9]+$/.test(started)) return ':';
  return `read -r stat 2>/dev/null </proc/${process}/stat || exit 0
set -- \${stat##*) }
[ "\${20}" = ${started} ] && kill ${process} 2>/dev/null
:`;
}

/** What a short script prints; empty when it fails: nothing depends on it. */
async function say(session: Session, script: string): Promise<string> {
  const said: Buffer[] = [];
  const running = session.run({
    script: toWire(`(\n${script}\n)`),
    privileged: true,
    signal: AbortSignal.timeout(10_000),
    stdout: (chunk) => said.push(chunk),
    stderr: () => undefined,
  });
  await running.catch(() => undefined);
  return Buffer.concat(said).toString().trim();
}

function refused(name: string, { link }: Session, port: number, cause: unknown): DrayageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DrayageError(
    'SSH_FORWARDING_REFUSED',
    `${name} (${link.address}) does not listen on its port ${port} for us: ${reason}.`,
    {
      hint: 'Check on the server: `sshd -T | grep -i forwarding` must say `allowtcpforwarding yes` (or `remote`), and the key must not have `no-port-forwarding`.',
      cause,
    },
  );
}
