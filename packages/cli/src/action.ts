import { environment } from '@drayage/core/host/environment';
import { runMain, runPost } from './action-run.ts';

// The runner starts this file twice: as main, and as post when the job ends, however it ended.
const env = environment();
(env.STATE_post === 'true' ? runPost(env) : runMain(env)).then(
  (status) => {
    process.exitCode = status;
    setTimeout(() => process.exit(status), 2000).unref();
  },
  (error: unknown) => {
    process.stdout.write(`::error::${String(error).replace(/[\r\n]+/g, ' ')}\n`);
    process.exitCode = 1;
  },
);
