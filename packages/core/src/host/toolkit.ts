// The part of GitHub's toolkit that speaks to the runner. Loaded on GitHub only.
export { endGroup, error, saveState, setOutput, setSecret, startGroup, summary, warning } from '@actions/core';
