import { MongoError, type MongoClient, MongoServerSelectionError } from 'mongodb';

/** What a system says of a connection, in words. */
const networkReasons: Partial<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hung up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOENT: 'there is no such socket',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of its host cannot be looked up',
  ETIMEDOUT: 'it does not answer',
};
/** AuthenticationFailed, of the server's error codes. */
const authenticationFailed = 18;

/**
 * Says for the operator why MongoDB cannot be used, and what to do. Never quotes the connection string: where it is
 * malformed, nobody can tell which part of it is the password.
 *
 * @param client undefined if the connection string could not even be read.
 */
export function connectProblem(client: MongoClient | undefined, error: unknown): string {
  if (client === undefined)
    return (
      `MONGODB_URI cannot be read (${nameOf(error)}). It looks like mongodb://user:password@host:27017/coffer; ` +
      'characters such as @ : / ? # % in the name or the password are written percent-encoded, %40 for @.'
    );
  const where = `MongoDB at ${hostsOf(client)}`;
  if (error instanceof MongoError && error.code === authenticationFailed)
    return `${where} does not accept the name or the password. Check MONGODB_URI; accounts of another database need its authSource.`;
  const code = systemCode(error);
  const reason = code === undefined ? undefined : networkReasons[code];
  return `${where} cannot be reached or refused the connection (${
    reason === undefined ? [nameOf(error), code].filter(Boolean).join(', ') : `${reason}, ${code}`
  }). Check MONGODB_URI, and that the server is running.`;
}

/** Where the driver was to connect to, without credentials. */
export const hostsOf = ({ options }: MongoClient): string =>
  options.srvHost ?? options.hosts.map(String).join(',');

const nameOf = (error: unknown) =>
  error instanceof Error
    ? `${error.name}${'codeName' in error ? `, ${String(error.codeName)}` : ''}`
    : 'unknown';

/** The system's own code for what went wrong, such as ECONNREFUSED, which the driver keeps in the cause of a cause. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  const servers =
    error instanceof MongoServerSelectionError ? [...(error.reason?.servers.values() ?? [])] : [];
  for (const deeper of [...servers.map((server) => server.error), error.cause]) {
    const code = systemCode(deeper);
    if (code !== undefined) return code;
  }
  return undefined;
}
