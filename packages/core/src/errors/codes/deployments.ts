import type { Explanation } from './explanation.ts';

/** Deployments. */
export const deployments = {
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
  DEPLOY_SPLIT: {
    means:
      'One of several nodes was cut off in the last moment of a deployment: it kept the version before, while others have the new one.',
    fix: 'Run the same deployment again: it brings all nodes to the same version. `drayage status` shows what runs where.',
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
  TEARDOWN_INCOMPLETE: {
    means: 'Something of a service or an environment that was to be removed could not be. Everything else is gone.',
    fix: 'The message names it with the words of the engine: most often something else still uses it. Then run `drayage teardown` again; it goes on where it stopped.',
  },
} as const satisfies Record<string, Explanation>;
