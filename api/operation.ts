import type { Lifecycle, Request, ResponseToolkit } from '@hapi/hapi';
import type { Schema } from 'joi';
import type { Actor } from '../src/accounts/actor.ts';
import type { Scope } from '../src/accounts/documents.ts';
import type { ErrorCode } from '../src/errors.ts';
import type { Locker } from '../src/locker.ts';

/** One documented answer. */
export interface AnswerSpec {
  readonly description: string;
  /** JSON body; none if absent. */
  readonly schema?: Schema;
  /** Media type of a body that is not JSON. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a request body is taken. `raw` and `form` are streamed; the others are small and parsed. */
export type BodySpec =
  | { readonly kind: 'json'; readonly schema: Schema; readonly optional?: boolean }
  | { readonly kind: 'json-or-form'; readonly schema: Schema; readonly optional?: boolean }
  | {
      readonly kind: 'raw';
      readonly description: string;
      /** `application/octet-stream` if absent. Documentation: the handler decides. */
      readonly mediaType?: string;
      readonly optional?: boolean;
    }
  | { readonly kind: 'raw-or-multipart'; readonly description: string; readonly fields: Schema };

/** What a handler works with. Params, query and body went through the schemas. */
export interface Call<Params, Query, Body> {
  readonly locker: Locker;
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly h: ResponseToolkit;
}

interface Common {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** As hapi writes it, with `{name}`. */
  readonly path: string;
  /** `operationId` of the OpenAPI document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** `public`, `signed-in`, or the scope that the use case will ask for. Documentation and authentication; permission is checked in `src`. */
  readonly auth: 'public' | 'signed-in' | Scope;
  readonly params?: Schema;
  readonly query?: Schema;
  /** Request headers with a meaning of their own. Documentation: the handler reads them. */
  readonly headers?: Schema;
  /** True if clients may count on HEAD, too, which hapi answers wherever it answers GET. */
  readonly head?: boolean;
  readonly body?: BodySpec;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Errors beyond those that any such route can answer. */
  readonly errors?: readonly ErrorCode[];
  /** True if errors are pages for browsers, and problems only for clients that ask for JSON. */
  readonly errorPages?: boolean;
}

/** One operation of the API: a route and its documentation in one. */
export interface Operation extends Common {
  readonly handler: (call: Call<unknown, unknown, unknown>) => Promise<Lifecycle.ReturnValue>;
}

/** Declares an operation. The type parameters say what the schemas let through. */
export const operation = <Params = unknown, Query = unknown, Body = unknown>(
  spec: Common & { readonly handler: (call: Call<Params, Query, Body>) => Promise<Lifecycle.ReturnValue> },
): Operation => spec as unknown as Operation;
