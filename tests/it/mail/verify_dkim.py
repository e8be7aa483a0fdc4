"""Verifies a mail's DKIM signature with dkimpy, in place of a receiver.

usage: verify_dkim.py MAIL SELECTOR DOMAIN PUBLIC_KEY_PEM

Ends with 0 when the signature holds. The public key is handed over as the DNS would give it; nothing is looked up.
"""

import re
import sys

import dkim

mail, selector, domain, pem = sys.argv[1:]
key = re.sub(r"-----[A-Z ]+-----|\s", "", open(pem).read())


def dns(name, timeout=5):
    asked = name.decode() if isinstance(name, bytes) else name
    if asked.rstrip(".") != f"{selector}._domainkey.{domain}":
        sys.exit(f"asked for {asked}")
    return f"v=DKIM1; k=rsa; p={key}".encode()


if not dkim.verify(open(mail, "rb").read(), dnsfunc=dns):
    sys.exit("the signature does not hold")
