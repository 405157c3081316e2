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
  // dockerode packs build contexts with it; ours never travel that way.
  [/^tar-fs$/, 'module.exports = {};'],
  // BuildKit sessions of dockerode: 1.2 MB of gRPC that reads .proto files from disk. Builds go through buildx.
  [/^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)(\/|$)/, 'module.exports = {};'],
];
const stubs = {
  name: 'stubs',
  resolveId(source, importer) {
    const from = importer ?? '';
    if (/dockerode\/lib/.test(from) && /^\.\/(session|buildkit)$/.test(source)) return 'stub/gone.js';
    // Its own SSH checks no host key; ours goes through the connection that stands.
    if (/docker-modem\/lib/.test(from) && source === './ssh') return 'stub/gone.js';
    // Only for a request whose body is a form (it would bring fetch with it), and for HTTP/2, which is never offered.
    if (/undici\/lib\/dispatcher\//.test(from) && /^\.\.\/web\/fetch\/body\.js$|^\.\/client-h2\.js$/.test(source))
      return 'stub/gone.js';
    // Of ssh2 the client: no SFTP (files travel through a shell), no server, no key generation, no HTTP through SSH.
    if (/ssh2\/lib\//.test(from) && /\/(SFTP|server|keygen|http-agents)\.js$/.test(source)) return 'stub/gone.js';
    const index = left.findIndex(([pattern]) => pattern.test(source));
    return index === -1 ? null : `stub/${index}.js`;
  },
  // No \0 in front of these ids: the CommonJS plugin would leave `module.exports` of such modules as it stands.
  load(id) {
    if (id === 'stub/gone.js') return 'module.exports = () => { throw new Error("not bundled"); };';
    const [, index] = /^stub\/(\d+)\.js$/.exec(id) ?? [];
    return index === undefined ? null : left[Number(index)][1];
  },
};

/** One chunk a concern; the order decides. A command that reads only drayage.yml never loads SSH, HTTP or Docker code. */
const chunks = [
  ['toolkit', /node_modules\/@actions\/(core|exec|io)\//],
  [
    'github',
    /node_modules\/(@actions|@octokit|universal-user-agent|before-after-hook|fast-content-type-parse|json-with-bigint|bottleneck|semver|tunnel|content-type|toad-cache)\//,
  ],
  // Of undici what talks to registries; the rest comes with GitHub's own client.
  [
    'undici',
    /node_modules\/undici\/lib\/(core|util|llhttp)\/|undici\/lib\/dispatcher\/(agent|client|client-h1|dispatcher|dispatcher-base|fixed-queue|pool|pool-base)\.js|undici\/lib\/api\/(api-request|readable|abort-signal)\.js|undici\/lib\/handler\/(un)?wrap-handler\.js|core\/src\/registry\/(connection|undici)\.ts|core\/src\/registry\/provider\/|node_modules\/aws4fetch\//,
  ],
  ['github', /node_modules\/undici\//],
  // What the entry itself needs: `--version`, and a Node.js that is too old, must load nothing else.
  ['base', /packages\/cli\/(src\/version\.ts|package\.json)|core\/src\/host\/environment\.ts/],
  // What others use of the configuration without reading one.
  [
    'base',
    /core\/src\/config\/(names|secret|quantities|nearest|image-reference|registry-host|words)\.ts|core\/src\/registry\/tags\.ts|node_modules\/fastest-levenshtein\//,
  ],
  // Connections are begun before the code that speaks SSH is loaded.
  ['base', /core\/src\/transport\/(?:socket|reading)\.ts|cli\/src\/exit\.ts/],
  ['config', /node_modules\/(zod|yaml)\/|core\/src\/config\//],
  [
    'transport',
    /node_modules\/(ssh2|asn1|bcrypt-pbkdf|tweetnacl|safer-buffer|p-retry|is-network-error|retry)\/|core\/src\/transport\//,
  ],
  // What no deployment needs: first files, the completion of what is typed, questions, upkeep.
  [
    'laptop',
    /node_modules\/@bomb\.sh\/|packages\/cli\/src\/(?:init\/|completion\/|upkeep\/|confirm\.ts)|core\/src\/upkeep\//,
  ],
  // Packing sources, and reading archives. The steps load it anyway, and so does dockerode, which is never loaded without them.
  ['steps', /node_modules\/(tar-stream|streamx|b4a|fast-fifo|text-decoder|events-universal|@balena)\//],
  ['base', /core\/src\/(errors|report|context)|\0rollup|commonjsHelpers|tslib/],
  // Loaded where the job has a token for GitHub, or is on GitHub at all.
  ['github', /core\/src\/host\/(github-api|toolkit-tools)\.ts/],
  ['toolkit', /core\/src\/host\/(toolkit|exec)\.ts/],
  ['commands', /core\/src\/host\/|\/actions\/|packages\/cli\/src\/(?!main\.ts|action\.ts|version\.ts|exit\.ts)/],
  // With the libraries that make certificates: like dockerode, what only setup needs.
  ['engine', /core\/src\/(?:docker\/(client|socket|failure)|setup\/buildkit\/certificates)\.ts/],
  // What few deployments need: images that are scanned, signed, sent without a registry, made for several platforms or by a
  // remote BuildKit; sources that are archives, compose files; and what takes services down.
  [
    'engine',
    /core\/src\/(?:trust\/|image\/direct\/(?!plan)|build\/(?:sources\/archive|compose\/(?!refuse)|remote\/(?!connection)|multi-platform)|service\/teardown\/|pipeline\/teardown|domain\/remove)/,
  ],
  [
    'steps',
    /core\/src\/(setup|build|image|trust|service|domain|proxy|registry|docker|pipeline|tools)\/|core\/src\/(together|programs)\.ts/,
  ],
  // dockerode and all it brings.
  ['engine', /node_modules\//],
];

/** Packages whose files do nothing on import, though they do not say so: what is not used of them falls away. */
const quiet = /node_modules\/(@actions\/(core|exec|io|http-client)|undici)\//;

export default {
  treeshake: { moduleSideEffects: (id) => !quiet.test(id) },
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
    // Modules of Node.js do not change, and rollup's way to follow changes trips over what `stream` inherits.
    externalLiveBindings: false,
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
      // Names stay, so that stack traces and the names of classes can be read. (`minify` alone would mean all three.)
      minify: false,
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
    }),
  ],
  onwarn(warning) {
    // esbuild's opinions on dependencies, given for whole chunks.
    if (warning.code === 'PLUGIN_WARNING' && warning.plugin === 'esbuild-minify') return;
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
