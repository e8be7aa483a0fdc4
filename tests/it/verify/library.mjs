// The npm package `standardwebhooks`, unmodified, asked over standard input: a JSON array of questions, an array of answers.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Webhook } = createRequire(process.env.POINTSMAN_TEST_NODE + "/")("standardwebhooks");

const answer = ({ secret, headers, body, sign }) => {
  const webhook = new Webhook(secret);
  if (sign) return webhook.sign(sign.id, new Date(sign.seconds * 1000), body);
  try {
    return { said: webhook.verify(body, headers) };
  } catch (error) {
    if (error.name !== "WebhookVerificationError") throw error;
    return { refused: error.message };
  }
};

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
