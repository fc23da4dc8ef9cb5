"""Credentials: named, found, stored and referred to; the only place that reads them.

`kinds` names them, `find` looks for one, `keyring` stores one if the user asks for it, `profiles`
names servers and their credentials, and `references` lets a pickle name a credential without
containing it. Redaction is in `kloudless_data.text.redaction`, which every exception needs.
"""
