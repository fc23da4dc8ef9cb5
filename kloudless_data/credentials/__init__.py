"""Credentials: named, found, stored and referred to; the only place that reads them.

`kinds` names them, `find` looks for one, `keyring` stores one where the user asked for it, and
`references` lets a pickle name one without holding it. How they are kept out of text is in
`kloudless_data.text.redaction`, which every exception needs.
"""
