/** Stands in for curl where a machine has none: curl [-s] [-X method] [-H header] [-d body] url */
const headers = {};
let [method, body, url] = [undefined, undefined, undefined];
const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (arg === "-s") continue;
  if (arg === "-X") method = args.shift();
  else if (arg === "-d") body = args.shift();
  else if (arg === "-H") {
    const header = args.shift();
    headers[header.slice(0, header.indexOf(":"))] = header.slice(header.indexOf(":") + 1).trim();
  } else if (arg.startsWith("-")) throw new Error(`${arg} is not known here`);
  else url = arg;
}
const response = await fetch(url, { method: method ?? (body === undefined ? "GET" : "POST"), headers, body });
process.stdout.write(await response.text());
