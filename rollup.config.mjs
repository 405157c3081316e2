// Bundles the command line and the root action into dist/: CommonJS, because ssh2 needs __dirname, with chunks shared
// by concern so that a command loads only what it needs. See test/contract/dist.test.ts for the budgets.
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import esbuild, { minify } from 'rollup-plugin-esbuild';

/** Optional or unused parts of dependencies, replaced by a module that is empty or says so. */
const left = [
  // Native addons of ssh2: its JavaScript ciphers are fast enough, and an addon fits one platform only.
  [/cpufeatures\.node$|cpu-features$|sshcrypto\.node$/, 'module.exports = {};'],
  [/^supports-color$/, 'module.exports = {};'],
  // undici asks for it lazily; bundled as a static import it breaks Node.js 20.
  [/^node:sqlite$/, 'module.exports = {};'],
  // BuildKit sessions of dockerode: 1.2 MB of gRPC that reads .proto files from disk. Builds go through buildx.
  [/^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)(\/|$)/, 'module.exports = {};'],
];
const stubs = {
  name: 'stubs',
  resolveId(source, importer) {
    const from = importer ?? '';
    if (/dockerode\/lib/.test(from) && /^\.\/(session|buildkit)$/.test(source)) return `\0stub:gone:${source}`;
    const index = left.findIndex(([pattern]) => pattern.test(source));
    return index === -1 ? null : `\0stub:${index}`;
  },
  load(id) {
    if (!id.startsWith('\0stub:')) return null;
    const key = id.slice('\0stub:'.length);
    if (key.startsWith('gone')) return 'module.exports = () => { throw new Error("not bundled"); };';
    return left[Number(key)][1];
  },
};

/** One chunk a concern; the order decides. A command that reads only drayage.yml never loads SSH, HTTP or Docker code. */
const chunks = [
  [
    'actions',
    /node_modules\/(@actions|@octokit|universal-user-agent|before-after-hook|fast-content-type-parse|json-with-bigint|bottleneck|semver|tunnel|content-type|toad-cache)\//,
  ],
  ['undici', /node_modules\/undici\//],
  ['config', /node_modules\/(zod|yaml|fastest-levenshtein)\/|core\/src\/config\//],
  [
    'transport',
    /node_modules\/(ssh2|asn1|bcrypt-pbkdf|tweetnacl|safer-buffer|p-limit|yocto-queue|p-retry|is-network-error|retry)\/|core\/src\/transport\//,
  ],
  [
    'engine',
    /node_modules\/(dockerode|docker-modem|readable-stream|inherits|util-deprecate|string_decoder|safe-buffer|split-ca|debug|ms|tar-fs|tar-stream|bl|pump|once|wrappy|end-of-stream|fs-constants|chownr|mkdirp-classic|buffer|ieee754|base64-js|uuid|streamx|b4a|fast-fifo|text-decoder|events-universal|@balena)\/|core\/src\/docker\//,
  ],
  ['base', /core\/src\/(errors|report|context)|core\/src\/host\/|actions\/|\0rollup|commonjsHelpers|tslib/],
  ['steps', /core\/src\/(setup|build|image|service|domain|proxy|registry|pipeline)\//],
];

export default {
  input: { drayage: 'packages/cli/src/main.ts', action: 'packages/cli/src/action.ts' },
  output: {
    dir: 'dist',
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    hoistTransitiveImports: false,
    manualChunks: (id) => chunks.find(([, pattern]) => pattern.test(id))?.[0],
    generatedCode: 'es2015',
  },
  plugins: [
    stubs,
    nodeResolve({
      preferBuiltins: true,
      dedupe: ['undici'],
      exportConditions: ['node'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    }),
    commonjs({ ignoreTryCatch: false }),
    json(),
    esbuild({ target: 'node20', tsconfig: false, include: /\.[mc]?[jt]s$/, exclude: /node_modules/ }),
    minify({
      target: 'node20',
      keepNames: true,
      minifyIdentifiers: false,
      minifySyntax: false,
      minifyWhitespace: true,
      legalComments: 'none',
    }),
  ],
  onwarn(warning) {
    const inDependency = [warning.id, warning.loc?.file, ...(warning.ids ?? [])].some((id) =>
      id?.includes('node_modules'),
    );
    const harmless = [
      'CIRCULAR_DEPENDENCY',
      'THIS_IS_UNDEFINED',
      'INVALID_ANNOTATION',
      'EVAL',
      'MODULE_LEVEL_DIRECTIVE',
    ];
    if (inDependency && harmless.includes(warning.code)) return;
    throw new Error(`${warning.code}: ${warning.message}`);
  },
};
