import request from 'undici/lib/api/api-request.js';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

// The client of undici alone. The package's own entry also loads fetch, WebSocket, caches and mocks: four times as much to
// read and compile, while a build is running on the same machine. It gives the class its methods in the same way.
Object.assign(Dispatcher.prototype, { request });

export { Agent, buildConnector };
