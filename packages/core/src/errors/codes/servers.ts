import type { Explanation } from './explanation.ts';

/** Reaching a server, and what runs there. */
export const servers = {
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
    means:
      'Another run works on the same service, its domains or its environment on this server, and two may not change it at once.',
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
    fix: 'Run `drayage setup-build-server` or `drayage setup-deploy-node`, by what the server is for.',
  },
} as const satisfies Record<string, Explanation>;
