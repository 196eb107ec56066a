import type { ObjectId } from 'mongodb';

/** A job of the clockwork, as the instances announce it. */
export interface JobDoc {
  /** Name of the job. */
  readonly _id: string;
  /** Cron expression, local time. */
  readonly schedule: string;
  readonly nextAt: Date | null;
  /** When it was first announced: whatever was due since is to be run. */
  readonly since: Date;
  readonly lease: JobLease | null;
}

/** Who runs a job now. */
export interface JobLease {
  readonly run: ObjectId;
  /** Until when it counts without a sign of life. */
  readonly until: Date;
  readonly dueAt: Date;
  /** 1 for a run of its own; one more each time that it was taken over from a holder that died. */
  readonly attempt: number;
}

/** Why a run was begun: its time came, its time passed while nothing ran, its first holder died, or someone asked for it. */
export type RunReason = 'schedule' | 'missed' | 'taken-over' | 'demand';

/** `lost`: its process ended in the middle of it. */
export type RunOutcome = 'running' | 'ok' | 'failed' | 'timed-out' | 'lost';

/** One run of a job. */
export interface JobRunDoc {
  readonly _id: ObjectId;
  readonly job: string;
  /** When it was due; with the job unique, so that one of many instances runs it. */
  readonly dueAt: Date;
  readonly reason: RunReason;
  readonly instance: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: RunOutcome;
  /** What it did, in numbers. */
  readonly counts: Readonly<Record<string, number>>;
  /** Name or code of what went wrong; never its message, which may hold a name. */
  readonly problem: string | null;
}

/** Someone asks for a run. */
export interface JobRequestDoc {
  readonly _id: ObjectId;
  readonly job: string;
  readonly askedAt: Date;
}
