// Downloads and the runner's tool cache. Loaded only when a client tool is needed.
export { cacheFile, downloadTool, extractTar, extractZip, find } from '@actions/tool-cache';
