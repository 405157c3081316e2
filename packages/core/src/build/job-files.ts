/** Names of files in a build job's folder, beside those of the source and the build type. */
export const jobFile = { environment: 'environment', metadata: 'metadata.json', dockerConfig: 'config.json' } as const;
