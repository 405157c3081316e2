import { guess } from '@drayage/core/config/nearest';
import { type ErrorCode, errorCodes, explain } from '@drayage/core/errors/codes';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { text } from '@drayage/core/host/input/pieces';
import * as z from 'zod';
import { commands } from '../commands.ts';
import { commandHelp, overview } from '../help.ts';

const help = declaration({
  name: 'help',
  summary: 'Explain a command or an error code.',
  inputs: z.object({ topic: text('A command, or the code at the end of an error.', { otherwise: 'all commands' }) }),
  outputs: {},
  examples: ['help push-image', 'help SSH_HOST_KEY_MISMATCH'],
  positional: 'topic',
  printsData: true,
});

export const command: Command<(typeof help)['inputs']['shape']> = {
  declaration: help,

  async run({ inputs: { topic }, print }) {
    print(topic === undefined ? await overview() : await helpFor(topic));
    return {};
  },
};

async function helpFor(topic: string): Promise<string> {
  const load = Object.hasOwn(commands, topic) ? commands[topic] : undefined;
  if (load !== undefined) return commandHelp((await load()).command.declaration);
  const name = topic.toUpperCase().replaceAll('-', '_');
  const code = errorCodes.find((known): known is ErrorCode => known === name);
  if (code !== undefined) {
    const { means, fix } = explain(code);
    return `${code}\n\n${means}\n\nWhat to do: ${fix}\n`;
  }
  const near = guess(topic, [...Object.keys(commands), ...errorCodes]);
  throw new DrayageError('INPUT_INVALID', `Neither a command nor an error code is called "${topic}".`, {
    hint: `${near === undefined ? '' : `${near} `}\`drayage help\` lists the commands; a code stands at the end of its error.`,
  });
}
