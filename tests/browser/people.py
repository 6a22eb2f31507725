"""What a person does at the keyboard."""


def fill_in(page, login):
    """Fill in the login form and send it."""
    page.get_by_label("Username").fill(login["username"])
    page.get_by_label("Password").fill(login["password"])
    page.get_by_role("button", name="Log in").click()


def enter(page, login):
    """Open the start page, which asks who is there, and log in."""
    page.goto("/")
    fill_in(page, login)
    page.wait_for_load_state()
