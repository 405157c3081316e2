// Installs what the conformance tests run, and prints what each took. With --strict it fails where one cannot be had.
import { installed } from './tools/cache.ts';
import { recipes } from './tools/recipes.ts';

let missing = 0;
for (const recipe of Object.values(recipes)) {
  const found = await installed(recipe);
  const took =
    found === undefined
      ? `left out: ${recipe.client} is not on this machine`
      : found.seconds === undefined
        ? 'installed before'
        : `installed in ${found.seconds.toFixed(0)} s`;
  if (found === undefined) missing += 1;
  console.log(`${recipe.name.padEnd(12)} ${recipe.version.padEnd(14)} ${took}`);
}
if (missing > 0 && process.argv.includes('--strict')) process.exitCode = 1;
