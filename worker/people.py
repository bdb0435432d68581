"""`intake users`: who may use the desk."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from core.errors import ConfigError
from web.accounts import add_account, load_accounts, remove_account
from worker.office import Office

users_app = typer.Typer(help="Who may use the desk.", no_args_is_help=True)


def _office(context: typer.Context) -> Office:
    made: Office = context.find_root().obj()
    return made


@users_app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="viewer, reviewer or administrator.")] = "viewer",
    by_proxy: Annotated[
        bool, typer.Option("--by-proxy", help="No password: signs in through the reverse proxy.")
    ] = False,
) -> None:
    """Add a person, or give one a new role and password. The password is asked for, or read from standard input."""
    office = _office(context)
    office.prepare()
    add_account(office.config.accounts_file, name, role, "" if by_proxy else _password())
    typer.echo(f"{name} is {role}.")


@users_app.command("remove")
def remove(context: typer.Context, name: Annotated[str, typer.Argument(help="The name.")]) -> None:
    """Take a person away; open sessions end at once."""
    remove_account(_office(context).config.accounts_file, name)
    typer.echo(f"{name} is gone.")


@users_app.command("list")
def show(context: typer.Context) -> None:
    """Names and roles."""
    for account in load_accounts(_office(context).config.accounts_file).values():
        how = "" if account.password_hash else " (by the proxy)"
        typer.echo(f"{account.name}\t{account.role}{how}")


def _password() -> str:
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    if not password:
        raise ConfigError("no password was given", "Type one, or pipe it in; --by-proxy makes an account without")
    return password
