/** The text whose SHA-256 is a manifest's `schemaHash`. */
export function schemaText(columns: readonly string[]): string {
  return JSON.stringify(columns);
}
