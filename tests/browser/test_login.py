from playwright.sync_api import expect

def test_try(open_notebook, sandbox):
    nb = open_notebook("login.ipynb", ["import kloudless_data as kd\n"
        f"session = kd.login(base_url={sandbox.base_url!r})", "session.account().events().to_frame().head(2)"])
    form = nb.run(0)
    nb.picture("login-0")
    form.get_by_label("Account token").fill("wrong-token")
    form.get_by_role("button", name="Sign in").click()
    expect(form.get_by_role("alert")).to_contain_text("Expired or not valid", timeout=20000)
    nb.picture("login-1")
    form.get_by_label("Account token").fill(sandbox.accounts[0].token)
    form.get_by_role("button", name="Sign in").click()
    expect(form).to_contain_text("Signed in", timeout=20000)
    nb.picture("login-2")
    nb.run(1)
    nb.picture("login-3")
    text = nb.save()
    assert sandbox.accounts[0].token not in text
    print(len(text))
