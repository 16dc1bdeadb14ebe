import type { ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import { exposition } from './exposition.ts';
import { collect } from './gpus.ts';
import type { Instance } from './instance.ts';
import { type Listening, listen } from './listen.ts';
import { progressOf } from './progress.ts';
import { trafficOf } from './traffic.ts';

/** What dcgm-exporter says of its text: Prometheus's format, version 0.0.4. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** More than anybody should read; a loop in an exporter would go on for ever. */
const FLOOD_BYTES = 500 * 1024 * 1024;
/** dcgm-exporter sets a ReadTimeout of 10 s, which is what Go goes by where no IdleTimeout is set. */
const KEPT_MS = 10_000;

/**
 * The dcgm-exporter of one instance, at a port of its own. While the instance does not run, whoever
 * asks is cut off; the port stays its own.
 */
export function openExporter(instance: Instance, clock: Clock): Promise<Listening> {
  return listen((request, response) => {
    if (instance.state !== 'running') return void request.socket.destroy();
    if (request.url !== '/metrics') return void response.writeHead(404).end('404 page not found\n');
    answer(instance, clock, response);
  }, KEPT_MS);
}

function answer(instance: Instance, clock: Clock, response: ServerResponse): void {
  switch (instance.machine.exporter.answers) {
    case 'metrics':
      response.writeHead(200, { 'Content-Type': CONTENT_TYPE });
      // What the program itself counts stands beside it, as where one agent exposes both.
      response.write(progressOf(instance, clock));
      response.write(trafficOf(instance, clock));
      response.end(exposition(collect(instance, clock), instance.privateDnsName));
      return;
    case 'html':
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(
        '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n',
      );
      return;
    case 'flood':
      response.writeHead(200, { 'Content-Type': CONTENT_TYPE });
      flood(exposition(collect(instance, clock), instance.privateDnsName), response);
      return;
    case 'nothing':
      // The connection stands, and no byte ever comes: a host that is stuck.
      return;
  }
}

/** The same lines over and over, as fast as they are taken. */
function flood(text: string, response: ServerResponse): void {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  let sent = 0;
  const pour = () => {
    while (sent < FLOOD_BYTES && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', pour);
    }
    response.end();
  };
  pour();
}
