import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a body may stand still, milliseconds. */
export const defaultUploadIdleMs = 60_000;
/** What must come in that time, bytes: less is as good as nothing, and costs whoever sends it as little. */
const leastBytes = 1024;

/**
 * Calls `abort` when a body stands still because of its sender: hardly anything came for `idleMs`, although all that had
 * come was read. A pause of ours, such as a busy database, does not count.
 */
export function whenIdle(req: IncomingMessage, res: ServerResponse, idleMs: number, abort: () => void): void {
  let movedAt = performance.now();
  let bytes = req.socket.bytesRead;
  const check = () => {
    const { bytesRead } = req.socket;
    if (bytesRead - bytes >= leastBytes || req.readableLength > 0 || req.isPaused()) {
      bytes = bytesRead;
      movedAt = performance.now();
    } else if (!req.complete && performance.now() - movedAt >= idleMs) {
      clearInterval(timer);
      abort();
    }
  };
  const timer = setInterval(check, idleMs / 4).unref();
  res.once('close', () => clearInterval(timer));
}
