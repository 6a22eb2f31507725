"""The box and the colours of the terminal."""

import io

from warehouse.supervisor.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_the_box_can_be_copied_from():
    screen = io.StringIO()
    Console(screen).box("Ready", {"Page": "http://127.0.0.1:8000/", "Token": "trl_x"})
    assert "  Page   http://127.0.0.1:8000/\n" in screen.getvalue()
    assert "  Token  trl_x\n" in screen.getvalue()


def test_a_terminal_gets_colours_and_a_file_none():
    terminal, file = Terminal(), io.StringIO()
    Console(terminal).line("web", "hello")
    Console(file).line("web", "hello")
    assert "\x1b[36m" in terminal.getvalue()
    assert file.getvalue() == "web     | hello\n"
