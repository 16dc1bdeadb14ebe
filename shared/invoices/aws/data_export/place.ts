import type { Instant } from '../../../model/time.ts';

/** A file where exports are delivered. */
export interface Entry {
  /** Its path below the place, with `/`. */
  path: string;
  /** Changes whenever the file does. */
  version: string;
  modifiedAt: Instant;
}

export interface LocalFile {
  path: string;
  release(): Promise<void>;
}

/** Where exports are delivered: a bucket, or a folder. Everything rejects with a SourceError. */
export interface Place {
  /** For people: `s3://bucket/exports/bill`. */
  name: string;
  list(signal: AbortSignal): Promise<Entry[]>;
  /** A small file's text; undefined where it has gone. */
  text(path: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * A file on this machine, until it is released. `reference` is a path as a manifest has it. Rejects
   * where it has gone: the export was replaced meanwhile.
   */
  fetch(reference: string, signal: AbortSignal): Promise<LocalFile>;
  close(): void;
}
