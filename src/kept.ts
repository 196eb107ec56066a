/**
 * Keeps the answer to a question for a while, and shares it with those who ask meanwhile: for what strangers may ask as often
 * as they like.
 *
 * @param forMs how old an answer may be, milliseconds. A failure is not kept.
 */
export function kept<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    const now = performance.now();
    if (answer === undefined || now - askedAt >= forMs) {
      const asked = ask();
      answer = asked;
      askedAt = now;
      asked.catch(() => {
        if (answer === asked) answer = undefined;
      });
    }
    return answer;
  };
}
