import type { MaybeSecret } from '../../config/model.ts';
import { isSecret, reveal, secret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';

/**
 * Replaces the variables of a text as Docker Compose does (compose-spec, 12-interpolation.md): `$NAME`, `${NAME}`, with `:-`, `-`, `:?`, `?`, `:+` and `+`, and
 * `$$` for a dollar sign. A variable that nobody sets is an error here: Compose would put nothing in its place. Throws SOURCE_INVALID.
 *
 * @param where Where the text stands, for messages.
 */
export function interpolate(
  text: string,
  variables: Readonly<Record<string, MaybeSecret>>,
  where: string,
): MaybeSecret {
  let isHidden = false;
  const value = (name: string): string | undefined => {
    const found = Object.hasOwn(variables, name) ? variables[name] : undefined;
    isHidden ||= isSecret(found);
    return found === undefined ? undefined : reveal(found);
  };
  const expand = (given: string): string =>
    given.replace(
      /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}$]|\$(?!\{)|\$\{[^{}]*\})*))?\})/g,
      (
        _,
        dollar: string | undefined,
        bare: string | undefined,
        braced = '',
        operator: string | undefined,
        rest = '',
      ) => {
        if (dollar !== undefined) return '$';
        const name = bare ?? braced;
        const found = value(name);
        const isSet = operator?.startsWith(':') === true ? found !== undefined && found !== '' : found !== undefined;
        if (operator?.endsWith('+') === true) return isSet ? expand(rest) : '';
        if (isSet && found !== undefined) return found;
        if (operator?.endsWith('-') === true) return expand(rest);
        throw unset(name, where, operator === undefined ? '' : expand(rest));
      },
    );
  const result = expand(text);
  return isHidden ? secret(result) : result;
}

function unset(name: string, where: string, reason: string): DrayageError {
  const what = `The variable ${name} in ${where} is not set${reason === '' ? '' : `: ${reason}`}.`;
  return new DrayageError('SOURCE_INVALID', what, {
    hint: `Give it under build.env, or write \${${name}:-a default} there; $$ is a dollar sign.`,
  });
}
