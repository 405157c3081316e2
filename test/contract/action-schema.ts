import * as z from 'zod';

/**
 * An action.yml as GitHub documents it, for the two kinds of action we have. Unknown keys are errors, which the runner
 * itself would not mention: it ignores them.
 */
const text = z.string().min(1);

const input = z.strictObject({
  description: text,
  required: z.boolean().optional(),
  default: z.string().optional(),
  deprecationMessage: text.optional(),
});

/** Colours and icons that the Marketplace knows; the icons are those of Feather that we would take. */
const branding = z.strictObject({
  icon: z.enum(['package', 'anchor', 'box', 'truck', 'upload-cloud', 'server']),
  color: z.enum(['white', 'black', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark']),
});

const common = {
  name: text,
  description: text.max(125, 'The Marketplace cuts longer descriptions.'),
  author: text,
  branding,
  inputs: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), input),
};

const step = {
  id: z
    .string()
    .regex(/^[A-Za-z_][\w-]*$/)
    .optional(),
  name: text.optional(),
  if: text.optional(),
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).optional(),
  'continue-on-error': z.boolean().optional(),
};

const runStep = z.strictObject({ ...step, run: text, shell: z.literal('bash'), 'working-directory': text.optional() });

const usesStep = z.strictObject({
  ...step,
  uses: z.string().regex(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/, 'Actions of others are pinned by commit.'),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const composite = z
  .strictObject({
    ...common,
    outputs: z.record(z.string(), z.strictObject({ description: text, value: text })),
    runs: z.strictObject({ using: z.literal('composite'), steps: z.array(z.union([runStep, usesStep])).min(1) }),
  })
  .check((context) => {
    const { outputs, runs } = context.value;
    const ids = runs.steps.flatMap(({ id }) => id ?? []);
    for (const [name, { value }] of Object.entries(outputs)) {
      const from = /^\$\{\{ steps\.([\w-]+)\.outputs\.([\w-]+) \}\}$/.exec(value);
      if (from !== null && ids.includes(from[1] ?? '') && from[2] === name) continue;
      const message = `The output ${name} is "${value}", which is not the output of that name of a step here.`;
      context.issues.push({ code: 'custom', message, input: value, path: ['outputs', name, 'value'] });
    }
    if (new Set(ids).size === ids.length) return;
    context.issues.push({
      code: 'custom',
      message: 'Two steps have the same id.',
      input: ids,
      path: ['runs', 'steps'],
    });
  });

const javascript = z.strictObject({
  ...common,
  outputs: z.record(z.string(), z.strictObject({ description: text })),
  runs: z.strictObject({
    // GitHub removed node16 and announced the end of node20.
    using: z.literal('node24'),
    main: text,
    pre: text.optional(),
    'pre-if': text.optional(),
    post: text.optional(),
    'post-if': text.optional(),
  }),
});

export const actionSchema = z.union([composite, javascript]);
