/*
 * The program itself for web tests: `xanh demo` on a temporary folder and a free port, and a client
 * of its API. The program is ended by its number.
 *
 *   const program = await startProgram({ homes: 7, days: 70 });
 *   await program.get('/api/v1/use?...');
 *   await program.stop();
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const START_TIMEOUT_MS = 90000;
const FOREVER_S = 3600;

function programPath() {
  const tried = [process.env.XANH_BIN, join(ROOT, 'build', 'release', 'xanh')].filter(Boolean);
  const found = tried.find((path) => {
    try { accessSync(path, constants.X_OK); return true; } catch { return false; }
  });
  if (!found) throw new Error(`no program at ${tried.join(' or ')}; set XANH_BIN`);
  return found;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* Asks until it is true. */
export async function until(what, isTrue, timeout_ms = START_TIMEOUT_MS) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    if (await isTrue().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${timeout_ms} ms in vain: ${what}`);
    await wait(50);
  }
}

function client(url) {
  const ask = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  };
  const must = async (...args) => {
    const answer = await ask(...args);
    if (answer.status >= 300) throw new Error(`${args[0]} ${args[1]}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    ask,
    get: (path) => must('GET', path),
    post: (path, body, headers) => must('POST', path, body, headers),
    patch: (path, body, headers) => must('PATCH', path, body, headers),
  };
}

/* `xanh serve` on the folder of a program that was stopped: it asks for keys. */
export async function serveAgain(stopped, wantedPort = 0) {
  const port = wantedPort || await freePort();
  const child = spawn(programPath(), ['serve', '--dir', stopped.data, '--port', String(port)],
    { stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const url = `http://127.0.0.1:${port}`;
  process.on('exit', () => child.kill('SIGKILL'));
  await until('the server to answer', async () => (await fetch(`${url}/healthz`)).ok);
  return { url, ...client(url), keys: JSON.parse(readFileSync(join(stopped.data, 'keys.json'), 'utf8')),
    stop: async () => { child.kill('SIGTERM'); await ended; } };
}

/* every_s: how often live readings come; by default never while a test looks. clock: when it is
 * there; '' as a visitor finds it. */
export async function startProgram({ homes = 7, days = 70, every_s = FOREVER_S, clock = 'now' } = {}) {
  const dir = mkdtempSync(join(process.env.XANH_TMP ?? tmpdir(), 'xanh-web-'));
  const port = await freePort();
  const child = spawn(programPath(), ['demo', '--dir', join(dir, 'data'), '--port', String(port),
    '--mqtt', '0', '--homes', String(homes), '--days', String(days), '--every', String(every_s),
    ...(clock ? ['--clock', clock] : [])],
  { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', (piece) => { told += piece; });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const url = `http://127.0.0.1:${port}`;
  const api = client(url);
  process.on('exit', () => { child.kill('SIGKILL'); rmSync(dir, { recursive: true, force: true }); });
  await until(`the program to have its history\n${told}`, async () => {
    if (child.exitCode !== null) throw new Error(`the program ended: ${told}`);
    if ((await api.get('/api/v1/demo')).making) return false;
    const { items } = await api.get('/api/v1/programme/reports');
    const last = await api.get(`/api/v1/readings/last?series=home-${homes}/water`);
    return items.length > 0 && Boolean(last.items[0].time);
  });
  return { url, data: join(dir, 'data'), ...api, stop: async () => { child.kill('SIGTERM'); await ended; } };
}
