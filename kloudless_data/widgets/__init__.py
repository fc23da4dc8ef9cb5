"""Forms for notebooks: signing in, settings, choosing an account, exploring activity.

They need the extra ``notebook``; without it, each function says so when called. `login` works in a
terminal without it. The names are `kloudless_data.login`, ``logout``, ``settings``,
``pick_account`` and ``explore``.
"""
