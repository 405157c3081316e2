import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Ran, runWorkflow } from '../support/runner/runner.ts';
import { errorsOf, job, project, workflow } from './github-workflow.ts';

const state = 'run: mkdir -p .drayage && echo "{}" > .drayage/state.json';

/** A step that does nothing and ends green, and hands the state on that lies there. */
const step = (action: string, given = '') => `uses: drayage/drayage/actions/${action}@v1
with:
  on-missing-secrets: skip
  state-artifact: shop
${given}`;

const taken = (name: string) => `uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f
with:
  name: ${name}
  path: .drayage/state.json
  include-hidden-files: true`;

/** A pull request of a fork, which gets no secrets. */
const options = {
  files: { 'drayage.yml': `${project}environments: { production: {}, staging: {} }\n` },
  github: { event_name: 'pull_request' },
  event: { pull_request: { head: { repo: { full_name: 'eve/shop' } }, base: { repo: { full_name: 'acme/shop' } } } },
};

async function run(...steps: readonly string[]): Promise<Ran> {
  const { deploy } = await runWorkflow(workflow(state, ...steps), options);
  if (deploy === undefined) throw new Error('The job did not run.');
  return deploy;
}

describe('the artifact with the state', () => {
  it.each([
    ['deploy-service', 'success'],
    ['build-remote', 'failure'],
    ['push-image', 'failure'],
  ] as const)('that %s cannot hand on ends the job as %s', async (action, status) => {
    const name = `shop-${action}-service-production-1`;
    const ran = await run(taken(name), step(action));
    expect(ran.log.text).toContain('Skipped, as asked');
    expect(errorsOf(ran).map(({ message }) => message)).toEqual([`An artifact with the name ${name} exists already.`]);
    expect(ran.codes).not.toContain(1);
    expect(ran.status).toBe(status);
  });

  it('is another one for each action, service and environment', async () => {
    const names: string[] = [];
    const text =
      workflow(state, step('build-remote'), step('push-image')) +
      job('staging', state, step('push-image', '  environment: staging')) +
      job('web', state, step('push-image', '  service: web\n  environment: staging')) +
      job('last', state);
    const ran = await runWorkflow(text, {
      ...options,
      between: (folder) => names.splice(0, names.length, ...readdirSync(folder).sort()),
    });
    expect(Object.values(ran).map(({ status }) => status)).toEqual(['success', 'success', 'success', 'success']);
    expect(names).toEqual([
      'shop-build-remote-service-production-1',
      'shop-push-image-service-production-1',
      'shop-push-image-service-staging-1',
      'shop-push-image-web-staging-1',
    ]);
  });
});
