"""Credentials: named, found, stored and referred to; the only place that reads them.

`kinds` names them, `find` looks for one, `keyring` stores one where the user asked for it,
`profiles` names servers and the credentials for them, and `references` lets a pickle name a
credential without holding it. How they are kept out of text is in `kloudless_data.text.redaction`,
which every exception needs.
"""
