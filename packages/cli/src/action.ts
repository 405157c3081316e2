import { environment } from '@drayage/core/host/environment';
import { runMain, runPost } from './action-run.ts';
import { exit, failUnlessSaid } from './exit.ts';

// The runner starts this file twice: as main, and as post when the job ends, however it ended.
failUnlessSaid();
const env = environment();
(env.STATE_post === 'true' ? runPost(env) : runMain(env)).then(exit, (error: unknown) => {
  process.stdout.write(`::error::${String(error).replace(/[\r\n]+/g, ' ')}\n`);
  exit(1);
});
