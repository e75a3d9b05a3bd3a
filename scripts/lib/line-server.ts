/** A child process that answers lines of JSON, replaced when it dies or takes too long. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface LineServer {
  /** Sends a request. One at a time: the answer to the last must have come. */
  readonly ask: (request: unknown, timeoutMs: number) => Promise<Reply>;
  readonly close: () => void;
}

export type Reply =
  | { readonly answer: unknown }
  /** The process ended (`crash`) or didn't answer in time (`hang`): how, with its last words. */
  | { readonly failure: 'crash' | 'hang'; readonly detail: string };

const MAX_LAST_WORDS = 2000;

export function lineServer(command: string, args: readonly string[]): LineServer {
  let running: Running | undefined;
  return {
    async ask(request, timeoutMs) {
      running ??= start(command, args);
      const reply = await askOnce(running, request, timeoutMs);
      if ('failure' in reply) {
        running.child.kill('SIGKILL');
        running = undefined;
      }
      return reply;
    },
    close() {
      running?.child.kill('SIGKILL');
      running = undefined;
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  onLine: (line: string) => void;
  onEnd: (detail: string) => void;
}

function start(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const running: Running = { child, onLine: ignore, onEnd: ignore };
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-MAX_LAST_WORDS);
  });
  child.stdin.on('error', ignore); // it has died: told below
  createInterface({ input: child.stdout }).on('line', (line) => {
    running.onLine(line);
  });
  child.on('error', (error) => {
    running.onEnd(error.message);
  });
  child.on('close', (code, signal) => {
    running.onEnd(`ended with ${String(signal ?? code)}: ${lastWords.trim()}`);
  });
  return running;
}

function askOnce(running: Running, request: unknown, timeoutMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const finish = (reply: Reply): void => {
      clearTimeout(timer);
      running.onLine = ignore;
      running.onEnd = ignore;
      resolve(reply);
    };
    const timer = setTimeout(() => {
      finish({ failure: 'hang', detail: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    running.onLine = (line) => {
      finish({ answer: JSON.parse(line) as unknown });
    };
    running.onEnd = (detail) => {
      finish({ failure: 'crash', detail });
    };
    running.child.stdin!.write(`${JSON.stringify(request)}\n`);
  });
}

function ignore(): void {
  // Nobody waits.
}
