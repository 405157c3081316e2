import type { Manifest } from './repository.ts';

/** A Dockerfile for an application that `npm start` starts; undefined where package.json does not say enough. */
export function nodeDockerfile(manifest: Manifest | undefined, port: number): string | undefined {
  if (manifest === undefined || !manifest.starts || manifest.manager !== 'npm') return undefined;
  const install = manifest.hasLock ? 'npm ci' : 'npm install';
  return `FROM node:24-slim
WORKDIR /app
COPY package*.json ./
RUN ${install}
COPY . .
${manifest.builds ? 'RUN npm run build\n' : ''}ENV NODE_ENV=production PORT=${port}
EXPOSE ${port}
USER node
CMD ["npm", "start"]
`;
}

/** What has no place in an image: `COPY . .` takes everything else, and secrets of a laptop must not travel with it. */
export const dockerignore = `.git
.drayage
**/.env
**/.env.*
!.env.example
node_modules
*.log
`;
