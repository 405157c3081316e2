import { describe, expect, it } from 'vitest';
import {
  environmentsOf,
  selectEnvironment,
  unknownEnvironment,
} from '../../../packages/core/src/config/environment.ts';
import type { Tree } from '../../../packages/core/src/config/tree.ts';
import { parseYaml } from '../../../packages/core/src/config/yaml-tree.ts';
import { base, failuresOf } from './loading.ts';

const parse = (text: string) => parseYaml(text, 'drayage.yml').tree;

function plain(tree: Tree): unknown {
  if (tree.kind === 'leaf') return tree.text;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]));
}

const file = `
project: shop
environments:
  production: { servers: [node-1] }
  staging:
    servers: [node-2]
    services:
      web: { deploy: { replicas: 1, env: { B: null, C: c } }, tags: [x] }
      own: { deploy: { servers: [node-3] } }
  bare: {}
services:
  web: { deploy: { replicas: 2, env: { A: a, B: b } }, tags: [y, z], image: i }
  api: { deploy: { servers: [node-9] } }
`;

describe('selectEnvironment', () => {
  it('merges maps, replaces lists, removes by null and adds services', () => {
    expect(plain(selectEnvironment(parse(file), 'staging'))).toMatchObject({
      services: {
        web: { deploy: { replicas: '1', env: { A: 'a', C: 'c' }, servers: ['node-2'] }, tags: ['x'], image: 'i' },
      },
    });
  });

  it("takes servers from the environment's service, then the environment, then the service", () => {
    const services = (name: string) => plain(selectEnvironment(parse(file), name));
    expect(services('staging')).toMatchObject({
      services: {
        own: { deploy: { servers: ['node-3'] } },
        web: { deploy: { servers: ['node-2'] } },
        api: { deploy: { servers: ['node-2'] } },
      },
    });
    expect(services('bare')).toMatchObject({ services: { api: { deploy: { servers: ['node-9'] } } } });
  });

  it('leaves the other environments out', () => {
    expect(plain(selectEnvironment(parse(file), 'production'))).toMatchObject({
      environments: { production: { servers: ['node-1'] } },
    });
    expect(plain(selectEnvironment(parse(file), 'production'))).not.toHaveProperty('environments.staging');
  });

  it('leaves a file without services as it is', () => {
    expect(plain(selectEnvironment(parse('project: shop\n'), 'production'))).toEqual({ project: 'shop' });
  });
});

describe('unknownEnvironment', () => {
  it('names the environment that was meant', () => {
    expect(unknownEnvironment(parse(file), 'stagin', 'drayage.yml')).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'drayage.yml defines no environment "stagin".',
      hint: 'Did you mean "staging"?',
    });
  });

  it('knows production where a file defines no environments', () => {
    expect(environmentsOf(parse('project: shop\n'))).toEqual(['production']);
    expect(unknownEnvironment(parse('project: shop\n'), 'production', 'drayage.yml')).toBeUndefined();
    expect(unknownEnvironment(parse('project: shop\n'), 'staging', 'drayage.yml')).toBeDefined();
  });
});

describe('loading an environment that the file does not define', () => {
  const services = `services:
  web: { source: { image: nginx }, deploy: { servers: [node-1], ports: [{ published: 80, target: 80 }] } }
`;

  it('is one problem, and claims no port of the environments there are', async () => {
    const text = `${base}environments: { production: {}, preview: { servers: [builder] } }\n${services}`;
    const failures = await failuresOf(text.replace('role: build', 'role: both'), { environment: 'preveiw' });
    expect(failures.map(({ message, hint }) => [message, hint])).toEqual([
      ['drayage.yml defines no environment "preveiw".', 'Did you mean "preview"?'],
    ]);
  });

  it('says which there are where none is near', async () => {
    expect(await failuresOf(base + services, { environment: 'staging' })).toMatchObject([
      { message: 'drayage.yml defines no environment "staging".', hint: 'There is: production.' },
    ]);
  });
});
