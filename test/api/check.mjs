/**
 * npm run check:api: schemathesis asks a server what its OpenAPI says it takes, and things near it: nothing may be
 * answered by 500 or in a shape that OpenAPI does not tell. Makes a virtual environment below .prepare/ once (python3
 * and, that time, the network). Options after -- go to schemathesis.
 *
 *   npm run check:api -- --include-path /v1/rank --max-examples 200
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "schemathesis==4.32.5";
const SEED = "20260117";
const EXAMPLES = "25";
const CHECKS = [
  ...["not_a_server_error", "status_code_conformance"],
  ...["content_type_conformance", "response_schema_conformance"],
];
const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = join(project, ".prepare", "schemathesis-4.32.5");
const program = join(folder, "bin", "schemathesis");
const HOOKS = join(project, "test", "api", "hooks.py");
const main = join(project, "dist", "src", "cli", "main.js");

if (!existsSync(program)) {
  spawnSync("python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", PACKAGE];
  spawnSync(join(folder, "bin", "python"), pip, { stdio: ["ignore", "ignore", "inherit"] });
}
if (!existsSync(program)) {
  console.error(
    `Not checked: ${PACKAGE} could not be had; python3 with venv and the network are needed the first time.`,
  );
  process.exit(1);
}

const dataDir = mkdtempSync(join(tmpdir(), "brigand-api-"));
const { PATH, HOME } = process.env;
const env = { PATH, HOME, DATA_DIR: dataDir, HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "info" };
const made = spawnSync(process.execPath, [main, "keys", "create", "--name", "check", "--role", "admin"], { env });
const key = made.stdout.toString().trim();
const server = spawn(process.execPath, [main, "serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
let log = "";
server.stdout.on("data", (chunk) => (log += chunk));

/** Where it listens, as its log says. */
async function listening() {
  for (let i = 0; i < 300; i++) {
    const url = /"url":"(http:[^"]+)"/.exec(log)?.[1];
    if (url !== undefined) return url;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error(`the server did not listen:\n${log}`);
}

/** Something to be asked about. */
async function seed(url) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ policy: "home", decisionId: "first", items: [{ id: "a" }, { id: "b" }] });
  const { status } = await fetch(`${url}/v1/rank`, { method: "POST", headers, body });
  if (status !== 200) throw new Error(`the first ranking was answered ${status}`);
}

let code = 1;
try {
  const url = await listening();
  await seed(url);
  const config = join(dataDir, "schemathesis.toml");
  writeFileSync(config, "");
  const args = [
    ...["--config-file", config, "run", `${url}/docs/json`, "--url", url, "--header", `Authorization: Bearer ${key}`],
    ...["--checks", CHECKS.join(","), "--seed", SEED, "--max-examples", EXAMPLES, "--generation-database", "none"],
    ...[
      "--phases",
      "examples,coverage,fuzzing",
      "--workers",
      "1",
      "--request-timeout",
      "20",
      "--suppress-health-check",
      "all",
    ],
    // The check's own key has to go on.
    ...["--exclude-path", "/v1/keys/{id}/revoke", "--exclude-path", "/v1/keys/{id}/rotate", "--no-color"],
    ...process.argv.slice(2),
  ];
  const run = spawn(program, args, {
    cwd: dataDir,
    stdio: "inherit",
    env: { ...process.env, SCHEMATHESIS_HOOKS: HOOKS },
  });
  code = await new Promise((done) => run.once("close", (status) => done(status ?? 1)));
  const faults = log.split("\n").filter((line) => line.includes("a fault of our own"));
  if (faults.length > 0) console.error(`The server's log tells ${faults.length} faults of its own:\n${faults[0]}`);
} finally {
  server.kill("SIGTERM");
  await new Promise((done) => server.once("close", done));
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(code);
