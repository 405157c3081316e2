/** What a code means to its reader, in the words TROUBLESHOOTING.md and `drayage help` print. */
interface Explanation {
  /** One or two sentences: what happened. */
  readonly means: string;
  /** What to do, as Markdown; commands in backticks. */
  readonly fix: string;
  /** Exit status of the process; 1 unless the user's input is at fault (64) or the run was cancelled (130). */
  readonly exit?: 1 | 64 | 130;
}

const explanations = {
  // General
  CANCELLED: {
    means: 'The run was cancelled. Remote work it had started was ended; what served before still serves.',
    fix: 'Start the run again.',
    exit: 130,
  },
  INTERNAL_BUG: {
    means: 'Drayage met a situation its authors did not think of.',
    fix: 'Please report it with the stack trace that was printed.',
  },
  RUN_TIMEOUT: {
    means: 'The whole run took longer than its input `timeout` allows, and was cancelled.',
    fix: 'Look in the log for the step that took so long; give a longer `timeout` if it needs one.',
  },
  // Inputs and drayage.yml
  COMMAND_UNKNOWN: {
    means: 'Drayage has no command of this name.',
    fix: 'See `drayage help` for what there is.',
    exit: 64,
  },
  CONFIG_CONFLICT: {
    means: 'Two keys of drayage.yml, two services or two environments exclude each other.',
    fix: 'The message names both sides: change or remove one of them, then run `drayage validate`.',
    exit: 64,
  },
  CONFIG_INVALID: {
    means: 'A value in drayage.yml is not what the schema allows.',
    fix: 'Mend the line and column that the message names, then run `drayage validate`.',
    exit: 64,
  },
  CONFIG_REFERENCE_UNQUOTED: {
    means:
      'A reference such as `${{ secrets.TOKEN }}` stands in drayage.yml without quotes. YAML would read its braces as maps.',
    fix: 'Put the whole value in quotes; the message shows the line to paste.',
    exit: 64,
  },
  CONFIG_REFERENCE_UNRESOLVED: {
    means: 'A reference in drayage.yml, or in a file that it names, stands for nothing in this run.',
    fix: 'Correct its name, or give the value: secrets through the input `secrets` or `DRAYAGE_SECRET_<NAME>`, variables under `variables`. A literal `${{` is written `$${{`.',
    exit: 64,
  },
  INPUT_INVALID: {
    means: 'An input (flag, environment variable or action input) has a value that is not allowed.',
    fix: 'Give the input one of the values the message names; `drayage <command> --help` lists them.',
    exit: 64,
  },
  NOT_SUPPORTED_YET: {
    means:
      'The key of drayage.yml, or the command, is reserved and does nothing yet, so it is refused instead of being ignored.',
    fix: 'Remove the key; `drayage help` lists the commands that work.',
    exit: 64,
  },
  STATE_INVALID: {
    means:
      'The state that an earlier step should have handed over is damaged, or belongs to another repository or run.',
    fix: 'Run the earlier steps again in this run. To use the state of another run on purpose, give its id as `state-run`.',
    exit: 64,
  },
  TOOL_CHECKSUM_MISMATCH: {
    means: 'A program that was fetched for a step is not the one that was expected. It was removed and not run.',
    fix: 'Run again; if it stays, find out who changes the download on its way.',
  },
  TOOL_DOWNLOAD_FAILED: {
    means: 'A program that a step needs could not be fetched.',
    fix: 'Check that this machine may connect to the address in the message, or put the program on the PATH.',
  },
  TOOL_MISSING: {
    means: 'A step needs a program on this machine that is not installed.',
    fix: 'Install the program that the message names and put it on the PATH.',
  },
  // Connecting, files and commands on a server
  JOB_LOST: {
    means:
      'A job that was running on the server is gone: the server was rebooted, or its temporary folder was emptied. Whether its last step took effect is not known.',
    fix: 'Look at the server with `drayage status`, then run again; finished steps are not repeated.',
  },
  JOB_TIMEOUT: {
    means: 'A job on the server took longer than it may and was ended there, with everything it had started.',
    fix: 'Raise the `timeout` of the step that the message names, or look in the output for what it waited for.',
  },
  LOCK_FAILED: {
    means: 'The lock that keeps two runs apart could not be read or written on a server.',
    fix: 'Check the disk (`df -h /var/lib/drayage`) and that `flock` of util-linux is installed there.',
  },
  LOCK_HELD: {
    means: 'Another run works on the same project and environment on this server, and two may not change it at once.',
    fix: 'Wait for the run that the message names. If it was killed, its lock frees itself within a minute.',
  },
  LOCK_LOST: {
    means:
      'This run stood still for longer than its lock lives, and another run took the lock over. To change nothing twice, this one stopped.',
    fix: 'Look at the run that took over; start this one again if it is still wanted.',
  },
  REMOTE_COMMAND_FAILED: {
    means: 'A program on the server ended with an error.',
    fix: 'Read the last line the program printed, which the message repeats; its whole output is in the log.',
  },
  REMOTE_FILE_FAILED: {
    means: 'A file could not be written to the server or read from it.',
    fix: 'Check the rights of the account, the free space (`df -h`) and the path that the message names.',
  },
  REMOTE_TIMEOUT: {
    means: 'A command on the server took longer than it may and was ended there.',
    fix: 'Check the load of the server; run again.',
  },
  SSH_AGENT_UNREACHABLE: {
    means: 'The SSH agent named by its socket did not answer, or holds no key.',
    fix: 'Run `ssh-add -l` in the same shell; start an agent or give the key itself.',
  },
  SSH_AUTH_FAILED: {
    means: 'The server refused the account: none of the keys or passwords given was accepted.',
    fix: "Put the public half of the key (`ssh-keygen -y -f KEY`) into the account's `~/.ssh/authorized_keys`, and check the user name.",
  },
  SSH_CONNECTION_LOST: {
    means: 'The connection to the server broke while a command ran. Whether it took effect is not known.',
    fix: 'Run again; finished steps are not repeated.',
  },
  SSH_FORWARDING_REFUSED: {
    means: 'The server does not let this account open the connection that was asked for.',
    fix: 'Set `AllowTcpForwarding yes` and `AllowStreamLocalForwarding yes` in /etc/ssh/sshd_config, and remove `no-port-forwarding` from the key.',
  },
  SSH_HOST_KEY_MISMATCH: {
    means:
      'The server showed another host key than the one expected. It was reinstalled, or something sits between you and it. No command was run and no secret was sent.',
    fix: 'Compare on the server itself: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`. If it is right, change `host-key`.',
  },
  SSH_HOST_KEY_REVOKED: {
    means: 'The known_hosts text marks the host key of this server as revoked.',
    fix: 'Do not connect before you know why. A new host key goes into `host-key`.',
  },
  SSH_HOST_KEY_UNKNOWN: {
    means: 'Nothing says which host key this server should have, so nothing was sent to it.',
    fix: 'Compare the fingerprint in the message with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the server, then add the `host-key:` line that the message shows.',
    exit: 64,
  },
  SSH_KEY_ENCRYPTED: {
    means: 'The private key is encrypted and no passphrase was given.',
    fix: 'Give the passphrase too, or make a key for deployments without one: `ssh-keygen -t ed25519 -N "" -f deploy-key`.',
    exit: 64,
  },
  SSH_KEY_INVALID: {
    means: 'The text given as private key is not a private key that can be read.',
    fix: 'Paste the whole file, from the BEGIN line to the END line, with its line breaks.',
    exit: 64,
  },
  SSH_KEY_IS_PUBLIC: {
    means: 'The text given as private key is the public half.',
    fix: 'Give the file without `.pub`.',
    exit: 64,
  },
  SSH_KEY_PASSPHRASE_WRONG: {
    means: 'The passphrase does not open the private key.',
    fix: 'Try it: `ssh-keygen -y -f KEY` asks for the passphrase and prints the public key.',
    exit: 64,
  },
  SSH_KNOWN_HOSTS_INVALID: {
    means: 'The known_hosts text has a line that cannot be used for this server.',
    fix: 'Take the line from `ssh-keyscan -t ed25519 HOST`, after comparing its fingerprint on the server.',
    exit: 64,
  },
  SSH_NO_COMMON_ALGORITHM: {
    means: 'The server allows none of the key exchange methods, ciphers or host key types that Drayage has.',
    fix: 'Allow curve25519-sha256, aes128-gcm@openssh.com and ssh-ed25519 in /etc/ssh/sshd_config.',
  },
  SSH_NO_SHELL: {
    means: 'The account can log in, but commands cannot be run in a POSIX shell.',
    fix: 'Give the account a login shell (`chsh -s /bin/sh USER`) and remove `ForceCommand` and `command=` for this key.',
  },
  SSH_UNREACHABLE: {
    means: 'No SSH connection to the server came about.',
    fix: 'Check address and port, and that the firewall lets this machine in: `ssh -v -p PORT USER@HOST`.',
  },
  // Registries and images
  DIGEST_MISMATCH: {
    means: 'The registry holds other bytes under a name than were pushed, or than the name promises.',
    fix: 'Run the step again. If it stays, another run pushes the same tag at the same time, or a proxy in between changes what it carries.',
  },
  IMAGE_NOT_FOUND: {
    means: 'No image of this name, tag or digest exists where it was looked for.',
    fix: 'Check its spelling, and that the step that builds or pushes it has run.',
  },
  PUSH_FAILED: {
    means: 'Docker could not push the image, for a reason that is neither the network nor the credentials.',
    fix: 'Read the last lines of the output; the registry names its reason there.',
  },
  REGISTRY_AUTH: {
    means: 'The registry refused the credentials, or asks for some and none are declared.',
    fix: 'Check `username` and `password` under `registries` in drayage.yml, and the secret the password comes from.',
  },
  REGISTRY_DENIED: {
    means: 'The registry knows the user, but the user may not do this to this repository.',
    fix: 'Give the user write access to the repository (create it first, where the registry asks for that), or use other credentials.',
  },
  REGISTRY_RATE_LIMITED: {
    means: 'The registry limits how many requests it answers, and the limit was reached.',
    fix: 'Wait, declare credentials for that registry (known users have higher limits), or pull through a mirror.',
  },
  REGISTRY_UNREACHABLE: {
    means: 'The registry did not answer, or answered something that is not the registry protocol.',
    fix: 'Check its name, its port, `ca` (own certificate authority) and `insecure` (plain HTTP) under `registries`, and that the build server may connect to it.',
  },
  // Sources and builds
  BUILD_FAILED: {
    means: 'The build ended with an error. The message names the line of the Dockerfile.',
    fix: 'Read the output of that step; `docker build` on the same sources shows the same.',
  },
  BUILD_IMPOSSIBLE: {
    means: 'The build asks for something that this build server cannot do.',
    fix: 'Change the key the message names, or use another build server.',
  },
  DISK_FULL: {
    means: 'The disk of the server has no space left.',
    fix: 'Free some: `docker system df` shows what Docker uses, `docker builder prune` empties the build cache.',
  },
  GIT_ACCESS_DENIED: {
    means: 'The git server refused access to the repository.',
    fix: 'Check `source.token` or `source.key`, and that it may read the repository. Many servers answer "not found" where access is missing.',
  },
  GIT_FETCH_FAILED: {
    means: 'The sources could not be fetched from the git server.',
    fix: 'Check `source.git`, and that the build server may connect to the git server.',
  },
  GIT_MISSING: {
    means: 'The build server has no git, which fetches the sources of `source.git`.',
    fix: 'Run `drayage setup-build-server`, or install git on the build server.',
  },
  GIT_REF_NOT_FOUND: {
    means: 'The repository has no branch, tag or commit of this name.',
    fix: 'Check `source.ref`; `git ls-remote` on the repository lists its branches and tags.',
  },
  SOURCE_CHANGED: {
    means: 'Files changed while they were being read, so the build would have seen a mixture.',
    fix: 'Run the step again when nothing writes into the source folder.',
  },
  SOURCE_INVALID: {
    means: 'The sources to build are not there, or hold something that cannot be sent to the build server.',
    fix: 'Check `source.path`, `build.context` and `build.dockerfile`; on CI, check that the repository was checked out first.',
  },
  // Deployments
  CONTAINER_REFUSED: {
    means: 'The Docker engine of the node refused to create or change the container as it is described.',
    fix: 'The message repeats the reason of the engine; change the key of `deploy` it speaks of.',
  },
  DEPLOY_EXITED: {
    means:
      'A container of the new version ended, or could not start, before it was healthy. The old version serves on.',
    fix: "Read the container's last lines in the output; run the image by hand with the same variables: `docker run --rm -it IMAGE`.",
  },
  DEPLOY_IMPOSSIBLE: {
    means: 'Two settings of the service exclude each other on this node, so nothing was started.',
    fix: 'Change one of the two keys the message names.',
    exit: 64,
  },
  DEPLOY_ROLLED_BACK: {
    means: 'Swarm could not bring the new version up and has rolled the service back to the old one.',
    fix: "Read the tasks' errors in the output; `drayage logs` shows what the containers printed.",
  },
  DEPLOY_TIMEOUT: {
    means: 'The deployment was not complete within `deploy.timeout`. The old version serves on.',
    fix: 'The message says what it waited for. Raise `deploy.timeout` if the service needs longer to start.',
  },
  DEPLOY_UNHEALTHY: {
    means:
      'The new version runs, but its health check did not pass in time (`start-period` plus `retries` times `interval`). The old version serves on.',
    fix: 'The message repeats the last answer. Check path and port under `health`; the application must listen on all addresses (0.0.0.0), not on 127.0.0.1.',
  },
  DEPLOY_UNSCHEDULABLE: {
    means: 'Swarm has no node on which the service may run.',
    fix: 'The message repeats the reason of the scheduler: check `placement`, `resources`, published ports and `docker node ls`.',
  },
  DEPLOYMENT_NOT_FOUND: {
    means: 'The node has no record of the deployment that was asked for.',
    fix: '`drayage history` lists the deployments that can be rolled back to.',
    exit: 64,
  },
  DOCKER_UNREACHABLE: {
    means: 'The Docker engine of the server did not answer.',
    fix: 'Look at `systemctl status docker` on the server, and run `drayage setup-deploy-node`.',
  },
  IMAGE_PLATFORM: {
    means: 'The image is not made for the processor of the node.',
    fix: 'Add the platform of the node to `build.platforms`.',
  },
  NETWORK_FAILED: {
    means: 'A network could not be created or joined on the node.',
    fix: 'The message repeats the reason of the engine; `docker network ls` shows what exists.',
  },
  NOT_OWNED: {
    means: 'Something on the node has a name Drayage would use, but was made by somebody else, so it is not touched.',
    fix: 'Rename or remove it, or choose another project, environment or service name.',
  },
  PORT_TAKEN: {
    means: 'A port that the service publishes is in use on the node.',
    fix: 'Stop what uses it (`ss -ltnp` shows it) or publish another port.',
  },
  PROBER_MISSING: {
    means: 'The node has nothing that can check the health of a container.',
    fix: 'Install curl on the node, or let it pull the image that the message names.',
  },
  PULL_FAILED: {
    means: 'The node could not pull the image, for a reason that is neither its name nor the credentials.',
    fix: 'The message repeats the reason of the engine. Try it on the node: `docker pull IMAGE`.',
  },
  SECRET_MISSING: {
    means: 'A deployment to roll back to refers to a secret that is not on the node any more.',
    fix: 'Deploy again with the secrets, or roll back to a later deployment.',
  },
  SWITCH_FAILED: {
    means: 'The proxy of the node could not be switched to the new version. The old version serves on.',
    fix: 'Check the free space and the rights below the state folder (`/var/lib/drayage/proxy`).',
  },
  // Setup, proxy and domains
  CERTIFICATE_INVALID: {
    means:
      'A certificate or key given in drayage.yml cannot serve the domain: they do not belong together, do not name it, or have expired.',
    fix: 'Give the full chain, leaf first, as `cert` and its private key as `key`, both PEM.',
    exit: 64,
  },
  CERTIFICATE_NOT_ISSUED: {
    means: 'The certificate authority did not issue a certificate for the domain. The proxy keeps trying by itself.',
    fix: 'Read the reason in the message. Most often the DNS records (A and AAAA) do not point to the node, or port 80 is closed.',
  },
  DOMAIN_IMPOSSIBLE: {
    means: 'The domain cannot be served in the way that was asked for; nothing was changed.',
    fix: 'Change the keys that the message names.',
    exit: 64,
  },
  DOMAIN_NOT_ANSWERING: {
    means: 'The domain is configured, but a request to it was not answered as it should be.',
    fix: 'Read the reason in the message, then look at the service with `drayage logs` and `drayage status`.',
  },
  DOMAIN_TAKEN: {
    means: 'Another service on this node already answers for the same host and path.',
    fix: 'Choose another host or path, or remove the domain from the service that the message names.',
  },
  PROXY_NOT_RUNNING: {
    means: 'The proxy of the node does not run, so no domain can be served.',
    fix: 'Run `drayage setup-deploy-node`, then try again.',
  },
  PROXY_PORT_TAKEN: {
    means: 'Another program listens on port 80 or 443 of the node, so the proxy cannot start.',
    fix: 'Stop that program, or use it as the proxy with `proxy: { type: external }`.',
  },
  PROXY_REFUSED: {
    means: 'The proxy refused the new configuration. The old one is still in force, on disk and in memory.',
    fix: 'Read the words of the proxy in the message.',
  },
  SERVER_UNSUPPORTED: {
    means: 'Drayage does not know how to install Docker on this system.',
    fix: 'Install Docker 25 or newer with buildx by hand; everything else works on any Linux.',
  },
  SETUP_FAILED: {
    means:
      'A step of setting up the server failed. What was done before stands; running setup again goes on from there.',
    fix: 'Read the output of the step, mend the cause, then run setup again.',
  },
  SETUP_INCOMPLETE: {
    means: 'The server lacks something that is needed, or what is there does not work when it is used.',
    fix: 'Follow the cure beside each item, or run `drayage setup-build-server` or `drayage setup-deploy-node`.',
  },
  SETUP_NO_PRIVILEGE: {
    means: 'The account may neither act as root nor use sudo without a password, and something has to be installed.',
    fix: 'Use root, or allow the account `sudo` without a password.',
  },
  SWARM_FAILED: {
    means: 'The server could not be made part of the Swarm.',
    fix: 'Open the ports 2377/tcp, 7946/tcp, 7946/udp and 4789/udp between the servers, then run setup again.',
  },
  // The Docker Engine
  DOCKER_DENIED: {
    means: 'The account may not use Docker on this server.',
    fix: 'Add it to the group (`sudo usermod -aG docker USER`, then connect anew), or allow it passwordless sudo.',
  },
  DOCKER_FAILED: {
    means: 'The Docker Engine refused a request.',
    fix: "Read the engine's own words in the message.",
  },
  DOCKER_MISSING: {
    means: 'Docker is not installed on this server.',
    fix: 'Run `drayage setup` for the server.',
  },
} as const satisfies Record<string, Explanation>;

export type ErrorCode = keyof typeof explanations;

export const errorCodes = Object.keys(explanations).sort() as readonly ErrorCode[];

export function explain(code: ErrorCode): Explanation {
  return explanations[code];
}

export function exitStatusOf(code: ErrorCode): number {
  return explain(code).exit ?? 1;
}
