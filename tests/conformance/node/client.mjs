// node client.mjs OPERATION JSON: one call through @aws-sdk/client-rekognition; what came back as one JSON line.
// In the JSON, {"$file": PATH} stands for a file's bytes. The endpoint and keys come from AWS's own variables.
import { readFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-rekognition";

const [operation, text] = process.argv.slice(2);
const input = JSON.parse(text, (_, value) => (value?.$file ? readFileSync(value.$file) : value));
const client = new sdk.RekognitionClient({ maxAttempts: 1 });
let headers = {};
client.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    headers = result.response.headers;
    return result;
  },
  { step: "deserialize", priority: "low" },
);
try {
  const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](input));
  console.log(JSON.stringify({ output, requestId: $metadata.requestId, headers }));
} catch (error) {
  const modelled = Object.keys(sdk).find((name) => typeof sdk[name] === "function" && error.constructor === sdk[name]);
  console.log(
    JSON.stringify({
      error: error.name, class: modelled ?? error.constructor.name, message: error.message,
      status: error.$metadata?.httpStatusCode, requestId: error.$metadata?.requestId,
    }),
  );
}
