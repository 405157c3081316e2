import { describe, expect, it } from 'vitest';
import type { DomainSpec, Project } from '../../../packages/core/src/config/model.ts';
import { serversOf } from '../../../packages/core/src/pipeline/servers.ts';
import { exampleDomainSpec, exampleProject, exampleService } from '../domain/example.ts';

const nodesFor = (domains: readonly DomainSpec[], change: (project: Project) => Project = (project) => project) => {
  const service = exampleService(domains);
  const project = change(exampleProject(service, ['edge']));
  return serversOf(project, [service], new Map()).nodes;
};
const external = (project: Project): Project => ({
  ...project,
  ...(project.proxy === undefined ? {} : { proxy: { ...project.proxy, type: 'external' } }),
});

describe('the servers of a run', () => {
  it('include the proxies of ours, whether or not a service still has a domain', () => {
    expect(nodesFor([exampleDomainSpec()])).toEqual(['node-1', 'edge']);
    expect(nodesFor([])).toEqual(['node-1', 'edge']);
  });

  it("include another's proxy only where a domain is asked there", () => {
    expect(nodesFor([exampleDomainSpec()], external)).toEqual(['node-1', 'edge']);
    expect(nodesFor([], external)).toEqual(['node-1']);
    expect(nodesFor([], ({ proxy: _proxy, ...project }) => project)).toEqual(['node-1']);
  });
});
