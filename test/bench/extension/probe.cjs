// Stands in the extension host as the extension's entry, beside the real one as `measured.js`: what
// loading and activating that takes, in the very process and by the very calls of VS Code's.
const { appendFileSync } = require('node:fs');
const { window } = require('vscode');

const { BURNRATE_PROBE_FILE: file } = process.env;
/** A figure of money: `$32.77/h · $118.20 today`. */
const FIGURE = /\$[1-9][\d,.]*\/h|\$0\.\d*[1-9]\d*\/h/;

const began = performance.now();
const loading = process.threadCpuUsage();
const extension = require('./measured.js');
const loadMs = spent(loading);

exports.activate = (context) => {
  const create = window.createStatusBarItem;
  window.createStatusBarItem = (...args) => heard(create.apply(window, args));
  const activating = process.threadCpuUsage();
  const answer = extension.activate(context);
  const activateMs = spent(activating);
  // All that activation has only put off until its own call was over.
  const after = process.threadCpuUsage();
  setImmediate(() => tell({ loadMs, activateMs, afterMs: spent(after) }));
  return answer;
};

/** This thread's own time since `from`, user and system, in ms. */
function spent(from) {
  const { user, system } = process.threadCpuUsage(from);
  return (user + system) / 1000;
}

/** How many are loaded: none is needed while no job file is open. */
function languageClients() {
  return Object.keys(require.cache).filter((path) => path.endsWith('language_client.js')).length;
}

function tell(line) {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** The status bar's entry, listened to until it shows a figure. */
function heard(item) {
  let waiting = true;
  return new Proxy(item, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => {
      Reflect.set(target, name, value, target);
      if (name === 'text' && waiting && FIGURE.test(value)) {
        waiting = false;
        tell({ figureMs: performance.now() - began, languageClients: languageClients() });
      }
      return true;
    },
  });
}
