"""The parser of a command: argparse's, with one order of words for all Pythons, and refusals as elman words them."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from elman.cli.listing import HELP, SHOW_HELP, listing, no_option
from elman.cli.output import folded, say, width
from elman.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


OFF = ("0", "false", "no", "none", "off")


class Command(Protocol):
    """What a verb's file has: what can be given to it, and what it then does."""

    def declare(self, parser: Parser) -> None:
        """Adds the command's arguments to a parser."""

    def run(self, options: Namespace) -> int:
        """Does it; returns the exit code."""


def dispatch(path: str, about: str, command: Command, words: Sequence[str]) -> int:
    """Runs a command with these words, or shows its help; `path` is how it is called: `elman train add`."""
    parser = Parser(path, about)
    command.declare(parser)
    options = parser.read(words)
    if options is None:
        say(parser.help_text())
        return 0
    return command.run(options)


class _Formatter(RawDescriptionHelpFormatter):
    """Words with hyphens, such as options, stay whole."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        from textwrap import wrap

        return wrap(" ".join(text.split()), width, break_on_hyphens=False)


class Parser(ArgumentParser):
    """Options are known by their whole names only, stand anywhere, and take the next word as their value.

    A word that begins with - and a digit is no option, and behind -- none is. The words are sorted here, before
    argparse sees them: its own rules are narrower, and differ between Pythons.
    """

    def __init__(self, path: str, about: str) -> None:
        super().__init__(
            prog=path,
            description=folded(about),
            formatter_class=partial(_Formatter, width=width(), max_help_position=26),
            add_help=False,
            allow_abbrev=False,
            exit_on_error=False,
        )
        self._sections: dict[str, Any] = {"": super()}
        self._options: dict[str, Action] = {}
        self._data: list[Action] = []
        self._commands: list[str] = []
        self._kind = self._elsewhere = ""
        self.owners: Callable[[str], str] = lambda name: ""  # which other commands have an option of this name
        self.add_argument(*HELP, action="store_true", help=SHOW_HELP)

    def add_argument(self, *names: Any, section: str = "", **attributes: Any) -> Action:
        """As argparse has it; a section has a title of its own in the help."""
        if section not in self._sections:
            self._sections[section] = self.add_argument_group(section)
        if attributes.get("nargs") == "*":
            attributes.setdefault("default", [])  # else argparse would have it required, if by nothing
        action: Action = self._sections[section].add_argument(*names, **attributes)
        self._options.update(dict.fromkeys(action.option_strings, action))
        if not action.option_strings:
            self._data.append(action)
        return action

    def add_commands(self, kind: str, names: Iterable[str], about: Callable[[str], str], elsewhere: str) -> None:
        """The first word that is no option, and what follows it, become `options.words`.

        Args:
            kind: what the commands are called: "verb".
            names: of the commands.
            about: the summary of a command; only help asks for it.
            elsewhere: what is said of an option that is none here: where the commands' own options stand.
        """
        self._commands, self._kind, self._about, self._elsewhere = list(names), kind, about, elsewhere

    def help_text(self) -> str:
        """Usage, without a list of all options; what the command does; arguments; options; commands."""
        commands = [f"{self._kind.upper()} …"] if self._commands else []
        usage = " ".join(["usage:", self.prog, *self._shapes(), *self._needed(), "[options]", *commands])
        self.usage = folded(usage, "  ").removeprefix("usage: ")  # which argparse writes itself
        if self._commands:
            self.epilog = listing(self.prog, self._kind, self._commands, self._about)
        return self.format_help().rstrip()

    def _shapes(self) -> list[str]:
        """Data, as usage has it: in brackets what may be left out."""
        shapes = {"*": "[{} …]", "?": "[{}]"}
        return [shapes.get(str(a.nargs), "{}").format(a.metavar) for a in self._data if a.help != SUPPRESS]

    def _needed(self) -> list[str]:
        """Options that may not be left out, with their values."""
        needed = [a for a in dict.fromkeys(self._options.values()) if a.required]
        return [f"{a.option_strings[-1]} {a.metavar}" for a in needed]

    # --- reading ---

    def read(self, words: Sequence[str]) -> Namespace | None:
        """The options by their names; None where help is asked for. A ConfigError says which word is wrong."""
        sorted_words = self._sorted(list(words))
        if sorted_words is None:
            return None
        options, data = sorted_words
        found = Namespace()
        if self._commands:
            found.words, data = data, []
        try:
            found, more = self.parse_known_args([*options, *(["--", *data] if data else [])], found)
        except ArgumentError as error:
            hint = getattr(error.__context__, "hint", self._hint)  # of the value's type, if it has one
            raise ConfigError(f"{error.argument_name}: {error.message}", hint) from None
        if more := [word for word in more if word != "--"]:
            raise ConfigError(f"{self.prog}: expected nothing more; found {more[0]!r}", self._usage)
        return found

    def _sorted(self, words: list[str]) -> tuple[list[str], list[str]] | None:
        """Options, each with its value in one word, and data; None where help is asked for."""
        options: list[str] = []
        data: list[str] = []
        while words:
            word = words.pop(0)
            if word == "--":
                return options, [*data, *words]
            if not word.startswith("-") or word == "-" or word[1].isdigit():
                if self._commands:
                    return options, [word, *words]
                data.append(word)
                continue
            name, equals, value = word.partition("=")
            if name not in self._options and word[:2] in self._options:
                name, equals, value = word[:2], "=", word[2:]  # -oFILE
            if name not in self._options:
                owners = self.owners(name)
                known, elsewhere = ((), owners) if owners else (self._options, self._elsewhere)
                raise no_option(self.prog, name, known, self._kind, self._commands, words, elsewhere)
            if name in HELP:
                return None
            takes_value = self._options[name].nargs != 0
            if equals and not takes_value:
                raise ConfigError(f"{name}: expected no value; found {value!r}", self._switch(name, value))
            if takes_value and not equals:
                if not words:
                    raise ConfigError(f"{name}: expected a value behind it; found none", self._hint)
                value = words.pop(0)
            if takes_value and value == "--":  # of which argparse makes an empty list
                raise ConfigError(f"{name}: expected a value; found '--'", self._hint)
            options.append(f"{name}={value}" if takes_value else name)
        return options, data

    @property
    def _hint(self) -> str:
        return f"`{self.prog} --help`"

    @property
    def _usage(self) -> str:
        return f"`{' '.join([self.prog, *self._shapes(), *self._needed()])}`; {self._hint} tells more"

    def error(self, message: str) -> NoReturn:
        """What argparse itself refuses: that something is missing."""
        missing = message.rpartition("required: ")[2].split(", ")
        raise ConfigError(f"{self.prog}: expected {' '.join(map(self._spelled, missing))}; found none", self._usage)

    def _switch(self, name: str, value: str) -> str:
        """The hint of an option that takes no value: how it is switched on, or off."""
        off = f"--no-{name.removeprefix('--')}"
        return f"write {off if off in self._options and value.lower() in OFF else name} alone"

    def _spelled(self, name: str) -> str:
        """As it is to be typed, of what argparse calls `MODEL` or `-o/--out`."""
        option = name.rpartition("/")[2]
        return f"{option} {self._options[option].metavar}" if option in self._options else name
