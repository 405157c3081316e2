import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { screen } from '../../demo/screen.ts';

function recorded() {
  let text = '';
  const act = screen('swarm', (more) => {
    text += more;
  });
  return { act, text: () => stripVTControlCharacters(text) };
}

it('counts broken promises and repeats them in the summary', async () => {
  const { act, text } = recorded();
  await act.scene('a deployment', async () => {
    act.promise('it works', true);
    act.promise('nobody notices', false, '3 failed');
  });
  expect(act.summary()).toBe(1);
  expect(text()).toContain('1 promises kept, 1 broken');
  expect(text()).toMatch(/✗ a deployment +0\.0 s/);
  expect(text().trimEnd().endsWith('✗ nobody notices: 3 failed')).toBe(true);
});

it('marks a scene that throws, and passes the error on', async () => {
  const { act, text } = recorded();
  const play = act.scene('a deployment', async () => {
    throw new Error('no server');
  });
  await expect(play).rejects.toThrow('no server');
  act.summary();
  expect(text()).toMatch(/✗ a deployment/);
});
