# The PyPI package `standardwebhooks`, unmodified, asked over standard input: a JSON array of questions, an array of answers.
import json
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError


def answer(question):
    webhook = Webhook(question["secret"])
    if sign := question.get("sign"):
        at = datetime.fromtimestamp(sign["seconds"], tz=timezone.utc)
        return webhook.sign(sign["id"], at, question["body"])
    try:
        return {"said": webhook.verify(question["body"], question["headers"])}
    except WebhookVerificationError as error:
        return {"refused": str(error)}


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
