import { styleText } from 'node:util';

/** What the audience sees: scenes, what the command line prints, and promises that are kept or broken. */
export interface Screen {
  /** Runs one scene: its title before, its duration in the summary. Rethrows what the scene throws. */
  scene(title: string, play: () => Promise<void>): Promise<void>;
  say(line: string): void;
  /** A line of a program's own output. */
  output(line: string): void;
  /** Text to read, such as a file. */
  show(text: string): void;
  /** Checks something the demonstration claims; broken ones decide the exit status. */
  promise(text: string, kept: boolean, detail?: string): void;
  /** Table of scenes, and how many promises held. Returns the number of broken ones. */
  summary(): number;
}

interface Scene {
  title: string;
  seconds: number;
  broken: number;
}

/** Writes to standard output. `act` prefixes scene titles in the summary. */
export function screen(act: string, write: (text: string) => void = (text) => process.stdout.write(text)): Screen {
  const scenes: Scene[] = [];
  const broken: string[] = [];
  let kept = 0;
  const line = (text: string): void => write(`${text}\n`);
  const promise: Screen['promise'] = (text, holds, detail = '') => {
    if (holds) kept += 1;
    else broken.push(`${text}${detail && `: ${detail}`}`);
    const mark = holds ? styleText('green', '✓') : styleText('red', '✗');
    line(`  ${mark} ${text}${detail && ` (${detail})`}`);
  };
  return {
    scene: async (title, play) => {
      line(`\n${styleText('bold', `▌ ${act}: ${title}`)}`);
      const startedAt = performance.now();
      const brokenBefore = broken.length;
      let complete = false;
      try {
        await play();
        complete = true;
      } finally {
        const seconds = (performance.now() - startedAt) / 1000;
        scenes.push({ title, seconds, broken: broken.length - brokenBefore + (complete ? 0 : 1) });
      }
    },
    say: (text) => line(`  ${text}`),
    output: (text) => line(styleText('dim', `  │ ${text}`)),
    show: (text) => {
      for (const row of text.trimEnd().split('\n')) line(`    ${styleText('cyan', row)}`);
    },
    promise,
    summary: () => {
      line(`\n${styleText('bold', `▌ ${act}: summary`)}`);
      for (const { title, seconds, broken: count } of scenes) {
        const mark = count === 0 ? styleText('green', '✓') : styleText('red', '✗');
        line(`  ${mark} ${title.padEnd(64)} ${seconds.toFixed(1).padStart(6)} s`);
      }
      const total = scenes.reduce((sum, { seconds }) => sum + seconds, 0);
      line(`  ${kept} promises kept, ${broken.length} broken, in ${total.toFixed(0)} s`);
      for (const text of broken) line(`  ${styleText('red', '✗')} ${text}`);
      return broken.length;
    },
  };
}
