import { describe, expect, it } from 'vitest';
import { runWorkflow } from '../support/runner/runner.ts';
import { errorsOf, project, secrets, workflow } from './github-workflow.ts';

const up = `uses: drayage/drayage@v1
with:
  ssh-key: \${{ secrets.SSH_KEY }}
  secrets: REGISTRY_TOKEN=\${{ secrets.REGISTRY_TOKEN }}`;

/** The errors of a job whose drayage.yml has these lines at its end, which begin at line `first`. */
const first = project.trimEnd().split('\n').length + 1;
async function errorsIn(lines: readonly string[]) {
  const files = { 'drayage.yml': `${project.trimEnd()}\n${lines.join('\n')}\n` };
  const { deploy } = await runWorkflow(workflow(up), { files, secrets });
  expect(deploy?.status).toBe('failure');
  expect(deploy?.log.forbidden).toEqual([]);
  return { errors: errorsOf(deploy as never), text: deploy?.log.text ?? '' };
}

const place = (line: number) => ({
  title: 'drayage up',
  file: 'drayage.yml',
  line: String(line),
  col: expect.stringMatching(/^\d+$/),
});

describe('an annotation', () => {
  it('is made for each failure, on its line of drayage.yml', async () => {
    const { errors, text } = await errorsIn(['  ::error::forged: {}', '  api:', '    imgae: x', '    deploi: {}']);
    const [name, ...keys] = errors;
    expect(name?.message).toContain('::error::forged');
    expect(name?.properties).toEqual(place(first));
    expect(keys.map(({ properties }) => properties)).toEqual([place(first + 2), place(first + 3)]);
    expect(keys.map(({ message }) => message.split('\n').slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/"imgae".*Did you mean "image"\?/),
      expect.stringMatching(/"deploi".*Did you mean "deploy"\?/),
    ]);
    expect(errors.every(({ message }) => /CONFIG_\w+ · more: drayage help CONFIG_/.test(message))).toBe(true);
    expect(text).toContain('##[group]Why it failed\n3 problems:');
  });

  it('hides what is secret in it', async () => {
    const { errors } = await errorsIn([`  api: { source: "${secrets.REGISTRY_TOKEN}" }`, '  "b a d": {}']);
    expect(errors.length).toBeGreaterThan(1);
    expect(JSON.stringify(errors)).not.toContain(secrets.REGISTRY_TOKEN);
  });

  it('is one of ten at most: the last one says how many more there are', async () => {
    const wrong = (count: number) => ['  api:', ...Array.from({ length: count }, (_, index) => `    nokey${index}: 1`)];
    expect((await errorsIn(wrong(10))).errors.map(({ properties }) => properties.line)).toEqual(
      Array.from({ length: 10 }, (_, index) => String(first + 1 + index)),
    );
    const { errors, text } = await errorsIn(wrong(14));
    expect(errors).toHaveLength(10);
    expect(errors.at(-1)).toMatchObject({
      properties: { title: 'drayage up' },
      message: 'There are 5 more problems; the log has them under "Why it failed".',
    });
    expect(text).toContain('14 problems:');
    expect(text).toContain('nokey13');
  });
});
