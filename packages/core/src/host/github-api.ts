// GitHub's API client. Loaded only where a token was given: it reads the proxy settings when it is loaded.
export { getOctokit } from '@actions/github';
