/**
 * The load generator, in a process of its own: closed loop, each connection sends its next request when its answer is
 * complete. Plain sockets, because the two measured processes share the machine with it: it takes a third of the CPU
 * that autocannon takes, so what is measured is the server. `--generator autocannon` runs that one instead.
 */
import { connect } from "node:net";
import autocannon from "autocannon";
import { answer } from "./processes.mjs";

/** Digits in the body that count up: a fresh user with each request. */
export const MARK = "0000000000";
/** Ids of candidates: this and digits. */
const ITEM = Buffer.from('"item-');
const ITEM_DIGITS = 4;
const HEAD_END = Buffer.from("\r\n\r\n");
const LENGTH = Buffer.from("content-length: ");
let users = 0;

answer({
  run: (options) => (options.generator === "autocannon" ? withAutocannon(options) : withSockets(options)),
  paced: (options) => atRate(options),
});

async function withSockets({ port, path, body, type, otherLists, seconds, connections }) {
  const stats = { latencies: [], refused: 0, answerBytes: 0, refusal: undefined };
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, () => converse({ port, path, body, type, otherLists, until, stats })),
  );
  const elapsed = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  const sorted = Float64Array.from(stats.latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return {
    ...{ requests: sorted.length, refused: stats.refused, refusal: stats.refusal, answerBytes: stats.answerBytes },
    ...{ seconds: elapsed / 1000, p50: at(0.5), p99: at(0.99), cpu: (user + system) / 1000 / elapsed },
  };
}

/**
 * Requests at their times, whatever became of earlier ones: a request that finds every connection busy waits, and its
 * latency counts from when it was due.
 */
async function atRate({ port, path, body, type, otherLists, rate, seconds, connections }) {
  const stats = { latencies: [], refused: 0, answerBytes: 0, refusal: undefined };
  const due = [];
  const idle = [];
  let sent = 0;
  const one = { port, path, body, type, otherLists, stats };
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(one)));
  const serve = (one) => {
    const from = due.shift();
    if (from === undefined) idle.push(one);
    else one.ask(from).then(() => serve(one));
  };
  sockets.forEach(serve);
  const from = performance.now();
  const total = Math.round(rate * seconds);
  await new Promise((resolve) => {
    const look = () => {
      const now = performance.now();
      for (; sent < total && now - from >= (sent * 1000) / rate; sent++) due.push(now);
      while (due.length > 0 && idle.length > 0) serve(idle.shift());
      if (sent < total || idle.length < connections) setTimeout(look, 1);
      else resolve();
    };
    look();
  });
  for (const one of sockets) one.end();
  const sorted = Float64Array.from(stats.latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const { refused, refusal } = stats;
  return { requests: sorted.length, refused, refusal, p50: at(0.5), p99: at(0.99) };
}

/** One connection until the time is over. */
async function converse({ until, ...of }) {
  const one = await open(of);
  while (performance.now() < until) await one.ask(performance.now());
  one.end();
}

/** Changes places of two candidates of a request, so that no list comes twice. */
function shuffler(request) {
  const places = [];
  for (let at = request.indexOf(ITEM); at >= 0; at = request.indexOf(ITEM, at + ITEM.length))
    places.push(at + ITEM.length);
  const any = () => places[Math.floor(Math.random() * places.length)];
  return () => {
    const [a, b] = [any(), any()];
    const digits = request.toString("latin1", a, a + ITEM_DIGITS);
    request.copy(request, a, b, b + ITEM_DIGITS);
    request.write(digits, b, "latin1");
  };
}

/** A connection that asks one request after the other, each with the next user. @param otherLists and another list */
function open({ port, path, body, type = "application/json", otherLists = false, stats }) {
  const payload = typeof body === "string" ? Buffer.from(body) : Buffer.from(body.base64, "base64");
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: ${type}\r\ncontent-length: ${payload.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), payload]);
  const mark = request.indexOf(MARK);
  const shuffle = otherLists ? shuffler(request) : () => {};
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let from = 0;
    let answered = () => {};
    let pending;
    const ask = (since) => {
      from = since;
      shuffle();
      request.write(String(users++).padStart(MARK.length, "0"), mark, "latin1");
      socket.write(request);
      return new Promise((done) => {
        answered = done;
      });
    };
    socket.on("connect", () => resolve({ ask, end: () => socket.end() }));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      const data = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      const size = answerSize(data);
      if (size === undefined || data.length < size) {
        pending = data;
        return;
      }
      pending = undefined;
      stats.latencies.push(performance.now() - from);
      stats.answerBytes = size;
      if (data[9] !== 0x32) {
        stats.refused++;
        stats.refusal ??= data.toString("latin1");
      }
      answered();
    });
  });
}

/** Bytes of the answer with its head; undefined while the head is not complete. */
function answerSize(data) {
  const end = data.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const at = data.indexOf(LENGTH) + LENGTH.length;
  let length = 0;
  for (let i = at; data[i] !== 0x0d; i++) length = length * 10 + data[i] - 0x30;
  return end + HEAD_END.length + length;
}

async function withAutocannon({ port, path, body, seconds, connections }) {
  const fresh = () => body.replace(MARK, String(users++).padStart(MARK.length, "0"));
  const cpu = process.cpuUsage();
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    requests: [
      {
        method: "POST",
        path,
        headers: { "content-type": "application/json" },
        body,
        setupRequest: (request) => ({ ...request, body: fresh() }),
      },
    ],
  });
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...{
      requests: result.requests.total,
      refused: result.non2xx,
      answerBytes: result.throughput.total / result.requests.total,
    },
    ...{
      seconds: result.duration,
      p50: result.latency.p50,
      p99: result.latency.p99,
      cpu: (user + system) / 1e6 / result.duration,
    },
  };
}
