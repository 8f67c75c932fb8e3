"""Okta's own Python SDK against okta-mock, unchanged. Run by scripts/sdk-smoke, with the file of the fake's ready line."""

import asyncio
import json
import sys
from importlib.metadata import version

from okta.client import Client
from okta.models.add_group_request import AddGroupRequest
from okta.models.create_user_request import CreateUserRequest
from okta.models.update_user_request import UpdateUserRequest
from okta.pagination import PaginationHelper


def good(answer):
    """The value in what the SDK returns: the value, the response and the error, or without the value."""
    *values, error = answer
    if error is not None:
        raise SystemExit(f"error: Okta's SDK was refused: {error}")
    return values[0]


def same(what, came, wanted):
    """Checks one thing."""
    if came != wanted:
        raise SystemExit(f"error: {what}: expected {wanted!r}, came {came!r}")


async def every(call, **arguments):
    """All rows of a listing, page by page, with the SDK's own reading of the Link header."""
    rows, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page, response, error = await call(after=cursor, **arguments)
        good((page, error))
        rows += page
        cursor, pages = PaginationHelper.extract_next_cursor(response.headers), pages + 1
    return rows, pages


async def users(client):
    """Lists, creates, changes and finds users; the one that is created."""
    listed, pages = await every(client.list_users, limit=100)
    ids = {user.id for user in listed}
    same("each user comes once", len(ids), len(listed))
    if len(listed) <= 400 or pages != (len(listed) + 99) // 100:
        raise SystemExit(f"error: {len(listed)} users came on {pages} pages")

    login = "ada.byron@example.com"
    profile = {"firstName": "Ada", "lastName": "Byron", "email": login, "login": login}
    created = good(await client.create_user(CreateUserRequest.from_dict({"profile": profile}), activate=True))
    same("status of a user without a password", created.status, "PROVISIONED")
    change = UpdateUserRequest.from_dict({"profile": {"department": "Engineering"}})
    good(await client.update_user(created.id, change))
    read = good(await client.get_user(login))
    same("a user is found by login", read.id, created.id)
    same("what was changed", read.profile.department, "Engineering")
    same("what was not changed", read.profile.last_name, "Byron")
    found = good(await client.list_users(search=f'profile.login eq "{login}"'))
    same("a search finds the user", [user.id for user in found], [created.id])
    return created, len(listed), pages


async def groups(client, user):
    """Creates, changes and deletes a group with this member."""
    request = AddGroupRequest.from_dict({"profile": {"name": "SDK smoke", "description": "made by the SDK"}})
    group = good(await client.add_group(request))
    good(await client.assign_user_to_group(group.id, user.id))
    members = good(await client.list_group_users(group.id))
    same("the group's members", [member.id for member in members], [user.id])
    request = AddGroupRequest.from_dict({"profile": {"name": "SDK smoke, renamed"}})
    good(await client.replace_group(group.id, request))
    found = good(await client.list_groups(q="SDK smoke, renamed"))
    same("the renamed group", [one.id for one in found], [group.id])
    good(await client.unassign_user_from_group(group.id, user.id))
    good(await client.delete_group(group.id))
    _, _, error = await client.get_group(group.id)
    same("the deleted group", getattr(error, "error_code", None) or getattr(error, "status", None), "E0000007")


async def by_private_key(org_url, app, dpop):
    """Gets a token as the service app does, reads the System Log with it, and is refused what its scopes leave out."""
    client = Client({
        "orgUrl": org_url,
        "authorizationMode": "PrivateKey",
        "clientId": app["client_id"],
        "privateKey": app["private_key_pem"],
        "kid": app["kid"],
        "scopes": ["okta.logs.read"],
        "dpopEnabled": dpop,
    })
    if "okta.logs.read" not in app["scopes"]:
        raise SystemExit(f"error: the ready line's service app has no okta.logs.read: {app['scopes']}")
    log = good(await client.list_log_events(limit=5))
    same("log entries read by a service app", len(log), 5)
    # The SDK keeps the token; asking it again shows which it was.
    token, kind, error = await client._request_executor._oauth.get_oauth_token()
    if error is not None or not token:
        raise SystemExit(f"error: no access token: {error}")
    same("the token's type", kind, "DPoP" if dpop else "Bearer")
    # The body of this refusal is empty, as Okta's is, so the SDK finds no error in it.
    _, response, _ = await client.list_users(limit=1)
    same("users without their scope", response.status_code, 403)


async def main(ready):
    """Everything, then what the System Log says about it."""
    org_url, token, app = ready["url"], ready["api_token"], ready["service_app"]
    client = Client({"orgUrl": org_url, "token": token})
    user, listed, pages = await users(client)
    await groups(client, user)
    good(await client.deactivate_user(user.id))
    good(await client.delete_user(user.id))
    _, _, error = await client.get_user(user.id)
    same("the deleted user", getattr(error, "error_code", None) or getattr(error, "status", None), "E0000007")

    log = good(await client.list_log_events(limit=1000))
    of_user = [entry.event_type for entry in log if any(target.id == user.id for target in entry.target or [])]
    wanted = [
        "user.lifecycle.create",
        "user.lifecycle.activate",
        "user.account.update_profile",
        "group.user_membership.add",
        "group.user_membership.remove",
        "user.lifecycle.deactivate",
        "user.lifecycle.delete.initiated",
        "user.lifecycle.delete.completed",
    ]
    same("the user's events", of_user, wanted)
    for dpop in [False, True]:
        await by_private_key(org_url, app, dpop)
    print(
        f"PyPI okta {version('okta')}: {listed} users on {pages} pages, a user and a group made, changed and deleted, "
        "log read; tokens by private key, Bearer and DPoP, and the log read with each"
    )


with open(sys.argv[1], encoding="utf-8") as line:
    asyncio.run(main(json.loads(line.readline())))
