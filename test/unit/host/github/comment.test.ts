import { describe, expect, it } from 'vitest';
import { ownComment } from '../../../../packages/core/src/host/github/comment.ts';
import { commentText, markerOf, partOf, partsOf } from '../../../../packages/core/src/host/github/comment-text.ts';
import { foreseen } from '../../../../packages/core/src/host/github/foreseen.ts';
import { done, failed, subject } from './listening.ts';

const part = (services: string[], text: string) => ({ services, text });

describe('commentText', () => {
  it('begins with the marker of project and environment', () => {
    expect(commentText('shop', 'staging', part(['web'], 'Hello'))).toBe(
      '<!-- drayage:shop:staging -->\n### Drayage: shop, staging\n\n<!-- drayage-part:web -->\nHello\n',
    );
  });

  it('keeps the parts of other services and replaces its own', () => {
    const first = commentText('shop', 'staging', part(['web'], 'web 1'));
    const second = commentText('shop', 'staging', part(['api'], 'api 1'), first);
    const third = commentText('shop', 'staging', part(['web'], 'web 2'), second.replaceAll('\n', '\r\n'));
    expect(partsOf(third)).toEqual([part(['api'], 'api 1'), part(['web'], 'web 2')]);
    expect(partsOf(commentText('shop', 'staging', part(['api', 'web'], 'all'), third))).toEqual([
      part(['api', 'web'], 'all'),
    ]);
  });

  it('stays below what GitHub takes', () => {
    let text: string | undefined;
    for (const name of 'abcdef') text = commentText('shop', 'staging', part([name], name.repeat(20_000)), text);
    expect(text?.length).toBeLessThan(65_536);
    expect(partsOf(text ?? '').map(({ services }) => services)).toContainEqual(['f']);
  });

  it('lets no name end its marker', () => {
    expect(markerOf('a--><script>', 'x y')).toBe('<!-- drayage:a--%3E%3Cscript%3E:x%20y -->');
  });
});

describe('partOf', () => {
  it('shows what runs where, and escapes everything from outside', () => {
    const deployed = [{ service: 'web', image: 'a|b', nodes: ['<b>@eve</b>'], url: 'https://shop.example.com/' }];
    const { text } = partOf(subject, { ...done, deployed }, 'https://github.com/acme/shop/actions/runs/7');
    expect(text).toContain(
      '**web: deployed** · `up` · 12.3 s · commit ccccccc · [log](https://github.com/acme/shop/actions/runs/7)',
    );
    expect(text).toContain('| web | `a\\|b` |  | &lt;b&gt;@&#8203;eve&lt;/b&gt; | <https://shop.example.com/> |  |');
  });

  it('says why it failed, without what tools printed', () => {
    const [failure] = failed.failures;
    const failures = [{ ...failure, message: '@eve broke <it>', output: 'a line of the application' }];
    const { text } = partOf(subject, { ...failed, failures }, undefined);
    expect(text).toContain('**web: failed**');
    expect(text).toContain('@&#8203;eve broke &lt;it&gt;');
    expect(text).not.toContain('a line of the application');
  });

  it('shows what would change as it is, whatever backticks it holds', () => {
    const dry = { ...done, status: 'planned', foreseen: ['web: look at node-1', '  ```', '<!-- drayage-part:x -->'] };
    const { text } = partOf({ ...subject, dryRun: true }, dry, undefined);
    expect(text).toContain('**web: this would change** · `up`, a dry run');
    expect(text).toContain('````\nweb: look at node-1\n  ```\n <!-- drayage-part:x -->\n````');
    expect(partsOf(commentText('shop', 'staging', { services: ['web'], text }))).toHaveLength(1);
  });

  it('shows the beginning of a long plan', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    const { text } = partOf({ ...subject, dryRun: true }, { ...done, foreseen: lines }, undefined);
    expect(text).toContain('line 199\n… and 300 lines more, in the log');
  });
});

describe('ownComment', () => {
  const marker = markerOf('shop', 'staging');
  const body = `${marker}\ntext`;
  const ours = { id: 3, body, user: { type: 'Bot' }, author_association: 'NONE' };

  it('is the first with the marker in front, by a program or by somebody who may write', () => {
    const quoted = { id: 1, body: `> ${body}`, user: { type: 'Bot' } };
    const foreign = { id: 2, body, user: { type: 'User' }, author_association: 'CONTRIBUTOR' };
    const member = { id: 4, body, user: { type: 'User' }, author_association: 'MEMBER' };
    expect(ownComment([quoted, foreign, ours, member], marker)?.id).toBe(3);
    expect(ownComment([quoted, foreign, member], marker)?.id).toBe(4);
    expect(ownComment([quoted, foreign], marker)).toBeUndefined();
  });

  it('is not that of another environment', () => {
    expect(ownComment([ours], markerOf('shop', 'production'))).toBeUndefined();
  });
});

describe('foreseen', () => {
  it('keeps the notes of each phase below its title', () => {
    const notes = foreseen();
    notes.take({ event: 'phase-started', phase: 1, title: 'web: look at node-1' });
    notes.take({ event: 'note', phase: 1, line: 'node-1: standalone, start-first' });
    notes.take({ event: 'note', line: 'setup of node-1: Docker' });
    notes.take({ event: 'output', phase: 1, line: 'not a note' });
    notes.take({ event: 'note', phase: 1, line: '  image: a -> b' });
    expect(notes.lines()).toEqual([
      'web: look at node-1',
      '  node-1: standalone, start-first',
      '    image: a -> b',
      'setup of node-1: Docker',
    ]);
  });
});
