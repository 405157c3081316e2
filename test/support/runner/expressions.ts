import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

export type Status = 'success' | 'failure' | 'cancelled';

/** What an expression may name, and how things went so far where it stands. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly status: Status;
}

function functionsOf(status: Status) {
  const answers = {
    always: true,
    success: status === 'success',
    failure: status === 'failure',
    cancelled: status === 'cancelled',
  };
  return Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer),
  }));
}

function evaluate(expression: string, { contexts, status }: Scope): data.ExpressionData {
  const functions = functionsOf(status);
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  const context: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(context instanceof data.Dictionary)) throw new TypeError('The contexts of an expression are no map.');
  return new Evaluator(tree, context, new Map(functions.map((each) => [each.name, each]))).evaluate();
}

/** Whether a step runs; its condition has its status function already. */
export function holds(condition: string, scope: Scope): boolean {
  const result = evaluate(condition, scope);
  if (result instanceof data.BooleanData) return result.value;
  return result.coerceString() !== '';
}

/** A text with its expressions replaced. */
export function fill(text: unknown, scope: Scope): string {
  return String(text ?? '').replace(/\$\{\{(.*?)\}\}/gs, (_, expression) =>
    evaluate(String(expression).trim(), scope).coerceString(),
  );
}

export function fillAll(texts: Readonly<Record<string, unknown>> = {}, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fill(text, scope)]));
}
