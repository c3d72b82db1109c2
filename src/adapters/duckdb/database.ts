/** A DuckDB in memory, kept small: one thread, a bound on memory, no spilling to the working directory. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

export async function openDatabase(memoryMbMax = 512): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: `${memoryMbMax}MB`,
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A string literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path as a literal of DuckDB's file readers, its wildcards taken literally. */
export function quotedPath(path: string): string {
  return quoted(path.replace(/[[*?]/g, (wildcard) => `[${wildcard}]`));
}
