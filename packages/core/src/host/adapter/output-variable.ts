import { snakeCase } from '../input/declaration.ts';

/**
 * The variable in which GitLab and Bitbucket hand an output to later steps. It must not be `DRAYAGE_<NAME>`, or the output
 * of one step would silently become the input of the next.
 */
export function outputVariable(name: string): string {
  return `DRAYAGE_OUTPUT_${snakeCase(name)}`;
}
