/** docs/errors.md as the table says it should be. `npx vitest run test/unit/server/api.test.ts -u` writes it anew. */
import type { ErrorRow } from "../../../src/core/errors.ts";

export function errorPage(table: { readonly [code: string]: ErrorRow }): string {
  const rows = Object.entries(table).map(
    ([code, { status, message, hint }]) => `| \`${code}\` | ${status} | ${cell(message)} | ${cell(hint)} |`,
  );
  return `# Errors

Every error over HTTP is \`{"code", "message", "hint", "requestId"}\`; batches add \`rejected\`. 4xx is the caller's to
mend, 503 comes with Retry-After. The words in braces are filled in. The table is \`src/core/errors.ts\`; a test keeps
this page equal to it.

| code | status | message | hint |
|---|---|---|---|
${rows.join("\n")}
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
