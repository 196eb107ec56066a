import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Door } from '../audit/record.ts';

export type Direction = 'upload' | 'download';

const shortSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const requestSeconds = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600];

/**
 * Everything that is counted, for one locker. Names follow Prometheus' conventions: base units, `_total` for counters.
 * A label never holds a name, handle, id or address: its values come from the code, not from people.
 */
export class Meter {
  readonly registry = new Registry();

  readonly httpSeconds = this.#histogram(
    'http_request_duration_seconds',
    'Time from the head of a request to the end of its answer, transfers included',
    ['method', 'route', 'status'],
    requestSeconds,
  );
  readonly httpInFlight = this.#gauge('http_requests_in_flight', 'Requests that are being answered');
  readonly errors = this.#counter('errors_total', 'Errors that were answered, by their code', ['code']);

  readonly useCases = this.#counter(
    'use_cases_total',
    'Use cases that ran, by what they were, the door, and `ok` or the code of the error',
    ['action', 'door', 'outcome'],
  );
  readonly quotaRefusals = this.#counter('quota_refusals_total', 'Requests that had no room in the quota', [
    'door',
  ]);

  readonly transfersStarted = this.#counter('transfers_started_total', 'Transfers that began', [
    'direction',
    'door',
  ]);
  readonly transfersFinished = this.#counter(
    'transfers_finished_total',
    'Uploads that were stored, and downloads of which everything was handed on',
    ['direction', 'door'],
  );
  readonly transfersAborted = this.#counter(
    'transfers_aborted_total',
    'Transfers that were refused, broke off or failed',
    ['direction', 'door'],
  );
  readonly transferBytes = this.#counter('transfer_bytes_total', 'Plaintext that went in and out', [
    'direction',
    'door',
  ]);
  readonly transfersInFlight = this.#gauge('transfers_in_flight', 'Transfers under way', ['direction']);

  readonly sealSeconds = this.#histogram('segment_seal_duration_seconds', 'Time to seal one segment', []);
  readonly openSeconds = this.#histogram(
    'segment_open_duration_seconds',
    'Time to verify and open one segment',
    [],
  );
  readonly verificationFailures = this.#counter(
    'verification_failures_total',
    'Segments that were missing or did not verify',
    [],
  );
  readonly insertsInFlight = this.#gauge(
    'segment_inserts_in_flight',
    'Sealed segments on their way to the database',
  );
  readonly auditQueue = this.#gauge('audit_queue_entries', 'Audit entries that wait to be written');

  readonly rateRefusals = this.#counter('rate_limit_refusals_total', 'Requests over a budget', ['budget']);
  readonly rateFailures = this.#counter(
    'rate_limit_failures_total',
    'Requests that were let through because the counters could not be asked',
    [],
  );
  readonly guessFailures = this.#counter('guess_failures_total', 'Wrong codes, tokens and passwords', [
    'kind',
  ]);
  readonly guessRefusals = this.#counter(
    'guess_refusals_total',
    'Tries that a ban refused without looking at them',
    ['kind'],
  );

  readonly sweptItems = this.#counter('swept_items_total', 'What the sweep settled or removed', ['kind']);
  readonly lastSweep = this.#gauge(
    'last_sweep_timestamp_seconds',
    'When the last sweep of this process ended',
  );

  readonly jobRuns = this.#counter('job_runs_total', 'Runs of jobs, by how they ended', ['job', 'outcome']);
  readonly jobSeconds = this.#gauge('job_last_duration_seconds', 'How long the last run of a job took', [
    'job',
  ]);
  readonly jobSuccess = this.#gauge(
    'job_last_success_timestamp_seconds',
    'When a run of a job last succeeded in this instance',
    ['job'],
  );
  readonly snapshotAge = this.#gauge(
    'backup_last_snapshot_age_seconds',
    'Age of the newest snapshot; absent if there is none',
  );
  readonly verifiedAge = this.#gauge(
    'backup_last_verified_age_seconds',
    'Age of the newest snapshot that a restore drill read back; absent if there is none',
  );
  readonly databaseUp = this.#gauge('database_up', '1 if the database answered when this was asked for');
  readonly pingSeconds = this.#histogram('database_ping_duration_seconds', 'Time of a small read', []);
  readonly poolSize = this.#gauge('database_connections', 'Open connections to the database');
  readonly poolInUse = this.#gauge('database_connections_in_use', 'Connections that are working');
  readonly databaseRestarts = this.#counter(
    'database_restarts_total',
    'How often the embedded database was started again',
    [],
  );

  readonly accounts = this.#gauge('accounts', 'Accounts of this locker');
  readonly files = this.#gauge('files', 'Files of this locker, the trash included');
  readonly usedBytes = this.#gauge('used_bytes', 'Plaintext of all stored versions');

  constructor() {
    // Present from the start, so that a rate over them is right the first time.
    for (const series of [this.verificationFailures, this.rateFailures, this.databaseRestarts]) series.inc(0);
  }

  /** Counts a use case that ended. @param outcome `ok`, or the code of the error. */
  useCaseDone(action: string, door: Door, outcome: string): void {
    this.useCases.inc({ action, door, outcome });
    if (outcome === 'quota_exceeded') this.quotaRefusals.inc({ door });
  }

  /** Counts a run of a job. */
  jobDone(job: string, outcome: string, seconds: number, at: Date): void {
    this.jobRuns.inc({ job, outcome });
    this.jobSeconds.set({ job }, seconds);
    if (outcome === 'ok') this.jobSuccess.set({ job }, at.getTime() / 1000);
  }

  /** Counts what a sweep did. @param report its counts by name. */
  swept(report: object): void {
    for (const [kind, count] of Object.entries(report))
      if (typeof count === 'number') this.sweptItems.inc({ kind }, count);
    this.lastSweep.setToCurrentTime();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `coffer_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Gauge<Label> {
    return new Gauge({ name: `coffer_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[] = shortSeconds,
  ): Histogram<Label> {
    return new Histogram({ name: `coffer_${name}`, help, labelNames, buckets, registers: [this.registry] });
  }
}
